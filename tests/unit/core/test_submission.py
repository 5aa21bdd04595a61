"""What becomes of a submitted release: one content, one run, however often and by whomever it is submitted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from recovery.core.lease import Kind, Lease
from recovery.core.quarantine import Level, Mark
from recovery.core.submission import Answer, Ticket, as_it_serves, decide, run_name
from tests.unit.core.scenes import NOW, V1, V2, release

if TYPE_CHECKING:
    from recovery.core.release import Release

FREE = Lease(epoch=7)
NAME = f"release-{V2.fingerprint[:16]}"
MARK = Mark(V2.fingerprint, Level.SUSPECT, "errors 40 over 5", "release-x-1", NOW - 600)


def held(kind: Kind, run: str = "theirs", expires_at: float = NOW + 60) -> Lease:
    return Lease(epoch=7, run=run, kind=kind, incident="theirs", expires_at=expires_at)


def submitted(
    of: Release = V2, *, live: Release | None = V1, mark: Mark | None = None, lease: Lease = FREE, ended: int = 0
) -> Ticket:
    serves = live.fingerprint if live else ""
    return decide(of, live=serves, mark=mark, held=lease, ended_runs=ended, now=NOW)


def test_a_new_release_starts_a_run_that_is_named_after_it() -> None:
    assert submitted() == Ticket(Answer.STARTED, f"{NAME}-1", f"{NAME}-1 starts")
    assert submitted(live=None).answer is Answer.STARTED


def test_the_same_content_submitted_again_is_the_same_run_whatever_its_version() -> None:
    again = release(2)
    assert submitted(again).run == submitted().run
    assert submitted(release(2, artifact="another.tar.gz")).run != submitted().run


def test_a_new_attempt_after_one_that_ended_is_another_run() -> None:
    assert submitted(ended=1).run == f"{NAME}-2"


def test_what_serves_already_needs_no_run() -> None:
    assert submitted(live=V2) == Ticket(Answer.ALREADY_LIVE, "", "this release serves already")


def test_a_quarantined_release_is_refused_with_its_evidence_and_the_run_that_saw_it() -> None:
    ticket = submitted(mark=MARK)
    assert ticket == Ticket(Answer.REFUSED, "release-x-1", "this release is quarantined (suspect): errors 40 over 5")


def test_a_release_whose_quarantine_a_person_lifted_starts() -> None:
    assert submitted(mark=MARK.lift("ana", NOW)).answer is Answer.STARTED


def test_a_quarantined_release_that_serves_all_the_same_is_not_refused() -> None:
    """A rollback was undone: it serves, and submitting it again changes nothing."""
    assert submitted(live=V2, mark=MARK).answer is Answer.ALREADY_LIVE


def test_a_second_delivery_joins_the_run_that_the_first_one_started() -> None:
    ticket = submitted(lease=held(Kind.RELEASE, run=f"{NAME}-1"))
    assert ticket == Ticket(Answer.JOINED, f"{NAME}-1", f"{NAME}-1 is at work on this release")
    assert submitted(lease=held(Kind.RELEASE, run=f"{NAME}-1"), live=V2).answer is Answer.JOINED


@pytest.mark.parametrize("kind", [Kind.RELEASE, Kind.ROLLBACK])
def test_a_run_in_progress_stands_in_the_way_and_is_named(kind: Kind) -> None:
    for live in (V1, V2):
        ticket = submitted(live=live, lease=held(kind))
        assert ticket == Ticket(Answer.REFUSED, "theirs", "theirs is in progress; submit again when it has ended")


@pytest.mark.parametrize("kind", [Kind.DRILL, Kind.RECONCILE])
def test_a_drill_or_a_reconciliation_makes_way(kind: Kind) -> None:
    assert submitted(lease=held(kind)).answer is Answer.STARTED


@pytest.mark.parametrize("kind", list(Kind))
def test_what_a_run_left_whose_lease_ran_out_is_put_right_before_another_release(kind: Kind) -> None:
    reason = "theirs let its lease expire; submit again when the watchdog has put right what it left"
    assert submitted(lease=held(kind, expires_at=NOW)) == Ticket(Answer.REFUSED, "theirs", reason)


def test_a_runs_name_fits_into_what_step_functions_takes() -> None:
    assert run_name(Kind.ROLLBACK, "", 0) == "rollback-unknown-1"
    assert all(len(run_name(kind, V2.fingerprint, 10**12)) <= 80 for kind in Kind)


def test_the_same_content_under_another_number_is_the_version_that_serves() -> None:
    again = replace(V1, version=9)
    assert as_it_serves(again, V1.fingerprint, (V1.template_id, 1)) == V1
    assert as_it_serves(again, V1.fingerprint, ("lt-before", 1)) == replace(V1, template_id="lt-before")
    assert as_it_serves(again, V2.fingerprint, (V2.template_id, 2)) == again
