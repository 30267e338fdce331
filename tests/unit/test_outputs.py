"""What is stored after a POST and after a look, and what counts as drift."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_useapi.credentials import Claims
from pulumi_useapi.models import Account
from pulumi_useapi.outputs import (
    after_post,
    after_read,
    derived_inputs,
    drifted_inputs,
    has_newer_credentials,
    has_other_credentials,
    needs_post,
    shows_change,
)

OWNER = "4711@https://api.useapi.net/v1/minimax"
EXP, IAT = 1734858598.864, 1732266598.864
DAY = 86_400
INPUTS: dict[str, Any] = {
    "url": "https://hailuoai.video/cursor?uuid=1&unix=1",
    "token": "the token",
    "maxJobs": 2,
    "account": "123456",
    "jwtExpiry": "2024-12-22T09:09:58Z",
    "jwtIssued": "2024-11-22T09:09:58Z",
}
POSTED = {
    "serverExpiry": "2024-12-22T09:09:58Z",
    "serverIssued": "2024-11-22T09:09:58Z",
    "postedExpiry": "2024-12-22T09:09:58Z",
    "postedIssued": "2024-11-22T09:09:58Z",
}


def answer_of(fields: dict[str, Any]) -> Account:
    return Account("123456", **fields)


def answer(**fields: Any) -> Account:
    return answer_of({"max_jobs": 2, "exp": EXP, "iat": IAT} | fields)


def stored(**fields: Any) -> dict[str, Any]:
    return after_post(INPUTS, answer(), OWNER, "1") | fields


def looked(**fields: Any) -> dict[str, Any]:
    return after_read(stored(), answer(**fields), OWNER)


# after a POST


def test_derived_inputs() -> None:
    assert derived_inputs(Claims("123456", EXP, IAT)) == {
        "account": "123456",
        "jwtExpiry": "2024-12-22T09:09:58Z",
        "jwtIssued": "2024-11-22T09:09:58Z",
    }
    assert set(derived_inputs(Claims("123456", EXP, None))) == {"account", "jwtExpiry"}


def test_after_a_post_inputs_and_answer_are_stored() -> None:
    full = answer(
        user_id="123456",
        masked_token="abc…secured…xyz",
        host="hailuoai.video",
        search_params="uuid=1&unix=77",
        support_video=True,
        support_chat=False,
        error="on hold",
    )
    assert after_post({**INPUTS, "subscription": "team-b", "adopt": True}, full, OWNER, "77") == {
        **INPUTS,
        **POSTED,
        "subscription": "team-b",
        "adopt": True,
        "owner": OWNER,
        "revision": "77",
        "supportVideo": True,
        "supportChat": False,
        "host": "hailuoai.video",
        "error": "on hold",
    }


def test_the_mask_and_the_echo_are_never_stored() -> None:
    outputs = after_post(INPUTS, answer(masked_token="abc…secured…xyz", search_params="uuid=9&unix=1"), OWNER, "1")
    for outputs_now in (outputs, after_read(outputs, answer(masked_token="other", search_params="uuid=8"), OWNER)):
        assert outputs_now["token"] == "the token"
        assert "secured" not in str(outputs_now)
        assert "uuid=9" not in str(outputs_now)
        assert "uuid=8" not in str(outputs_now)


def test_what_the_api_leaves_out_is_not_stored() -> None:
    assert after_post(INPUTS, Account("123456"), OWNER, "7") == {**INPUTS, "owner": OWNER, "revision": "7"}


@pytest.mark.parametrize(
    ("search_params", "revision", "kept"),
    [
        ("unix=7", "7", "7"),
        (None, "7", "7"),
        ("uuid=1", "7", "7"),
        ("unix=8", "7", None),
        ("unix=8", None, None),
        (None, None, None),
    ],
)
def test_a_revision_that_the_service_does_not_echo_is_no_fence(
    search_params: str | None, revision: str | None, kept: str | None
) -> None:
    outputs = after_post(INPUTS, answer(search_params=search_params), OWNER, revision)
    assert outputs.get("revision") == kept
    assert "revision" not in outputs or kept is not None


# after a look

SERVED: dict[str, st.SearchStrategy[Any]] = {
    "max_jobs": st.none() | st.just(2),
    "exp": st.none() | st.floats() | st.floats(0, 4e9),
    "iat": st.none() | st.floats() | st.floats(0, 4e9),
    "user_id": st.sampled_from([None, "123456", "654321"]),
    "masked_token": st.none() | st.just("abc…secured…xyz"),
    "host": st.none() | st.text(max_size=5),
    "search_params": st.none() | st.sampled_from(["", "unix=1", "unix=77&uuid=1", "uuid=1"]),
    "support_video": st.none() | st.booleans(),
    "support_chat": st.none() | st.booleans(),
    "support_audio": st.none() | st.booleans(),
    "support_music": st.none() | st.booleans(),
    "error": st.none() | st.text(min_size=1, max_size=5),
}
ANSWERS = st.fixed_dictionaries({}, optional=SERVED).map(answer_of)
GIVEN = st.fixed_dictionaries(
    {"url": st.just("https://h/?unix=1"), "token": st.just("t"), "maxJobs": st.just(2), "account": st.just("123456")},
    optional={
        "jwtExpiry": st.just(INPUTS["jwtExpiry"]),
        "jwtIssued": st.just(INPUTS["jwtIssued"]),
        "subscription": st.none() | st.just("team-b"),
        "adopt": st.booleans(),
    },
)
REVISIONS = st.sampled_from([None, "1", "77"])
MILLISECONDS = st.integers(0, 4_000_000_000_000)


@given(GIVEN, ANSWERS, REVISIONS)
def test_looking_again_at_the_same_answer_changes_nothing(
    inputs: dict[str, Any], posted: Account, revision: str | None
) -> None:
    outputs = after_post(inputs, posted, OWNER, revision)
    assert after_read(outputs, posted, OWNER) == outputs
    assert drifted_inputs(outputs) == {key: value for key, value in inputs.items() if value is not None}
    assert not has_other_credentials(outputs)
    assert not has_newer_credentials(outputs)
    assert not needs_post(outputs, inputs)


@given(GIVEN, MILLISECONDS, MILLISECONDS, st.integers(-1000, 1000))
def test_a_second_more_or_less_changes_nothing(inputs: dict[str, Any], exp: int, iat: int, shift: int) -> None:
    outputs = after_post(inputs, Account("123456", exp=exp / 1000, iat=iat / 1000), OWNER, None)
    moved = Account("123456", exp=(exp + shift) / 1000, iat=(iat - shift) / 1000)
    assert after_read(outputs, moved, OWNER) == outputs


@given(GIVEN, ANSWERS, ANSWERS, REVISIONS)
def test_after_a_look_nothing_that_was_known_is_lost_but_the_error(
    inputs: dict[str, Any], posted: Account, now: Account, revision: str | None
) -> None:
    outputs = after_post(inputs, posted, OWNER, revision)
    seen = after_read(outputs, now, OWNER)
    assert set(outputs) - {"error", "serverUser"} <= set(seen)
    assert seen.get("error") == now.error
    assert None not in seen.values()
    assert after_read(seen, now, OWNER) == seen
    secret = {key: outputs[key] for key in ("url", "token")}
    assert {key: seen[key] for key in secret} == secret


@given(ANSWERS)
def test_a_look_without_anything_stored_gives_what_the_api_tells(found: Account) -> None:
    seen = after_read({}, found, OWNER)
    assert seen["account"] == "123456"
    assert not {"url", "token", "postedExpiry", "postedIssued"} & set(seen)


def test_error_appears_and_goes() -> None:
    broken = looked(error="on hold")
    assert broken == stored(error="on hold")
    assert after_read(broken, answer(), OWNER) == stored()


def test_max_jobs_changed_at_the_server_is_a_readable_diff() -> None:
    seen = looked(max_jobs=7)
    assert seen == stored(maxJobs=7)
    assert drifted_inputs(seen) == {**INPUTS, "maxJobs": 7}
    assert needs_post(seen, INPUTS)


def test_fields_left_out_stay_as_they_are() -> None:
    before = after_post(INPUTS, answer(support_video=True, host="hailuoai.video"), OWNER, "1")
    assert after_read(before, Account("123456"), OWNER) == before


def test_fields_added_later_are_taken_and_are_no_drift() -> None:
    before = after_post(INPUTS, Account("123456"), OWNER, "1")
    seen = after_read(before, answer(support_music=True), OWNER)
    assert seen["supportMusic"] is True
    assert seen["serverExpiry"] == "2024-12-22T09:09:58Z"
    assert not has_other_credentials(seen)
    assert drifted_inputs(seen) == INPUTS


# drift of the credentials


@pytest.mark.parametrize(
    ("fields", "other", "newer", "drift"),
    [
        pytest.param({}, False, False, {}, id="the same"),
        pytest.param({"exp": EXP + 0.9, "iat": IAT - 0.9}, False, False, {}, id="within a second"),
        pytest.param({"exp": None, "iat": None}, False, False, {}, id="not told"),
        pytest.param({"exp": 1e300}, False, False, {}, id="no date"),
        pytest.param({"exp": EXP + DAY}, True, True, {}, id="newer"),
        pytest.param({"exp": EXP + DAY, "iat": IAT + DAY}, True, True, {}, id="newer, both"),
        pytest.param({"exp": EXP + 3}, True, True, {}, id="three seconds newer"),
        pytest.param({"exp": EXP - DAY}, True, False, {"jwtExpiry": "2024-12-21T09:09:58Z"}, id="older"),
        pytest.param({"iat": IAT + DAY}, True, False, {"jwtIssued": "2024-11-23T09:09:58Z"}, id="issued later"),
        pytest.param(
            {"exp": EXP - DAY, "iat": IAT - DAY},
            True,
            False,
            {"jwtExpiry": "2024-12-21T09:09:58Z", "jwtIssued": "2024-11-21T09:09:58Z"},
            id="older, both",
        ),
    ],
)
def test_drift_of_credentials(fields: dict[str, Any], other: bool, newer: bool, drift: dict[str, str]) -> None:
    seen = looked(**fields)
    assert has_other_credentials(seen) is other
    assert has_newer_credentials(seen) is newer
    assert drifted_inputs(seen) == INPUTS | drift
    assert needs_post(seen, INPUTS) is (other and not newer)
    assert needs_post(seen, {**INPUTS, "adopt": True}) is other
    assert (seen["postedExpiry"], seen["postedIssued"]) == (POSTED["postedExpiry"], POSTED["postedIssued"])


@pytest.mark.parametrize(
    ("posted", "now", "other"),
    [
        ("123456", "123456", False),
        (None, "123456", False),
        ("123456", None, False),
        ("654321", "654321", False),
        ("654321", None, False),
        ("123456", "654321", True),
        (None, "654321", True),
        ("654321", "123456", True),
    ],
)
def test_drift_of_the_user(posted: str | None, now: str | None, other: bool) -> None:
    before = after_post(INPUTS, answer(user_id=posted), OWNER, "1")
    seen = after_read(before, answer(user_id=now), OWNER)
    assert has_other_credentials(seen) is other
    assert needs_post(seen, INPUTS) is other
    assert not has_newer_credentials(seen)


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, False),
        ({"exp": EXP + 0.9}, False),
        ({"exp": None, "iat": None, "max_jobs": None}, False),
        ({"support_music": True, "host": "hailuoai.com"}, False),
        ({"user_id": "123456"}, False),
        ({"max_jobs": 7}, True),
        ({"error": "on hold"}, True),
        ({"exp": EXP + DAY}, True),
        ({"iat": IAT - DAY}, True),
        ({"user_id": "654321"}, True),
    ],
)
def test_what_a_refresh_shows(fields: dict[str, Any], shown: bool) -> None:
    assert shows_change(stored(), looked(**fields)) is shown


def test_a_refresh_shows_that_an_error_is_gone_but_no_numbers_that_are_merely_told_now() -> None:
    assert shows_change(stored(error="on hold"), stored())
    silent = after_post(INPUTS, Account("123456"), OWNER, "1")
    assert not shows_change(silent, after_read(silent, answer(max_jobs=None), OWNER))


def test_drift_that_went_away_leaves_nothing_behind() -> None:
    assert after_read(looked(exp=EXP - DAY, iat=IAT - DAY), answer(), OWNER) == stored()


def test_newer_at_the_server_but_not_than_the_token_in_hand() -> None:
    seen = looked(exp=EXP + DAY)
    rotated = {**INPUTS, "token": "renewed", "jwtExpiry": "2025-01-22T09:09:58Z"}
    assert not has_newer_credentials({**seen, "jwtExpiry": rotated["jwtExpiry"]})
    assert needs_post(seen, rotated)


def test_the_servers_own_numbers_are_no_drift() -> None:
    own = answer(exp=EXP + 3600.5, iat=IAT + 3600.5)
    outputs = after_post(INPUTS, own, OWNER, "1")
    assert after_read(outputs, own, OWNER) == outputs
    assert not has_other_credentials(outputs)
    assert drifted_inputs(outputs) == INPUTS


def test_numbers_told_only_at_the_post_or_only_at_the_look_are_no_drift() -> None:
    silent, telling = answer(exp=None, iat=None), answer()
    assert not has_other_credentials(after_read(after_post(INPUTS, silent, OWNER, "1"), telling, OWNER))
    assert not has_other_credentials(after_read(after_post(INPUTS, telling, OWNER, "1"), silent, OWNER))


# what has to be told to the server


@pytest.mark.parametrize(
    ("change", "needed"),
    [
        ({}, False),
        ({"maxJobs": 2.0}, False),
        ({"maxJobs": 3}, True),
        ({"token": "renewed"}, True),
        ({"url": "https://hailuoai.video/cursor?uuid=1&unix=999"}, False),
        ({"url": "https://hailuoai.video/cursor?uuid=2&unix=1"}, True),
        ({"url": "https://hailuoai.video/cursor?uuid=1"}, True),
        ({"adopt": True}, False),
        ({"adopt": False}, False),
        ({"subscription": "team-b"}, False),
    ],
)
def test_what_needs_a_post(change: dict[str, Any], needed: bool) -> None:
    assert needs_post(stored(), INPUTS | change) is needed
