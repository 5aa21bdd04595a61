"""What becomes of a run that asks for the lease, and from when its clocks count."""

from __future__ import annotations

import pytest

from recovery.core.acquiring import acquired, over
from recovery.core.answers import Answer, Go
from recovery.core.lease import Acquisition, Busy, Claim, Expired, Granted, Joined, Kind, Lease, Preempts
from recovery.core.moments import seconds
from recovery.core.protocol import Clock
from tests.unit.core.scenes import NOW, RULES

BEGAN = NOW - 30
CLOCKS_SAID = {
    "started_at": BEGAN,
    "deadline_at": BEGAN + 600,
    # NOW is 2023-11-14T22:14:00Z.
    "lease_by": "2023-11-14T22:17:30.000Z",
    "launch_from": "2023-11-14T22:14:30.000Z",
    "launch_by": "2023-11-14T22:20:10.000Z",
}
GRANTED = Granted(Lease(8, "ours", Kind.RELEASE, "ours", NOW + 60), Lease(7), "nobody holds the lease")
MAKES_WAY = Preempts("theirs", "it makes way")
RAN_OUT = Expired("theirs", NOW + 30, "it ran out")


def asked(acquisition: Acquisition, kind: Kind = Kind.RELEASE, began: float = BEGAN) -> Answer:
    return acquired(acquisition, Claim("ours", kind, "ours"), began, RULES)


def test_a_run_that_gets_the_lease_goes_on_with_its_epoch_and_clocks() -> None:
    assert asked(GRANTED) == Answer(Go.ON, "nobody holds the lease", facts={"epoch": 8, **CLOCKS_SAID})


@pytest.mark.parametrize("kind", list(Kind))
def test_a_run_whose_work_another_does_follows_it(kind: Kind) -> None:
    answer = asked(Joined("theirs", "theirs is going back already"), kind)
    assert answer == Answer(Go.JOINED, "theirs is going back already", facts={"joined": "theirs"})


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("acquisition", [MAKES_WAY, RAN_OUT])
def test_a_run_waits_for_what_makes_way_or_ran_out(kind: Kind, acquisition: Preempts | Expired) -> None:
    assert asked(acquisition, kind) == Answer(Go.WAIT, acquisition.reason, facts=CLOCKS_SAID)


@pytest.mark.parametrize("kind", list(Kind))
def test_only_a_rollback_waits_for_a_run_that_does_not_make_way(kind: Kind) -> None:
    answer = asked(Busy("theirs", "theirs is in progress"), kind)
    go = Go.WAIT if kind is Kind.ROLLBACK else Go.REFUSED
    assert answer == Answer(go, "theirs is in progress", facts=CLOCKS_SAID)


@pytest.mark.parametrize("acquisition", [MAKES_WAY, RAN_OUT, Busy("theirs", "theirs is in progress"), GRANTED])
def test_the_state_machine_finds_every_clock_in_each_answer_after_which_it_may_ask_for_one(
    acquisition: Acquisition,
) -> None:
    answer = asked(acquisition, Kind.ROLLBACK)
    assert answer.go in (Go.WAIT, Go.ON)
    assert {str(clock): answer.document()[clock] for clock in Clock} == {
        str(clock): CLOCKS_SAID[clock] for clock in Clock
    }


def test_what_a_rollback_waits_for_the_lease_is_in_its_deadline() -> None:
    """However late it is granted, and however often it asks, its clocks stand still."""
    waited, granted = asked(MAKES_WAY, Kind.ROLLBACK), asked(GRANTED, Kind.ROLLBACK)
    assert {**waited.facts, "epoch": 8} == granted.facts
    assert asked(GRANTED, began=BEGAN + 7).facts["deadline_at"] == BEGAN + 607


def test_the_clocks_go_off_as_long_after_the_start_as_the_settings_say_and_one_after_another() -> None:
    said = asked(GRANTED, began=NOW + 0.25).facts
    assert seconds(said["lease_by"]) == NOW + 0.25 + RULES.lease_seconds
    assert seconds(said["launch_by"]) == NOW + 0.25 + RULES.launch_seconds
    assert seconds(said["launch_from"]) == seconds(said["launch_by"]) - RULES.cold_seconds
    assert said["started_at"] < seconds(said["lease_by"]) < seconds(said["launch_by"]) < said["deadline_at"]


def test_a_run_that_is_over_takes_no_lease_though_its_first_step_is_delivered_again() -> None:
    late = over("ours", "Promoted")
    assert late == Answer(Go.JOINED, "ours has ended already")
    assert over("ours", None) is None
    assert over("ours", "") is None
