"""The lease: the right to change one app in one environment, and what a run may do that finds it taken.

AWS's APIs take no fencing token, so a holder that was paused could still write after its lease was taken over. Two
rules keep it from that: a lease is renewed right before each change, for longer than the change can take; and it is
taken over only when its expiry lies further back than a change can take. And a call of the holder's own that arrives
late finds that a later step has had its turn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

DIED = "died-"
"""Begins the incident of a run that takes the place of one whose execution ended without giving its lease back."""


class Kind(StrEnum):
    """What a run is for."""

    RELEASE = "release"
    ROLLBACK = "rollback"
    DRILL = "drill"
    RECONCILE = "reconcile"


class LeaseLostError(Exception):
    """The lease is not, or not for long enough, the run's own: nothing may be changed any more."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may change the app. `run` is None when nobody holds it; the epoch stays, as it only ever grows."""

    epoch: int
    run: str | None = None
    kind: Kind | None = None
    incident: str = ""
    expires_at: float = 0.0
    """Seconds since 1970."""
    turn: float = 0.0
    """When the newest step of the holder was entered. A step that was entered before it is a late delivery."""
    took_over: str = ""
    """The run that it was taken from, which wrote nothing any more: its holder ends it along with itself."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that wants the lease. `incident` is what started it: two alarms of the same release share one."""

    run: str
    kind: Kind
    incident: str


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a lease lasts, and how long after its expiry its holder's last change may still arrive (seconds)."""

    seconds: float
    grace_seconds: float


@dataclass(frozen=True, slots=True)
class Granted:
    """Write `lease` on the condition that what is stored is still `instead_of`."""

    lease: Lease
    instead_of: Lease
    reason: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Another run does what this one is for: follow it."""

    run: str
    reason: str


@dataclass(frozen=True, slots=True)
class Preempts:
    """Ask the holder to go back to what served before it began; claim again when it has ended."""

    run: str
    reason: str


@dataclass(frozen=True, slots=True)
class Expired:
    """`run` let its lease expire; it can be taken over from `free_at` on."""

    run: str
    free_at: float
    reason: str


@dataclass(frozen=True, slots=True)
class Busy:
    """Not now: `run` holds the lease, and does not make way."""

    run: str
    reason: str


Acquisition = Granted | Joined | Preempts | Expired | Busy


def acquire(held: Lease, claim: Claim, now: float, terms: Terms, *, turn: float) -> Acquisition:
    """What a claim gets. Defined for every pair of holder and claim."""
    if held.run is None:
        return _of_nobody(held, claim, now, terms, turn)
    # Of a run that died, the lease is worth no more than a last change of it that may be under way.
    died = claim.incident == f"{DIED}{held.run}"
    lost_at = held.expires_at - terms.seconds if died else held.expires_at
    if now >= lost_at:
        return _lost(held, claim, now, terms, holder=held.run, lost_at=lost_at, turn=turn)
    if held.run == claim.run and turn < held.turn:
        return Joined(claim.run, f"{claim.run} is past this step already")
    if held.run == claim.run:
        # An answer of one's own that was lost, or a second delivery: the same epoch, so nothing is fenced off.
        again = replace(held, expires_at=_later(held, now, terms), turn=turn)
        return Granted(again, held, "the run holds the lease already")
    return _against_a_live_holder(held, held.run, claim)


def renew(held: Lease, run: str, epoch: int, now: float, terms: Terms, *, turn: float) -> Lease:
    """The lease to write right before a change, by the step that was entered at `turn`.

    Raises:
        LeaseLostError: when it is another's, or expired: whoever waits for it may count from that moment; or when a
            later step of the run has had its turn.
    """
    _own(held, run, epoch)
    if now >= held.expires_at:
        raise LeaseLostError(f"{run} let its lease expire {now - held.expires_at:.0f} s ago")
    if turn < held.turn:
        raise LeaseLostError(f"{run} is past this step: the call was delivered late, or twice")
    return replace(held, expires_at=_later(held, now, terms), turn=turn)


def check(held: Lease, run: str, epoch: int, now: float, needed_seconds: float) -> None:
    """Raise LeaseLostError unless the lease is the run's own for as long as a change can take."""
    _own(held, run, epoch)
    left = held.expires_at - now
    if left < needed_seconds:
        raise LeaseLostError(f"{run} holds its lease for {left:.0f} s more; a change may take {needed_seconds:.0f} s")


def release(held: Lease, run: str, epoch: int, now: float, terms: Terms) -> Lease:
    """The lease after its holder gave it up; giving up what is another's by now changes nothing.

    It can be taken once a change that was ended half-way has arrived: a step that is tried again tells nobody.
    """
    if (held.run, held.epoch) != (run, epoch):
        return held
    return Lease(held.epoch, expires_at=now + terms.grace_seconds)


def _of_nobody(held: Lease, claim: Claim, now: float, terms: Terms, turn: float) -> Acquisition:
    if now < held.expires_at:
        return Expired("", held.expires_at, "a last change of the run before may be under way")
    return _granted(held, claim, now + terms.seconds, turn, "nobody holds the lease")


def _lost(
    held: Lease, claim: Claim, now: float, terms: Terms, *, holder: str, lost_at: float, turn: float
) -> Acquisition:
    """Whoever takes it over has to put right what was left, which a rollback does, and who was started for it."""
    died = claim.incident == f"{DIED}{holder}"
    what = f"{holder} {'died' if died else 'let its lease expire'}"
    free_at = lost_at + terms.grace_seconds
    if now < free_at:
        return Expired(holder, free_at, f"{what}, and a last change of it may be under way")
    if not died and claim.kind is not Kind.ROLLBACK and claim.run != holder:
        return Busy(holder, f"{what}: what it left has to be put right first")
    return _granted(held, claim, now + terms.seconds, turn, what)


def _granted(held: Lease, claim: Claim, expires_at: float, turn: float, reason: str) -> Granted:
    took_over = held.run if held.run and held.run != claim.run else ""
    lease = Lease(held.epoch + 1, claim.run, claim.kind, claim.incident, expires_at, turn, took_over)
    return Granted(lease, held, reason)


def _later(held: Lease, now: float, terms: Terms) -> float:
    """Of two calls of a run, the one that read its clock first may write last: it takes nothing from the other."""
    return max(held.expires_at, now + terms.seconds)


def _own(held: Lease, run: str, epoch: int) -> None:
    if (held.run, held.epoch) != (run, epoch):
        raise LeaseLostError(f"the lease is {held.run or 'nobody'}'s, epoch {held.epoch}; {run} had epoch {epoch}")


def _against_a_live_holder(held: Lease, holder: str, claim: Claim) -> Acquisition:
    if held.incident == claim.incident and held.kind == claim.kind:
        return Joined(holder, f"{holder} is at work on the same {claim.kind}")
    match held.kind, claim.kind:
        case Kind.ROLLBACK, Kind.ROLLBACK:
            return Joined(holder, f"{holder} is going back already")
        case (Kind.DRILL | Kind.RECONCILE) as kind, Kind.RELEASE | Kind.ROLLBACK:
            return Preempts(holder, f"{holder} is a {kind}, which makes way for a {claim.kind}")
        case Kind.RELEASE, Kind.ROLLBACK:
            return Preempts(holder, f"{holder} is a release in progress, which returns instead of being rolled back")
        case _:
            return Busy(holder, f"{holder} is in progress")
