"""What an explicit provider saves the ready-made stack, whose accounts all stand in the stack's config.

The engine copies the whole config into the default provider's entry of the state, as inputs and as outputs. A
provider that the program declares itself holds only the settings it is given.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.cases import CONFIG_COPY_SIZES
from benchmarks.fleet import Fleet
from benchmarks.process import Measure
from benchmarks.results import ConfigCopy, Results
from benchmarks.service import Service
from benchmarks.stack import Stack, base_environment

_DEFAULT = """\
from pulumi_useapi import accounts_from_config

accounts_from_config()
"""
_EXPLICIT = """\
import pulumi
from pulumi_useapi import accounts_from_config

api_token = pulumi.Config("useapi").require_secret("apiToken")
provider = pulumi.ProviderResource("pulumi-python", "useapi", {"useapi:apiToken": api_token})


def with_provider(resource):
    if resource.type_.endswith(":MiniMaxAccount"):
        options = pulumi.ResourceOptions.merge(resource.opts, pulumi.ResourceOptions(provider=provider))
        return pulumi.ResourceTransformationResult(resource.props, options)


pulumi.runtime.register_stack_transformation(with_provider)
accounts_from_config()
"""
PROGRAMS: Mapping[str, str] = {"default": _DEFAULT, "explicit": _EXPLICIT}
_COMMANDS: Mapping[str, tuple[str, ...]] = {
    "up": ("up", "--yes", "--skip-preview"),
    "preview": ("preview", "--expect-no-changes"),
    "refresh": ("refresh", "--yes", "--skip-preview", "--expect-no-changes"),
}
_REPETITIONS = 3
_EMPTY = "empty"


def measure_config_copy(
    folder: Path,
    command: Path,
    results: Results,
    say: Callable[[str], None],
    *,
    sizes: tuple[int, ...] = CONFIG_COPY_SIZES,
    repetitions: int = _REPETITIONS,
) -> None:
    """Measure stacks of several sizes with the one and the other provider, in turns; adds to the results.

    Raises:
        FailedError: a command failed.
    """
    say("── config-copy: the ready-made stack with the default and with an explicit provider")
    for size in sizes:
        fleet = Fleet(size, per_subscription=size)
        place = folder / f"of-{size}"
        stacks = {name: _ready_made(place / name, command, program, fleet) for name, program in PROGRAMS.items()}
        turns: dict[str, list[dict[str, Measure]]] = {name: [] for name in stacks}
        for number in range(repetitions):
            for name, stack in stacks.items():
                measures = _life(stack, fleet, place / f"service-{name}-{number}")
                turns[name].append(measures)
                times = ", ".join(f"{operation} {one.wall:.1f} s" for operation, one in measures.items())
                say(f"   {size} accounts · {number + 1}/{repetitions} · {name} provider: {times}")
        results.config_copies += [_summed_up(size, name, stack, fleet, turns[name]) for name, stack in stacks.items()]


def _ready_made(folder: Path, command: Path, program: str, fleet: Fleet) -> Stack:
    """A stack with every account and the API token in its config."""
    stack = Stack(folder, command, program).create()
    secret = {"useapi:apiToken": fleet.subscriptions[0].api_token}
    plain = {}
    for name, entry in fleet.entries.items():
        secret |= {f"useapi:accounts.{name}.{key}": entry[key] for key in ("url", "token")}
        plain[f"useapi:accounts.{name}.maxJobs"] = str(entry["max_jobs"])
    settings = [argument for key, value in secret.items() for argument in ("--secret", f"{key}={value}")]
    settings += [argument for key, value in plain.items() for argument in ("--plaintext", f"{key}={value}")]
    stack.run("config", "set-all", "--path", *settings)
    stack.save(_EMPTY)
    return stack


def _life(stack: Stack, fleet: Fleet, folder: Path) -> dict[str, Measure]:
    """Bring the accounts up from nothing, then look that nothing has changed, in both ways."""
    stack.restore(_EMPTY)
    service = Service(folder, fleet.subscriptions, base_environment(stack.command))
    try:
        stack.environment["USEAPI_BASE_URL"] = service.base_url
        return {operation: stack.run(*arguments) for operation, arguments in _COMMANDS.items()}
    finally:
        service.stop()


def _summed_up(size: int, name: str, stack: Stack, fleet: Fleet, turns: list[dict[str, Measure]]) -> ConfigCopy:
    state = json.dumps(json.loads(stack.export()))
    copies = [state.count(entry["token"]) for entry in fleet.entries.values()]
    return ConfigCopy(
        accounts=size,
        provider=name,
        state_bytes=stack.state_file.stat().st_size,
        secret_copies=statistics.mean(copies),
        seconds={one: statistics.median(turn[one].wall for turn in turns) for one in _COMMANDS},
        cpu={one: statistics.median(turn[one].cpu for turn in turns) for one in _COMMANDS},
    )
