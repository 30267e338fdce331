"""useapi.net's MiniMax account configuration as Pulumi resources."""

from pulumi_useapi.version import __version__

__all__ = ["__version__"]
