"""What becomes of a run that asks for the lease, and from when its deadline counts."""

from __future__ import annotations

import pytest

from recovery.core.acquiring import acquired, over
from recovery.core.answers import Answer, Go
from recovery.core.lease import Acquisition, Busy, Claim, Expired, Granted, Joined, Kind, Lease, Preempts
from tests.unit.core.scenes import NOW, RULES

GRANTED = Granted(Lease(8, "ours", Kind.RELEASE, "ours", NOW + 60), Lease(7), "nobody holds the lease")


def asked(acquisition: Acquisition, kind: Kind = Kind.RELEASE, before: float | None = None) -> Answer:
    return acquired(acquisition, Claim("ours", kind, "ours"), NOW, RULES, before)


def test_a_run_that_gets_the_lease_goes_on_with_its_epoch_and_deadline() -> None:
    facts = {"epoch": 8, "started_at": NOW, "deadline_at": NOW + 900}
    assert asked(GRANTED) == Answer(Go.ON, "nobody holds the lease", facts=facts)


def test_a_second_delivery_does_not_push_the_deadline_back() -> None:
    assert asked(GRANTED, before=NOW - 300).facts["started_at"] == NOW - 300
    assert asked(GRANTED, before=NOW - 300).facts["deadline_at"] == NOW + 600
    assert asked(GRANTED, before=0.0).facts["started_at"] == 0.0


@pytest.mark.parametrize("kind", list(Kind))
def test_a_run_whose_work_another_does_follows_it(kind: Kind) -> None:
    answer = asked(Joined("theirs", "theirs is going back already"), kind)
    assert answer == Answer(Go.JOINED, "theirs is going back already", facts={"joined": "theirs"})


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("acquisition", [Preempts("theirs", "it makes way"), Expired("theirs", NOW + 30, "it ran out")])
def test_a_run_waits_for_what_makes_way_or_ran_out(kind: Kind, acquisition: Preempts | Expired) -> None:
    assert asked(acquisition, kind) == Answer(Go.WAIT, acquisition.reason)


@pytest.mark.parametrize("kind", list(Kind))
def test_only_a_rollback_waits_for_a_run_that_does_not_make_way(kind: Kind) -> None:
    answer = asked(Busy("theirs", "theirs is in progress"), kind)
    assert answer == Answer(Go.WAIT if kind is Kind.ROLLBACK else Go.REFUSED, "theirs is in progress")


def test_a_run_that_is_over_takes_no_lease_though_its_first_step_is_delivered_again() -> None:
    late = over("ours", "Promoted")
    assert late == Answer(Go.JOINED, "ours has ended already")
    assert over("ours", None) is None
    assert over("ours", "") is None
