"""useapi.net's MiniMax account configuration as Pulumi resources.

The names are loaded when first used, so that the command and the API client start without Pulumi.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pulumi_useapi.version import __version__

if TYPE_CHECKING:
    from pulumi_useapi.client import UseApiClient
    from pulumi_useapi.fleet import AccountsSummary, summarize_accounts
    from pulumi_useapi.functions import (
        MiniMaxAccountResult,
        MiniMaxFeaturesResult,
        get_minimax_account,
        get_minimax_account_output,
        get_minimax_accounts,
        get_minimax_accounts_output,
        get_minimax_features,
        get_minimax_features_output,
    )
    from pulumi_useapi.minimax_account import MiniMaxAccount
    from pulumi_useapi.ready_made_stack import accounts_from_config

__all__ = [
    "AccountsSummary",
    "MiniMaxAccount",
    "MiniMaxAccountResult",
    "MiniMaxFeaturesResult",
    "UseApiClient",
    "__version__",
    "accounts_from_config",
    "get_minimax_account",
    "get_minimax_account_output",
    "get_minimax_accounts",
    "get_minimax_accounts_output",
    "get_minimax_features",
    "get_minimax_features_output",
    "summarize_accounts",
]

_MODULES = {
    "AccountsSummary": "pulumi_useapi.fleet",
    "MiniMaxAccount": "pulumi_useapi.minimax_account",
    "MiniMaxAccountResult": "pulumi_useapi.functions",
    "MiniMaxFeaturesResult": "pulumi_useapi.functions",
    "UseApiClient": "pulumi_useapi.client",
    "accounts_from_config": "pulumi_useapi.ready_made_stack",
    "get_minimax_account": "pulumi_useapi.functions",
    "get_minimax_account_output": "pulumi_useapi.functions",
    "get_minimax_accounts": "pulumi_useapi.functions",
    "get_minimax_accounts_output": "pulumi_useapi.functions",
    "get_minimax_features": "pulumi_useapi.functions",
    "get_minimax_features_output": "pulumi_useapi.functions",
    "summarize_accounts": "pulumi_useapi.fleet",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
