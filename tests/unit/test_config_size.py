"""How large a config is for the operating system: in the very bytes that Pulumi writes."""

from __future__ import annotations

import pytest

from pulumi_useapi import config_size

URL = "https://hailuoai.video/x?a=1&b=<2>&ü=é&unix=12'\""
CONFIG = {"useapi:accounts": {"main": {"adopt": True, "maxJobs": 2, "url": URL}}, "useapi:apiToken": "user:1-a&b"}
WRITTEN = (
    r'{"useapi:accounts":"{\"main\":{\"adopt\":true,\"maxJobs\":2,'
    r"\"url\":\"https://hailuoai.video/x?a=1\\u0026b=\\u003c2\\u003e\\u0026ü=é\\u0026unix=12"
    r"'\\\"\"}}"
    r'","useapi:apiToken":"user:1-a\u0026b"}'
)
"""As a program found it in PULUMI_CONFIG (CLI 3.232.0)."""


def test_a_config_is_as_large_as_pulumi_writes_it() -> None:
    assert config_size.size_of(CONFIG) == config_size.size_of_text(WRITTEN)
    assert config_size.size_of({}) == len("PULUMI_CONFIG={}\0")


@pytest.mark.parametrize(
    ("size", "is_near", "is_beyond", "told"),
    [
        (0, False, False, "0 of the 128 KiB"),
        (104_857, False, False, "103 of the 128 KiB"),
        (104_858, True, False, "103 of the 128 KiB"),
        (131_072, True, False, "128 of the 128 KiB"),
        (131_073, True, True, "129 of the 128 KiB"),
    ],
)
def test_the_limit(size: int, is_near: bool, is_beyond: bool, told: str) -> None:
    assert (config_size.is_near_limit(size), config_size.is_too_large(size)) == (is_near, is_beyond)
    assert config_size.share(size) == f"the stack's config takes {told} that Linux lets Pulumi hand to a program"
    assert (config_size.warning(size) is not None) is is_near
