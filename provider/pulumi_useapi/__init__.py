"""useapi.net's MiniMax account configuration as Pulumi resources.

The names are loaded when first used, so that the command and the API client start without Pulumi.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pulumi_useapi.version import __version__

if TYPE_CHECKING:
    from pulumi_useapi.client import UseApiClient
    from pulumi_useapi.minimax_account import MiniMaxAccount
    from pulumi_useapi.ready_made_stack import accounts_from_config

__all__ = ["MiniMaxAccount", "UseApiClient", "__version__", "accounts_from_config"]

_MODULES = {
    "MiniMaxAccount": "pulumi_useapi.minimax_account",
    "UseApiClient": "pulumi_useapi.client",
    "accounts_from_config": "pulumi_useapi.ready_made_stack",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
