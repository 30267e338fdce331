"""The rows: what each difference between stack and server is called, and the order of everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pulumi_useapi.models import Account, Features
from pulumi_useapi.status.asking import Asked
from pulumi_useapi.status.declared import Declared
from pulumi_useapi.status.quantities import day, span
from pulumi_useapi.status.report import Finding, Report, Row
from pulumi_useapi.status.summary import failures, summary
from tests.unit.status.fleet import AT, asked, entry, in_state, report, served


def only(made: Report) -> Row:
    [row] = made.rows
    return row


def notes(made: Report) -> list[tuple[Finding, str, str]]:
    return [(note.finding, note.text, note.advice) for row in made.rows for note in row.notes]


def test_a_sound_account() -> None:
    features = {"1": Features(credits=1240, plan="Standard")}
    row = only(report([asked(served("1"), features=features)], [in_state("main", "1")]))
    assert (row.name, row.account, row.site, row.plan, row.credits) == ("main", "1", "hailuoai.video", "Standard", 1240)
    assert (row.max_jobs, row.supports, row.error, row.notes) == (3, ("video",), None, ())
    assert row.expires == AT + timedelta(days=20)
    assert row.issued == AT - timedelta(days=10)
    assert row.is_usable
    assert row.life_left(AT) == pytest.approx(2 / 3)


def test_what_dies_first_is_on_top_and_what_nobody_knows_last() -> None:
    unknown = Account("4")
    made = report([asked(served("1", 20), served("2", -3), unknown, served("3", 1))], stack=None)
    assert [row.account for row in made.rows] == ["2", "3", "1", "4"]
    assert made.next_to_die
    assert made.next_to_die.account == "3"


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (-2.5, "expired 2 days ago"),
        (0, "expired 0 minutes ago"),
        (6.9, "expires in 6 days"),
        (0.9, "expires in 21 hours"),
    ],
)
def test_expired_and_expiring(days: float, text: str) -> None:
    declared = replace(in_state("main", "1", days), entry=entry("main", "1", days))
    kind = Finding.EXPIRED if days <= 0 else Finding.EXPIRING
    assert notes(report([asked(served("1", days))], [declared])) == [(kind, text, "renew: pulumi-useapi capture main")]


def test_where_the_service_tells_no_times_those_of_the_posted_token_count() -> None:
    row = only(report([asked(Account("1"))], [in_state("main", "1", 3)]))
    assert [note.finding for note in row.notes] == [Finding.EXPIRING]
    assert (row.issued, row.expires) == (AT - timedelta(days=27), AT + timedelta(days=3))


def test_expiring_is_a_matter_of_the_time_that_was_given() -> None:
    assert notes(report([asked(served("1", 8))], [in_state("main", "1", 8)])) == []
    assert report([asked(served("1", 8))], [in_state("main", "1", 8)], days=9).findings == (Finding.EXPIRING,)


def test_fresh_credentials_that_wait_for_pulumi_up_are_the_remedy_already() -> None:
    declared = replace(in_state("main", "1", 2), entry=entry("main", "1", 30))
    assert notes(report([asked(served("1", 2))], [declared])) == [
        (Finding.EXPIRING, "expires in 2 days", ""),
        (Finding.NOT_APPLIED, "other credentials wait in the stack's config, good until 2026-12-22", "pulumi up"),
    ]


def test_in_error_is_not_usable() -> None:
    made = report([asked(served("1", error="account on hold"))], [in_state("main", "1")])
    assert notes(made) == [
        (
            Finding.IN_ERROR,
            'in error at useapi.net: "account on hold"',
            "look at it in the browser, then renew its url and token",
        )
    ]
    assert not only(made).is_usable


def test_the_services_words_repeat_no_secret_of_the_config() -> None:
    declared = replace(in_state("main", "1"), entry=entry("main", "1", secrets=("a-token-with-many-letters",)))
    row = only(report([asked(served("1", error="bad a-token-with-many-letters!"))], [declared]))
    assert row.error == "bad [secret]!"


def test_other_credentials_than_the_stacks() -> None:
    newer = report([asked(served("1", 29))], [in_state("main", "1", 20)])
    older = report([asked(served("1", 18))], [in_state("main", "1", 20)])
    assert [one[0] for one in notes(newer)] == [Finding.NEWER_CREDENTIALS]
    assert [one[0] for one in notes(older)] == [Finding.OTHER_CREDENTIALS]
    assert "pulumi up --refresh" in notes(older)[0][2]


def test_max_jobs_differ() -> None:
    made = report([asked(served("1", max_jobs=5))], [in_state("main", "1")])
    assert notes(made) == [
        (Finding.MAX_JOBS, "maxJobs is 5 at useapi.net, 3 in the stack", "pulumi up --refresh sets it again")
    ]
    assert only(made).max_jobs == 5


def test_what_waits_in_the_config() -> None:
    jobs = replace(in_state("main", "1"), entry=entry("main", "1", max_jobs=4))
    other = replace(in_state("main", "1"), entry=entry("main", "2"))
    assert notes(report([asked(served("1"))], [jobs])) == [
        (Finding.NOT_APPLIED, "maxJobs 4 waits in the stack's config", "pulumi up")
    ]
    assert notes(report([asked(served("1"))], [other])) == [
        (Finding.NOT_APPLIED, "the stack's config has credentials of another account, 2", "pulumi up replaces this one")
    ]


def test_missing_at_the_server() -> None:
    made = report([asked()], [in_state("main", "1")])
    assert notes(made) == [(Finding.MISSING, "not at useapi.net any more", "pulumi up --refresh configures it again")]
    assert not only(made).is_usable
    assert only(made).expires == AT + timedelta(days=20)


def test_declared_but_never_configured() -> None:
    new, unreadable = (
        Declared("new", entry=entry("new", "2")),
        Declared("x", entry=replace(entry("x", "3"), claims=None)),
    )
    assert notes(report([asked()], [new, unreadable])) == [
        (Finding.MISSING, "in the stack's config, but not at useapi.net yet", "pulumi up"),
        (Finding.MISSING, "its entry in the stack's config has no readable token", "renew: pulumi-useapi capture x"),
    ]
    assert notes(report([asked(served("2"))], [new])) == [
        (Finding.NOT_APPLIED, "at useapi.net, but not in the stack's state yet", "pulumi up")
    ]


def test_undeclared_counts_only_beside_a_stack() -> None:
    assert report([asked(served("1"))]).findings == (Finding.UNDECLARED,)
    assert report([asked(served("1"))], stack=None).findings == ()


def test_a_looked_up_account_has_no_drift() -> None:
    other = replace(in_state("other", "1"), is_managed=False)
    assert notes(report([asked(served("1", 29, max_jobs=9))], [other])) == []
    assert [one[0] for one in notes(report([asked()], [other]))] == [Finding.MISSING]


def test_a_subscription_that_could_not_be_asked_takes_nothing_from_the_others() -> None:
    dead = Asked(("team-b",), "9999@x", problem="it cannot be reached")
    declared = [in_state("main", "1"), in_state("night", "2", 3, owner="9999@x", subscription="team-b")]
    made = report([asked(served("1")), dead], declared)
    assert notes(made) == [(Finding.UNREACHABLE, "not asked, this is what the stack knows of it", "")]
    assert [row.name for row in made.usable] == ["main"]
    assert made.findings == (Finding.UNREACHABLE,)
    assert summary(made) == (
        "1 of 2 usable, 3 jobs at once; the next to die is main (Sat 12 Dec); could not ask subscription team-b"
    )


def test_an_account_of_a_subscription_without_api_token_is_not_taken_for_missing() -> None:
    made = report([asked()], [in_state("main", "1", owner="9999@https://x")])
    assert [one[0] for one in notes(made)] == [Finding.UNREACHABLE]
    assert "it belongs to subscription 9999, and no API token" in notes(made)[0][1]
    moved = report([asked()], [in_state("main", "1", owner="4711@https://old.example/v1")])
    assert notes(moved)[0][1] == "not asked: it was configured at https://old.example/v1, which is not the base URL now"


def test_one_cause_is_told_once() -> None:
    dead = [Asked((name,), problem="no way") for name in (None, "b")]
    assert failures(report(dead)) == ["subscriptions default, b could not be asked: no way"]


def test_the_same_account_id_in_two_subscriptions_is_two_accounts() -> None:
    other = Asked(("team-b",), "9999@x", {"1": served("1", 9)})
    made = report([asked(served("1")), other], [in_state("main", "1")])
    assert [(row.name, row.subscription) for row in made.rows] == [(None, "team-b"), ("main", None)]


def test_the_worst_finding_comes_first() -> None:
    declared = [in_state("a", "1", -1), in_state("b", "2"), in_state("c", "3", 2)]
    made = report(
        [asked(served("1", -1), served("3", 2), served("4", error="hold")), Asked(("x",), problem="no")], declared
    )
    assert made.findings == (
        Finding.EXPIRED,
        Finding.IN_ERROR,
        Finding.MISSING,
        Finding.EXPIRING,
        Finding.UNREACHABLE,
        Finding.UNDECLARED,
    )


def test_the_former_owner_is_looked_for_where_it_went() -> None:
    from pulumi_useapi.status.report import make_report

    moved = in_state("main", "1", owner="1@old")
    made = make_report([asked(served("1"))], [moved], at=AT, soon=timedelta(0), stack="prod", former_owner="1@old")
    assert notes(made) == []


def test_control_characters_of_a_name_do_not_reach_a_terminal() -> None:
    row = only(report([asked(served("1", host="x\x1b[31m.y"))], [in_state("ma\x1b]0;in", "1", host="good.site")]))
    assert row.name == "ma ]0;in"
    assert row.site == "good.site"


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0.01, "0 minutes"), (0.02, "1 minute"), (1, "1 hour"), (47.9, "47 hours"), (48, "2 days"), (720, "30 days")],
)
def test_spans(hours: float, words: str) -> None:
    assert span(timedelta(hours=hours)) == words


def test_days() -> None:
    assert day(AT, AT) == "Sun 22 Nov"
    assert day(AT + timedelta(days=400), AT) == "Mon 27 Dec 2027"


def test_nothing_at_all() -> None:
    assert summary(report([])) == "no account is configured"
