"""What becomes of a submitted release. Submitting is idempotent by fingerprint, and answers at once with a ticket."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from recovery.core.lease import Kind

if TYPE_CHECKING:
    from recovery.core.lease import Lease
    from recovery.core.quarantine import Mark
    from recovery.core.release import Release

# Step Functions: an execution's name has at most 80 characters and is taken for 90 days (API, StartExecution).
NAMED_BY = 16
# The name of a run that ended before it held the lease is taken all the same, so a few more are tried.
NAMES_TRIED = 5
MAKE_WAY = (Kind.DRILL, Kind.RECONCILE)
"""Runs that end early when a release or a rollback wants the lease."""


class Answer(StrEnum):
    """Each is final for this submission: nothing waits in a queue."""

    ALREADY_LIVE = "already-live"
    STARTED = "started"
    JOINED = "joined"
    REFUSED = "refused"
    IGNORED = "ignored"
    """There is nothing to do about it."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """The answer. `run` is the run that was started, is followed, or stands in the way; empty where there is none."""

    answer: Answer
    run: str
    reason: str


def decide(release: Release, *, live: str, mark: Mark | None, held: Lease, ended_runs: int, now: float) -> Ticket:
    """What to answer.

    Args:
        release: what is submitted.
        live: the fingerprint that serves now.
        mark: the quarantine's entry for the release.
        held: the lease.
        ended_runs: how many runs of this very release have ended. It makes the run's name: a second delivery of the
            same submission gets the same name, and a new attempt another.
        now: seconds since 1970.
    """
    name = run_name(Kind.RELEASE, release.fingerprint, ended_runs)
    if held.run is not None and now < held.expires_at and held.kind not in MAKE_WAY:
        if held.run == name:
            return Ticket(Answer.JOINED, name, f"{name} is at work on this release")
        return Ticket(Answer.REFUSED, held.run, f"{held.run} is in progress; submit again when it has ended")
    if held.run is not None and now >= held.expires_at:
        reason = f"{held.run} let its lease expire; submit again when the watchdog has put right what it left"
        return Ticket(Answer.REFUSED, held.run, reason)
    if release.fingerprint == live:
        return Ticket(Answer.ALREADY_LIVE, "", "this release serves already")
    if mark is not None and mark.holds:
        return Ticket(Answer.REFUSED, mark.run, f"this release is quarantined ({mark.level}): {mark.evidence}")
    return Ticket(Answer.STARTED, name, f"{name} starts")


def as_it_serves(release: Release, live: str, runs: tuple[str, int]) -> Release:
    """The release by the version that serves, where it is the same content under another version's number."""
    if live != release.fingerprint:
        return release
    return replace(release, template_id=runs[0], version=runs[1])


def run_name(kind: Kind, fingerprint: str, ended_runs: int) -> str:
    """The name of a run about a release: a second delivery gets the same, an attempt after an ended one another."""
    return f"{kind}-{fingerprint[:NAMED_BY] or 'unknown'}-{ended_runs + 1}"
