"""What an alarm, an operator and the watchdog set off, and what is too late, or about something else, to set off anything."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from recovery.core.incident import WISHES, Alarm, History, late, on_alarm, on_request, on_wish, watches
from recovery.core.lease import Kind, Lease
from recovery.core.submission import Answer, Ticket
from tests.unit.core.scenes import FIRED, FREE, NOW, ROLLBACK, RULES, V1, V2, V3, held


def alarmed(
    alarm: Alarm = FIRED,
    *,
    fires: bool = True,
    history: History | None = None,
    lease: Lease = FREE,
    watched: bool = False,
) -> Ticket:
    """Version 2 serves in green."""
    return on_alarm(
        alarm,
        fires=fires,
        serving="green",
        bad=V2.fingerprint,
        history=history or History(),
        held=lease,
        watched=watched,
        now=NOW,
        rules=RULES,
    )


def asked(*, history: History | None = None, lease: Lease = FREE, of: str = "", bad: str = V2.fingerprint) -> Ticket:
    return on_request(bad=bad, of=of, history=history or History(), held=lease, now=NOW, by="ana")


def test_an_alarm_of_what_serves_starts_a_rollback_that_names_the_release_and_the_reason() -> None:
    assert alarmed() == Ticket(Answer.STARTED, f"{ROLLBACK}-1", "shop-green-errors: 40 over 5")


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_an_alarm_that_does_not_fire_changes_nothing(state: str) -> None:
    assert alarmed(replace(FIRED, state=state)) == Ticket(Answer.IGNORED, "", f"shop-green-errors is {state}")


@pytest.mark.parametrize(
    ("age", "expected"), [(300.0, Answer.STARTED), (300.1, Answer.IGNORED), (4000.0, Answer.IGNORED)]
)
def test_an_event_over_its_age_limit_changes_nothing(age: float, expected: Answer) -> None:
    ticket = alarmed(replace(FIRED, at=NOW - age))
    assert ticket.answer is expected
    if expected is Answer.IGNORED:
        assert ticket.run == ""
        assert ticket.reason == f"the event is {age:.0f} s old, over the limit of 300 s"


def test_an_event_of_an_alarm_that_does_not_fire_any_more_changes_nothing() -> None:
    """It was joined to a run that has ended since, and is delivered again."""
    for lease, watched in ((FREE, False), (held(Kind.RELEASE), True)):
        ticket = alarmed(fires=False, lease=lease, watched=watched)
        assert ticket == Ticket(Answer.IGNORED, "", "shop-green-errors fired 30 s ago, and does not any more")


@pytest.mark.parametrize(("age", "expected"), [(-1.0, False), (1.0, False), (30.0, False), (30.1, True)])
def test_only_of_an_event_that_comes_late_the_alarm_is_looked_at(age: float, expected: bool) -> None:
    """CloudWatch grants an account's apps nine such looks a second; the first delivery comes within seconds."""
    assert late(replace(FIRED, at=NOW - age), NOW) == expected


@pytest.mark.parametrize(("colour", "named"), [("blue", "blue"), ("", "no group")])
def test_an_alarm_of_a_group_that_does_not_serve_changes_nothing(colour: str, named: str) -> None:
    ticket = alarmed(replace(FIRED, colour=colour))
    assert ticket == Ticket(Answer.IGNORED, "", f"shop-green-errors is of {named}, and green serves")


@pytest.mark.parametrize("kind", list(Kind))
def test_a_run_that_watches_the_signals_itself_is_joined(kind: Kind) -> None:
    assert alarmed(lease=held(kind), watched=True) == Ticket(
        Answer.JOINED, f"a-{kind}", f"a-{kind} watches the same signals"
    )


@pytest.mark.parametrize("kind", list(Kind))
def test_a_run_that_does_not_watch_what_serves_keeps_no_alarm_of_it_from_starting_a_rollback(kind: Kind) -> None:
    assert alarmed(lease=held(kind)) == alarmed()
    assert alarmed().answer is Answer.STARTED


WATCHES = {
    # A rollback is on its way already, whatever it is about.
    (Kind.ROLLBACK, "serves", False): True,
    (Kind.ROLLBACK, "serves", True): True,
    (Kind.ROLLBACK, "other", False): True,
    (Kind.ROLLBACK, "other", True): True,
    # A release watches its own candidate, and as the cure what it cures.
    (Kind.RELEASE, "serves", False): True,
    (Kind.RELEASE, "serves", True): True,
    (Kind.RELEASE, "other", False): False,
    (Kind.RELEASE, "other", True): True,
    # These look at no signal of what serves.
    (Kind.DRILL, "serves", False): False,
    (Kind.DRILL, "serves", True): False,
    (Kind.DRILL, "other", False): False,
    (Kind.DRILL, "other", True): False,
    (Kind.RECONCILE, "serves", False): False,
    (Kind.RECONCILE, "serves", True): False,
    (Kind.RECONCILE, "other", False): False,
    (Kind.RECONCILE, "other", True): False,
}
"""Kind, what its candidate is, whether a person accepted that what serves is bad → whether the run sees to it."""


def test_who_sees_by_itself_that_what_serves_is_bad() -> None:
    assert set(WATCHES) == set(product(Kind, ("serves", "other"), (True, False)))
    for (kind, candidate, accepted), expected in WATCHES.items():
        of = {"serves": V2.fingerprint, "other": V3.fingerprint}[candidate]
        found = watches(held(kind), candidate=of, accepted=accepted, bad=V2.fingerprint)
        assert found == expected, (kind, candidate, accepted)


@pytest.mark.parametrize("accepted", [True, False])
def test_where_nobody_holds_the_lease_nobody_watches(accepted: bool) -> None:
    assert not watches(FREE, candidate=V2.fingerprint, accepted=accepted, bad=V2.fingerprint)


def test_a_release_without_a_name_is_not_taken_for_what_serves_without_one() -> None:
    assert not watches(held(Kind.RELEASE), candidate="", accepted=False, bad="")


@pytest.mark.parametrize(("expires_at", "expected"), [(NOW, Answer.STARTED), (NOW + 0.1, Answer.JOINED)])
def test_a_run_whose_lease_ran_out_is_not_joined(expires_at: float, expected: Answer) -> None:
    assert alarmed(lease=held(Kind.RELEASE, expires_at=expires_at), watched=True).answer is expected
    assert asked(lease=held(Kind.RELEASE, expires_at=expires_at)).answer is expected


@pytest.mark.parametrize(
    ("last_at", "expected"), [(NOW - 30.1, Answer.STARTED), (NOW - 30, Answer.IGNORED), (NOW, Answer.IGNORED)]
)
def test_an_event_from_before_the_last_rollback_of_the_release_starts_no_second_one(
    last_at: float, expected: Answer
) -> None:
    """It was delivered again, after the rollback that it started has ended."""
    ticket = alarmed(history=History(rollbacks=1, last_at=last_at))
    assert ticket.answer is expected
    assert ticket.run == (f"{ROLLBACK}-2" if expected is Answer.STARTED else "")
    if expected is Answer.IGNORED:
        assert ticket.reason == "shop-green-errors fired before the last rollback of this release began"


def test_the_same_event_twice_names_the_same_run_and_one_after_an_ended_rollback_another() -> None:
    assert alarmed().run == alarmed().run
    assert alarmed(history=History(rollbacks=2)).run == f"{ROLLBACK}-3"


def test_an_operators_rollback_names_who_asked() -> None:
    assert asked() == Ticket(Answer.STARTED, f"{ROLLBACK}-1", "asked for by ana")
    assert asked(history=History(rollbacks=1)).run == f"{ROLLBACK}-2"


def test_an_operator_may_roll_back_a_release_that_an_alarm_rolled_back_before() -> None:
    assert asked(history=History(rollbacks=1, automatic=1, last_at=NOW)).answer is Answer.STARTED


@pytest.mark.parametrize(
    ("kind", "says"), [(Kind.RELEASE, "a-release is told to return"), (Kind.ROLLBACK, "a-rollback goes back already")]
)
def test_an_operators_rollback_during_a_run_that_can_go_back_joins_it(kind: Kind, says: str) -> None:
    assert asked(lease=held(kind)) == Ticket(Answer.JOINED, f"a-{kind}", says)


@pytest.mark.parametrize("kind", [Kind.DRILL, Kind.RECONCILE])
def test_an_operators_rollback_starts_beside_a_run_that_makes_way(kind: Kind) -> None:
    assert asked(lease=held(kind)).answer is Answer.STARTED


def test_a_second_operator_does_not_take_back_what_the_first_ones_rollback_brought() -> None:
    assert asked(of=V2.fingerprint).answer is Answer.STARTED
    ticket = asked(of=V2.fingerprint, bad=V1.fingerprint)
    meant, serves = V2.fingerprint[:12], V1.fingerprint[:12]
    assert ticket == Ticket(Answer.IGNORED, "", f"release {meant} does not serve (any more): {serves} does")
    nobody_knows = f"release {meant} does not serve (any more): unknown does"
    assert asked(of=V2.fingerprint, bad="").reason == nobody_knows


def test_a_second_operator_joins_the_first_ones_rollback_whatever_serves_by_then() -> None:
    assert asked(of=V3.fingerprint, lease=held(Kind.ROLLBACK)).answer is Answer.JOINED


@pytest.mark.parametrize("wish", list(WISHES))
def test_a_wish_without_a_run_or_about_another_one_changes_nothing(wish: str) -> None:
    assert on_wish(wish, of="", held=FREE) == Ticket(Answer.IGNORED, "", "no run is in progress")
    assert on_wish(wish, of="yesterdays", held=FREE).answer is Answer.IGNORED
    late = on_wish(wish, of="yesterdays", held=held(Kind.RELEASE))
    assert late == Ticket(Answer.IGNORED, "a-release", "yesterdays is not in progress: a-release is")


@pytest.mark.parametrize(
    ("kind", "stopped", "paused"),
    [
        (Kind.RELEASE, Answer.JOINED, Answer.JOINED),
        (Kind.DRILL, Answer.JOINED, Answer.IGNORED),
        (Kind.RECONCILE, Answer.JOINED, Answer.IGNORED),
        (Kind.ROLLBACK, Answer.IGNORED, Answer.IGNORED),
    ],
)
def test_a_release_alone_can_be_paused_and_a_rollback_is_not_stopped(
    kind: Kind, stopped: Answer, paused: Answer
) -> None:
    lease = held(kind)
    assert on_wish("stop", of="", held=lease).answer is stopped
    assert on_wish("stop", of=f"a-{kind}", held=lease).answer is stopped
    assert {on_wish(wish, of="", held=lease).answer for wish in ("pause", "")} == {paused}
    assert on_wish("stop", of="", held=held(Kind.RELEASE)) == Ticket(Answer.JOINED, "a-release", "a-release is aborted")
    assert on_wish("stop", of="", held=held(Kind.ROLLBACK)) == Ticket(
        Answer.IGNORED, "a-rollback", "a-rollback is a rollback, which is not stopped half-way"
    )
    assert on_wish("pause", of="", held=held(Kind.DRILL)) == Ticket(
        Answer.IGNORED, "a-drill", "a-drill is a drill, which cannot be paused"
    )
