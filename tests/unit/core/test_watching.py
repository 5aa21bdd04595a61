"""What the watchdog finds, and what it leaves alone."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from recovery.core.incident import Alarm, History, died
from recovery.core.lease import Kind
from recovery.core.submission import Answer, Ticket
from recovery.core.watching import Dead, Overdue, Start, delivered, leftovers, page_is_due, untold, watch
from tests.unit.core.scenes import FIRED, FREE, NOW, ROLLBACK, RULES, V1, V2, V3, empty, full, held, seen
from tests.unit.core.test_incident import alarmed

if TYPE_CHECKING:
    from recovery.core.lease import Lease
    from recovery.core.observation import Observation


def well(**more: Any) -> Observation:
    """Version 2 serves in green, and version 1 is warm in blue: nothing is to be done."""
    given: dict[str, Any] = {
        "blue": full("blue", V1, 4),
        "green": full("green", V2, 4, minimum=2),
        "weights": {"blue": 0, "green": 100},
        **more,
    }
    return seen(**given)


def watched(scene: Observation | None = None, **more: Any) -> Start | Overdue | None:
    given: dict[str, Any] = {
        "alarms": [],
        "held": FREE,
        "ended": False,
        "deadline_at": 0.0,
        "dead": Dead(),
        "watches": True,
        "followed": "",
        "serves": V2.fingerprint,
        "history": History(),
        "strays": History(),
        "rules": RULES,
        "minute": 28,
        **more,
    }
    return watch(scene or well(), **given)


def test_the_watchdog_leaves_a_healthy_app_alone() -> None:
    assert watched() is None
    assert watched(alarms=[replace(FIRED, state="OK")]) is None


def test_the_watchdog_starts_the_rollback_whose_event_was_lost_under_the_same_name() -> None:
    found = watched(alarms=[FIRED])
    assert found == Start(
        names=tuple(f"{ROLLBACK}-{number}" for number in range(1, 6)),
        kind=Kind.ROLLBACK,
        bad=V2.fingerprint,
        incident=f"alarm-{V2.fingerprint}",
        cause="shop-green-errors: 40 over 5",
        automatic=True,
        alarm=FIRED,
    )
    assert isinstance(found, Start)
    assert alarmed() == Ticket(Answer.STARTED, found.names[0], found.cause)


def test_only_an_alarm_that_fired_since_anything_was_done_should_have_started_the_run() -> None:
    """Another run, or a person, saw to what fired before: how late it is says nothing of its delivery."""
    long_ago = NOW - 3600
    assert delivered(FIRED, ended_at=long_ago, flip="") == FIRED
    assert delivered(FIRED, ended_at=FIRED.at, flip="") is None
    assert delivered(FIRED, ended_at=long_ago, flip=f"{FIRED.at + 1:.0f} ana") is None
    assert delivered(FIRED, ended_at=long_ago, flip=f"{long_ago:.0f} ana") == FIRED


ENDED = {"outcome": "Undone", "reason": "blue did not come up", "ended_at": repr(NOW - 121)}


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (ENDED, "it ended Undone: blue did not come up"),
        ({**ENDED, "told_at": repr(NOW - 100)}, ""),
        # It may be about to tell.
        ({**ENDED, "ended_at": repr(NOW - 120)}, ""),
        ({"kind": "rollback"}, ""),
        ({}, ""),
    ],
)
def test_an_outcome_that_nobody_was_told_is_told_late(record: dict[str, Any], says: str) -> None:
    assert untold(record, NOW) == says


def test_while_a_split_is_left_alone_that_could_not_be_ended_nothing_else_is_begun() -> None:
    """What serves is not to be told there, and no size is put right against it."""
    split = well(weights={"blue": 10, "green": 90}, flip="ana 12:01", green=full("green", V2, 4, minimum=4))
    assert watched(split, alarms=[FIRED], strays=History(rollbacks=1, last_at=FIRED.at)) is None


@pytest.mark.parametrize("colour", ["blue", "green"])
def test_a_split_is_not_left_alone_while_requests_are_answered_badly(colour: str) -> None:
    """An alarm of the smaller share starts no run by itself; what could not be ended before may be by now."""
    split, strays = well(weights={"blue": 10, "green": 90}), History(rollbacks=1, last_at=NOW - 60)
    found = watched(split, alarms=[replace(FIRED, colour=colour)], strays=strays)
    assert isinstance(found, Start)
    assert (found.incident, found.names[0]) == ("split", "rollback-unknown-2")
    assert watched(split, alarms=[replace(FIRED, colour=colour, state="OK")], strays=strays) is None


@pytest.mark.parametrize("age", [0.0, 59.0, 60.0, 5000.0])
def test_the_watchdog_waits_for_no_alarms_own_event(age: float) -> None:
    """The deadline is counted with one look of it; whoever comes second starts nothing, by the run's name."""
    found = watched(alarms=[replace(FIRED, at=NOW - age)])
    assert isinstance(found, Start)
    assert found.names[0] == alarmed().run


def test_all_alarms_of_what_serves_are_one_incident() -> None:
    found = [watched(alarms=[replace(FIRED, name=name)]) for name in ("shop-green-errors", "shop-green-latency")]
    assert [one.incident for one in found if isinstance(one, Start)] == [f"alarm-{V2.fingerprint}"] * 2


@pytest.mark.parametrize("kind", [Kind.RELEASE, Kind.DRILL, Kind.RECONCILE])
def test_the_watchdog_rolls_back_what_serves_though_a_run_is_on_that_does_not_watch_it(kind: Kind) -> None:
    """A release of something else, for one: its event was lost, and what serves is bad as long as the run takes."""
    alone = watched(alarms=[FIRED])
    assert isinstance(alone, Start)
    assert not alone.alarming
    assert watched(alarms=[FIRED], held=held(kind), watches=False) == alone
    assert watched(alarms=[FIRED], held=held(kind), watches=True) is None
    assert watched(alarms=[replace(FIRED, state="OK")], held=held(kind), watches=False) is None
    assert watched(alarms=[replace(FIRED, colour="blue")], held=held(kind), watches=False) is None
    answered = History(rollbacks=1, automatic=1, last_at=NOW)
    assert watched(alarms=[FIRED], held=held(kind), watches=False, history=answered) is None


@pytest.mark.parametrize("kind", [Kind.RELEASE, Kind.DRILL, Kind.RECONCILE])
def test_beside_a_run_that_does_not_watch_the_watchdog_starts_a_rollback_of_what_serves_and_nothing_else(
    kind: Kind,
) -> None:
    messy = well(flip="ana 12:01", green=full("green", V2, 4, minimum=4, suspended=("AZRebalance",)))
    assert watched(messy, held=held(kind), watches=False) is None
    # While a canary has traffic, the group with more of it is the one that serves.
    canary = well(weights={"blue": 10, "green": 90})
    assert watched(canary, held=held(kind), watches=False) is None
    assert watched(canary, alarms=[FIRED], held=held(kind), watches=False) == watched(alarms=[FIRED])
    # Whether anything serves is not to be told: that is the run's to see.
    assert watched(well(weights={"blue": 0, "green": 0}), alarms=[FIRED], held=held(kind), watches=False) is None


def test_a_run_that_is_overdue_is_told_of_before_what_it_does_not_watch() -> None:
    found = watched(alarms=[FIRED], held=held(Kind.RELEASE), watches=False, deadline_at=NOW - 1)
    assert isinstance(found, Overdue)


def test_the_watchdog_looks_past_the_first_alarm() -> None:
    idle = replace(FIRED, name="shop-blue-errors", colour="blue")
    assert watched(alarms=[idle]) is None
    found = watched(alarms=[idle, FIRED])
    assert isinstance(found, Start)
    assert found.cause == "shop-green-errors: 40 over 5"


@pytest.mark.parametrize(("last_at", "starts"), [(NOW - 30.1, True), (NOW - 30, False), (NOW - 10, False)])
def test_the_watchdog_does_not_roll_back_again_for_an_alarm_that_was_answered(last_at: float, starts: bool) -> None:
    found = watched(alarms=[FIRED], history=History(rollbacks=1, automatic=1, last_at=last_at))
    assert (found is not None) == starts


@pytest.mark.parametrize("kind", list(Kind))
def test_the_watchdog_leaves_a_run_at_work_alone_whatever_it_sees(kind: Kind) -> None:
    scene = well(weights={"blue": 50, "green": 50}, flip="ana 12:01")
    assert watched(scene, alarms=[FIRED], held=held(kind), deadline_at=NOW) is None


def test_the_watchdog_tells_of_a_run_over_its_deadline() -> None:
    assert watched(held=held(Kind.ROLLBACK), deadline_at=NOW - 0.1) == Overdue(
        "a-rollback", "a-rollback is 0 s over its deadline"
    )
    found = watched(held=held(Kind.ROLLBACK), deadline_at=NOW - 61)
    assert found == Overdue("a-rollback", "a-rollback is 61 s over its deadline")


def test_a_run_without_a_deadline_is_never_over_it() -> None:
    assert watched(held=held(Kind.RELEASE), deadline_at=0.0) is None


@pytest.mark.parametrize("kind", list(Kind))
def test_the_watchdog_tells_of_a_run_that_is_on_and_silent(kind: Kind) -> None:
    silent = replace(held(kind), expires_at=NOW - 120)
    assert watched(held=silent) is None
    assert watched(held=replace(silent, expires_at=NOW - 121)) == Overdue(
        f"a-{kind}", f"a-{kind} is on, but let its lease expire 121 s ago"
    )


def test_the_watchdog_goes_back_for_a_run_that_died() -> None:
    found = watched(held=held(Kind.RELEASE), ended=True, deadline_at=NOW - 100, strays=History(rollbacks=2))
    assert found == Start(
        names=tuple(f"rollback-unknown-{number}" for number in range(3, 8)),
        kind=Kind.ROLLBACK,
        bad="",
        incident="died-a-release",
        cause="a-release died and left its lease",
        automatic=True,
    )


@pytest.mark.parametrize("expires_at", [NOW - 1, NOW, NOW + 60])
def test_the_watchdog_does_not_wait_until_the_lease_of_a_run_that_died_is_over(expires_at: float) -> None:
    found = watched(held=held(Kind.ROLLBACK, expires_at=expires_at), ended=True)
    assert isinstance(found, Start)
    assert found.incident == "died-a-rollback"


@pytest.mark.parametrize("automatic", [True, False])
def test_whoever_takes_a_dead_rollbacks_place_does_what_it_was_for(automatic: bool) -> None:
    dead = Dead(V3.fingerprint, automatic, History(rollbacks=1))
    found = watched(held=held(Kind.ROLLBACK), ended=True, dead=dead, strays=History(rollbacks=7))
    assert isinstance(found, Start)
    assert (found.bad, found.automatic) == (V3.fingerprint, automatic)
    assert (found.kind, found.cause) == (Kind.ROLLBACK, "a-rollback died and left its lease")
    assert found.names[0] == f"rollback-{V3.fingerprint[:16]}-2"
    stray = watched(held=held(Kind.ROLLBACK), ended=True, strays=History(rollbacks=7))
    assert isinstance(stray, Start)
    assert (stray.bad, stray.names[0]) == ("", "rollback-unknown-8")
    release = watched(held=held(Kind.RELEASE), ended=True, dead=dead)
    assert isinstance(release, Start)
    assert (release.bad, release.automatic) == ("", True)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_person_is_told_at_once_of_a_rollback_that_died(kind: Kind) -> None:
    """Its deadline runs already, and whatever takes its place has one of its own. No other run has any."""
    found = watched(held=held(kind), ended=True)
    assert isinstance(found, Start)
    assert found.alarming == (kind is Kind.ROLLBACK)


def test_nobody_is_told_of_anything_else_that_is_put_right() -> None:
    started = [
        watched(well(weights={"blue": 10, "green": 90})),
        watched(well(flip="ana 12:01")),
        watched(alarms=[FIRED]),
        watched(alarms=[FIRED], held=held(Kind.RELEASE), watches=False),
        watched(well(green=full("green", V2, 4, minimum=4))),
    ]
    assert [one.alarming for one in started if isinstance(one, Start)] == [False] * 5


def test_a_rollback_for_a_run_that_died_knows_which_one_and_any_other_knows_of_none() -> None:
    found = watched(held=held(Kind.RELEASE), ended=True)
    assert isinstance(found, Start)
    assert died(found.incident) == "a-release"
    assert [died(other) for other in ("split", "alarm-died-x", "")] == ["", "", ""]


@pytest.mark.parametrize("lease", [FREE, held(Kind.RELEASE)])
def test_the_watchdog_calls_a_person_where_no_group_has_traffic(lease: Lease) -> None:
    found = watched(well(weights={"blue": 0, "green": 0}), held=lease, ended=lease.run is not None)
    assert isinstance(found, Overdue)
    assert found.run == (lease.run or "")
    assert "no group has traffic" in found.reason


def test_the_watchdog_ends_a_split_that_no_run_sees_to() -> None:
    found = watched(well(weights={"blue": 10, "green": 90}))
    assert found == Start(
        names=tuple(f"rollback-unknown-{number}" for number in range(1, 6)),
        kind=Kind.ROLLBACK,
        bad="",
        incident="split",
        cause="both groups have traffic, and no run is on",
        automatic=True,
    )


@pytest.mark.parametrize(("since", "starts"), [(900.0, False), (900.1, True)])
def test_the_watchdog_leaves_a_split_for_a_while_that_it_could_not_end(since: float, starts: bool) -> None:
    strays = History(rollbacks=1, last_at=NOW - since)
    found = watched(well(weights={"blue": 10, "green": 90}), strays=strays)
    assert (found is not None) == starts
    if isinstance(found, Start):
        assert found.names[0] == "rollback-unknown-2"


def test_the_watchdog_follows_a_flip_once_the_weights_have_reached_every_node() -> None:
    for age, follows in ((0, False), (RULES.drain_seconds - 1, False), (RULES.drain_seconds, True)):
        found = watched(well(flip=f"{int(NOW - age)} ana"), alarms=[FIRED])
        assert (found is not None) == follows


@pytest.mark.parametrize(
    ("run", "paged_at", "due"),
    [
        ("a-release", None, True),
        ("a-release", NOW - 10_000, False),
        ("", None, True),
        ("", NOW - 900, False),
        ("", NOW - 901, True),
    ],
)
def test_a_person_is_told_of_a_run_once_and_of_a_lasting_state_now_and_then(
    run: str, paged_at: float | None, due: bool
) -> None:
    assert page_is_due(run, paged_at, NOW) == due


def test_the_watchdog_follows_a_flip_by_hand_once() -> None:
    scene = well(flip="ana 12:01")
    found = watched(scene, alarms=[FIRED])
    assert found == Start(("reconcile-flip-28",), Kind.RECONCILE, "", "flip", "follow the flip ana 12:01", True)
    assert watched(scene, followed="ana 12:01") is None


def test_the_most_urgent_goes_first() -> None:
    split = {"blue": 10, "green": 90}
    everything: dict[str, Any] = {"alarms": [FIRED]}
    messy = well(weights=split, flip="ana 12:01", green=full("green", V2, 4, minimum=4))
    dead = watched(messy, held=held(Kind.RELEASE), ended=True, **everything)
    assert isinstance(dead, Start)
    assert dead.incident == "died-a-release"
    stood = watched(messy, **everything)
    assert isinstance(stood, Start)
    assert stood.incident == "split"
    flipped = watched(replace(messy, weights={"blue": 0, "green": 100}), **everything)
    assert isinstance(flipped, Start)
    assert flipped.incident == "flip"
    fired = watched(replace(messy, weights={"blue": 0, "green": 100}), followed="ana 12:01", **everything)
    assert isinstance(fired, Start)
    assert fired.incident == f"alarm-{V2.fingerprint}"
    calm = watched(replace(messy, weights={"blue": 0, "green": 100}), followed="ana 12:01")
    assert isinstance(calm, Start)
    assert calm.incident == "leftovers"


def test_the_watchdog_rolls_back_what_serves_though_it_cannot_name_it() -> None:
    found = watched(alarms=[FIRED], serves="")
    assert isinstance(found, Start)
    assert (found.names[0], found.bad) == ("rollback-unknown-1", "")


def test_the_watchdog_tidies_what_a_run_left() -> None:
    found = watched(well(green=full("green", V2, 4, minimum=4, suspended=("AZRebalance",))))
    assert found == Start(
        names=("reconcile-28",),
        kind=Kind.RECONCILE,
        bad="",
        incident="leftovers",
        cause="green has a floor of 4, not 2; green has AZRebalance suspended",
        automatic=True,
    )


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"green": full("green", V2, 4, minimum=1)}, "green has a floor of 1, not 2"),
        (
            {"blue": full("blue", V1, 4, suspended=("ScheduledActions", "AlarmNotification"))},
            "blue has AlarmNotification, ScheduledActions suspended",
        ),
        ({"green": full("green", V2, 4, minimum=2, suspended=("Launch",))}, ""),
        ({"blue": full("blue", V1, 3)}, "blue keeps 3 warm while 4 serve"),
        ({"blue": full("blue", V1, 5)}, ""),
        ({"blue": full("blue", V1, 4, minimum=3)}, "blue is warm, but may scale in below 4"),
        ({"blue": empty("blue")}, ""),
        ({"blue": empty("blue", desired=4, minimum=2)}, ""),
    ],
)
def test_what_no_run_should_have_left_is_found(changed: dict[str, Any], says: str) -> None:
    assert "; ".join(leftovers(well(**changed), RULES)) == says


@pytest.mark.parametrize("seed", range(100))
def test_the_watchdog_has_an_answer_to_every_state_and_starts_what_it_can_stop_starting(seed: int) -> None:
    """Whatever it finds, doing it (a rollback was begun, the flip was followed) leaves it nothing more to start for that."""
    world = random.Random(seed)  # noqa: S311 a seed that replays
    scene = well(
        weights={"blue": world.choice([0, 10, 100]), "green": world.choice([0, 90, 100])},
        flip=world.choice(["", "ana 12:01"]),
        blue=full("blue", V1, world.choice([0, 2, 4]), suspended=world.choice([(), ("AZRebalance",)])),
    )
    alarms = [
        Alarm(f"{colour}-errors", colour, world.choice(["OK", "ALARM"]), NOW - world.choice([0, 60, 61, 5000]))
        for colour in ("blue", "green")
    ]
    taken = world.choice([FREE, held(world.choice(list(Kind)))])
    given: dict[str, Any] = {"alarms": alarms, "held": taken, "ended": world.choice([True, False])}
    given["watches"] = world.choice([True, False])
    found = watched(scene, **given, deadline_at=world.choice([0.0, NOW - 1, NOW + 1]))
    if isinstance(found, Start) and (taken.run is None or not given["ended"]):
        assert found.automatic, seed
        after = History(rollbacks=1, last_at=NOW)
        again = watched(scene, **given, history=after, strays=after, followed=scene.flip)
        assert not isinstance(again, Start) or again.incident != found.incident or found.kind is Kind.RECONCILE, seed
