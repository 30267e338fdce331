"""The demo's commands touch nothing that could be somebody's real account."""

from __future__ import annotations

from tools.demo.loopback import configured_base_url, is_loopback, strangers_in_state
from tools.demo.places import STACK, STACK_STATE
from tools.output import ToolError
from tools.paths import DEMO_STACK_CONFIG


def known_base_url() -> str | None:
    """Return the base URL in the demo stack's config, None where there is no demo yet.

    Raises:
        ToolError: the config or the state of the stack names an address that is not this machine's.
    """
    url = None
    if DEMO_STACK_CONFIG.is_file():
        url = configured_base_url(DEMO_STACK_CONFIG)
        # A demo interrupted before its base URL was set has a state folder of ours, and no resources yet.
        if (url is None and not STACK_STATE.is_file()) or (url is not None and not is_loopback(url)):
            raise ToolError(
                f"the useapi:baseUrl in {DEMO_STACK_CONFIG.name} is no address of this machine, so this is not the demo"
                f" of make up and nothing was touched: give that stack another name than {STACK} (pulumi stack rename)"
            )
    if STACK_STATE.is_file() and (others := strangers_in_state(STACK_STATE)):
        raise ToolError(
            f"the state of the stack {STACK} has resources of {others[0]}, which is not this machine, so nothing was"
            " touched: source .demo/env.sh and remove them with pulumi, then run this again"
        )
    return url
