"""One writer: what a claim gets, and that no two runs may ever change the app at the same moment."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from recovery.core.lease import (
    Busy,
    Claim,
    Expired,
    Granted,
    Joined,
    Kind,
    Lease,
    LeaseLostError,
    Preempts,
    Terms,
    acquire,
    check,
    release,
    renew,
)

TERMS = Terms(seconds=60, grace_seconds=30)
NOW = 1_000.0
KINDS = list(Kind)


def held_by(kind: Kind, *, incident: str = "theirs", expires_at: float = NOW + 60) -> Lease:
    return Lease(epoch=7, run=f"a-{kind}", kind=kind, incident=incident, expires_at=expires_at)


def claim(kind: Kind, *, incident: str = "ours") -> Claim:
    return Claim(run="ours", kind=kind, incident=incident)


@pytest.mark.parametrize("kind", KINDS)
def test_a_free_lease_is_granted_with_the_next_epoch(kind: Kind) -> None:
    granted = acquire(Lease(epoch=7), claim(kind), NOW, TERMS, turn=0.0)
    assert isinstance(granted, Granted)
    assert granted.lease == Lease(8, "ours", kind, "ours", NOW + 60)
    assert (granted.instead_of, granted.reason) == (Lease(epoch=7), "nobody holds the lease")


@pytest.mark.parametrize(
    ("theirs", "ours", "expected"),
    [
        (Kind.RELEASE, Kind.RELEASE, Busy),
        (Kind.RELEASE, Kind.ROLLBACK, Preempts),
        (Kind.RELEASE, Kind.DRILL, Busy),
        (Kind.ROLLBACK, Kind.RELEASE, Busy),
        (Kind.ROLLBACK, Kind.ROLLBACK, Joined),
        (Kind.ROLLBACK, Kind.DRILL, Busy),
        (Kind.DRILL, Kind.RELEASE, Preempts),
        (Kind.DRILL, Kind.ROLLBACK, Preempts),
        (Kind.DRILL, Kind.DRILL, Busy),
        (Kind.RECONCILE, Kind.RELEASE, Preempts),
        (Kind.RECONCILE, Kind.ROLLBACK, Preempts),
        (Kind.RECONCILE, Kind.DRILL, Busy),
        (Kind.RECONCILE, Kind.RECONCILE, Busy),
        (Kind.RELEASE, Kind.RECONCILE, Busy),
        (Kind.ROLLBACK, Kind.RECONCILE, Busy),
        (Kind.DRILL, Kind.RECONCILE, Busy),
    ],
)
def test_what_a_claim_gets_from_a_run_in_progress(theirs: Kind, ours: Kind, expected: type) -> None:
    answer = acquire(held_by(theirs), claim(ours), NOW, TERMS, turn=0.0)
    assert isinstance(answer, expected)
    assert not isinstance(answer, Granted)
    assert answer.run == f"a-{theirs}"
    assert answer.run in answer.reason


@pytest.mark.parametrize("kind", KINDS)
def test_two_alarms_of_one_incident_make_one_run(kind: Kind) -> None:
    answer = acquire(held_by(kind, incident="ours"), claim(kind), NOW, TERMS, turn=0.0)
    assert answer == Joined(f"a-{kind}", f"a-{kind} is at work on the same {kind}")


def test_a_lost_answer_to_ones_own_claim_is_recognised() -> None:
    mine = Lease(8, "ours", Kind.RELEASE, "ours", NOW + 20)
    again = acquire(mine, claim(Kind.RELEASE), NOW, TERMS, turn=0.0)
    assert again == Granted(replace(mine, expires_at=NOW + 60), mine, "the run holds the lease already")


@pytest.mark.parametrize("kind", KINDS)
def test_an_expired_lease_is_taken_over_only_after_the_grace(kind: Kind) -> None:
    expired = held_by(kind, expires_at=NOW)
    for later in (0.0, 29.9):
        waits = acquire(expired, claim(Kind.ROLLBACK), NOW + later, TERMS, turn=0.0)
        assert isinstance(waits, Expired)
        assert waits.free_at == NOW + 30
    granted = acquire(expired, claim(Kind.ROLLBACK), NOW + 30, TERMS, turn=0.0)
    assert isinstance(granted, Granted)
    assert granted.lease.epoch == 8
    assert (granted.instead_of, granted.reason) == (expired, f"a-{kind} let its lease expire")


@pytest.mark.parametrize("theirs", KINDS)
@pytest.mark.parametrize("ours", [kind for kind in KINDS if kind is not Kind.ROLLBACK])
def test_nothing_but_a_rollback_takes_over_what_a_run_left_unended(theirs: Kind, ours: Kind) -> None:
    answer = acquire(held_by(theirs, expires_at=NOW), claim(ours), NOW + 5000, TERMS, turn=0.0)
    reason = f"a-{theirs} let its lease expire: what it left has to be put right first"
    assert answer == Busy(f"a-{theirs}", reason)


def test_who_took_a_lease_over_knows_from_whom_until_it_gives_it_up() -> None:
    taken = acquire(held_by(Kind.RELEASE, expires_at=NOW), claim(Kind.ROLLBACK), NOW + 30, TERMS, turn=0.0)
    assert isinstance(taken, Granted)
    assert taken.lease.took_over == "a-release"
    again = acquire(taken.lease, claim(Kind.ROLLBACK), NOW + 31, TERMS, turn=0.0)
    assert isinstance(again, Granted)
    assert again.lease.took_over == "a-release"
    assert renew(again.lease, "ours", 8, NOW + 32, TERMS, turn=0.0).took_over == "a-release"
    assert not release(again.lease, "ours", 8, NOW, TERMS).took_over
    free = acquire(Lease(8), claim(Kind.RELEASE), NOW, TERMS, turn=0.0)
    assert isinstance(free, Granted)
    assert not free.lease.took_over


def claim_for_the_dead(kind: Kind, *, of: str) -> Claim:
    return Claim(run="ours", kind=Kind.ROLLBACK, incident=f"died-{of}-{kind}")


@pytest.mark.parametrize("kind", KINDS)
def test_the_lease_of_a_run_that_died_is_taken_over_when_a_last_change_of_it_must_be_over(kind: Kind) -> None:
    """It renewed last at NOW, and renews before each change: nothing is waited for but that change."""
    dead, ours = held_by(kind), claim_for_the_dead(kind, of="a")
    for later in (0.0, 29.9):
        waits = acquire(dead, ours, NOW + later, TERMS, turn=0.0)
        assert isinstance(waits, Expired)
        assert (waits.run, waits.free_at) == (f"a-{kind}", NOW + 30)
        assert waits.reason == f"a-{kind} died, and a last change of it may be under way"
    granted = acquire(dead, ours, NOW + 30, TERMS, turn=0.0)
    assert isinstance(granted, Granted)
    assert granted.lease == Lease(8, "ours", Kind.ROLLBACK, ours.incident, NOW + 90, took_over=f"a-{kind}")
    assert (granted.instead_of, granted.reason) == (dead, f"a-{kind} died")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("later", [0.0, 29.9, 30.0, 59.9])
def test_that_one_run_died_takes_no_lease_from_another(kind: Kind, later: float) -> None:
    answer = acquire(held_by(kind), claim_for_the_dead(kind, of="another"), NOW + later, TERMS, turn=0.0)
    assert isinstance(answer, Joined if kind is Kind.ROLLBACK else Preempts)


@pytest.mark.parametrize("later", [0.0, 30.0])
def test_a_run_that_took_a_dead_ones_place_finds_its_own_lease_again(later: float) -> None:
    """Its answer was lost: by then the dead run holds nothing, and the epoch stays."""
    mine = Lease(8, "ours", Kind.ROLLBACK, "died-a-release", NOW + 60)
    again = acquire(mine, claim_for_the_dead(Kind.RELEASE, of="a"), NOW + later, TERMS, turn=0.0)
    assert isinstance(again, Granted)
    assert again.lease == replace(mine, expires_at=NOW + later + 60)


def test_only_the_holder_renews_and_only_in_time() -> None:
    mine = Lease(8, "ours", Kind.RELEASE, "ours", NOW + 1)
    assert renew(mine, "ours", 8, NOW, TERMS, turn=0.0).expires_at == NOW + 60
    with pytest.raises(LeaseLostError, match="let its lease expire 4 s ago"):
        renew(mine, "ours", 8, NOW + 5, TERMS, turn=0.0)
    # Whoever waits for it counts from the very moment.
    with pytest.raises(LeaseLostError, match="let its lease expire 0 s ago"):
        renew(mine, "ours", 8, NOW + 1, TERMS, turn=0.0)
    with pytest.raises(LeaseLostError, match="epoch 8; theirs had epoch 7"):
        renew(mine, "theirs", 7, NOW, TERMS, turn=0.0)
    with pytest.raises(LeaseLostError, match="had epoch 7"):
        renew(mine, "ours", 7, NOW, TERMS, turn=0.0)


def test_a_call_that_read_its_clock_before_another_one_of_its_run_does_not_shorten_the_lease() -> None:
    mine = Lease(8, "ours", Kind.RELEASE, "ours", NOW + 60)
    assert renew(mine, "ours", 8, NOW - 5, TERMS, turn=0.0).expires_at == NOW + 60
    again = acquire(mine, Claim("ours", Kind.RELEASE, "ours"), NOW - 5, TERMS, turn=0.0)
    assert isinstance(again, Granted)
    assert again.lease.expires_at == NOW + 60


def test_a_change_needs_the_lease_for_as_long_as_it_can_take() -> None:
    mine = Lease(8, "ours", Kind.RELEASE, "ours", NOW + 20)
    check(mine, "ours", 8, NOW, needed_seconds=20)
    with pytest.raises(LeaseLostError, match="for 20 s more; a change may take 21 s"):
        check(mine, "ours", 8, NOW, needed_seconds=21)
    with pytest.raises(LeaseLostError, match="the lease is nobody's, epoch 8; ours had epoch 8"):
        check(Lease(8), "ours", 8, NOW, needed_seconds=1)


def test_giving_up_keeps_the_epoch_and_touches_nobody_elses() -> None:
    mine = Lease(8, "ours", Kind.RELEASE, "ours", NOW + 20)
    assert release(mine, "ours", 8, NOW, TERMS) == Lease(8, expires_at=NOW + 30)
    assert release(mine, "theirs", 8, NOW, TERMS) == mine
    assert release(mine, "ours", 7, NOW, TERMS) == mine


@pytest.mark.parametrize("kind", KINDS)
def test_a_lease_that_was_given_up_is_free_once_a_last_change_must_have_arrived(kind: Kind) -> None:
    """A step that timed out and was tried again tells nobody that its first change may be under way still."""
    freed = release(Lease(8, "theirs", Kind.RELEASE, "theirs", NOW + 20), "theirs", 8, NOW, TERMS)
    waits = acquire(freed, claim(kind), NOW + 29.9, TERMS, turn=0.0)
    assert waits == Expired("", NOW + 30, "a last change of the run before may be under way")
    granted = acquire(freed, claim(kind), NOW + 30, TERMS, turn=0.0)
    assert isinstance(granted, Granted)
    assert granted.lease.epoch == 9


WORLDS = 500
WORLDLY = (*KINDS, *[Kind.ROLLBACK] * 4)
"""Only rollbacks take over what a run left unended: without them, little would happen."""


def changes_of_a_random_world(
    seed: int, terms: Terms, change_seconds: float, *, deaths: bool = False, late: bool = True
) -> list[tuple[float, float, str]]:
    """Runs that stall at random between reading, writing and changing: begin, end and run of each change.

    Each write is conditional on what was read; a change may begin `late`, at worst as its lease ends. With `deaths` any
    run may be taken for dead at any moment, even where it goes on.
    """
    world = random.Random(seed)  # noqa: S311 a seed that replays
    stored, now = Lease(epoch=0), 0.0
    read: dict[str, Lease] = {}
    epochs: dict[str, int] = {}
    changes: list[tuple[float, float, str]] = []
    for _ in range(300):
        now += world.choice([0.1, 1.0, 5.0, 20.0, 45.0])
        run = world.choice(["a", "b", "c"])
        seen = read.get(run, stored)
        match world.choice(["read", "claim", "change", "change", "give up"]):
            case "read":
                read[run] = stored
            case "claim":
                incident = world.choice([run, f"died-{seen.run}"]) if deaths else run
                answer = acquire(seen, Claim(run, world.choice(WORLDLY), incident), now, terms, turn=0.0)
                if isinstance(answer, Granted) and stored == answer.instead_of:
                    assert answer.lease.epoch >= stored.epoch
                    stored = read[run] = answer.lease
                    epochs[run] = stored.epoch
            case "change":
                try:
                    renewed = renew(seen, run, epochs.get(run, -1), now, terms, turn=0.0)
                except LeaseLostError:
                    continue
                if stored == seen:
                    stored = read[run] = renewed
                    begins = now + (world.uniform(0, terms.seconds) if late else 0.0)
                    changes.append((begins, begins + change_seconds, run))
            case _:
                # A run gives its lease up when its last change is over.
                busy = any(who == run and end > now for _, end, who in changes)
                if stored == seen and not busy:
                    stored = release(seen, run, epochs.get(run, -1), now, terms)
    return changes


def overlaps(changes: list[tuple[float, float, str]]) -> list[tuple[str, str]]:
    return [
        (run, other)
        for begin, end, run in changes
        for other_begin, other_end, other in changes
        if run < other and begin < other_end and other_begin < end
    ]


@pytest.mark.parametrize("first", range(0, WORLDS, 50))
def test_no_two_runs_may_change_the_app_at_the_same_moment(first: int) -> None:
    for seed in range(first, first + 50):
        assert overlaps(changes_of_a_random_world(seed, TERMS, TERMS.grace_seconds)) == [], f"seed {seed}"


@pytest.mark.parametrize("first", range(0, WORLDS, 50))
def test_no_two_runs_may_change_the_app_at_the_same_moment_whichever_is_taken_for_dead(first: int) -> None:
    """A step renews the lease and makes its change at once: its function does both, and is cut off in time."""
    for seed in range(first, first + 50):
        changes = changes_of_a_random_world(seed, TERMS, TERMS.grace_seconds, deaths=True, late=False)
        assert overlaps(changes) == [], f"seed {seed}"


@pytest.mark.parametrize(
    ("terms", "deaths", "late"),
    [
        # Without the wait before a takeover.
        (Terms(seconds=60, grace_seconds=0), False, True),
        (Terms(seconds=60, grace_seconds=0), True, False),
        # A change that begins long after the renewal outlasts the grace of a run that is taken for dead.
        (TERMS, True, True),
    ],
)
def test_the_random_worlds_would_show_two_writers(terms: Terms, deaths: bool, late: bool) -> None:
    worlds = (
        changes_of_a_random_world(seed, terms, TERMS.grace_seconds, deaths=deaths, late=late) for seed in range(WORLDS)
    )
    assert any(map(overlaps, worlds))


def test_a_step_that_is_delivered_late_finds_that_a_later_one_had_its_turn() -> None:
    mine = replace(held_by(Kind.RELEASE), run="ours", turn=NOW)
    assert renew(mine, "ours", 7, NOW, TERMS, turn=NOW).turn == NOW
    assert renew(mine, "ours", 7, NOW, TERMS, turn=NOW + 1).turn == NOW + 1
    with pytest.raises(LeaseLostError, match="past this step"):
        renew(mine, "ours", 7, NOW, TERMS, turn=NOW - 0.001)
    again = acquire(mine, claim(Kind.RELEASE), NOW, TERMS, turn=NOW + 1)
    assert isinstance(again, Granted)
    assert again.lease.turn == NOW + 1
    late = acquire(mine, claim(Kind.RELEASE), NOW, TERMS, turn=NOW - 0.001)
    assert late == Joined("ours", "ours is past this step already")


def test_a_lease_that_is_taken_begins_with_the_turn_of_the_step_that_took_it() -> None:
    granted = acquire(Lease(epoch=7), claim(Kind.RELEASE), NOW, TERMS, turn=NOW + 5)
    assert isinstance(granted, Granted)
    assert granted.lease.turn == NOW + 5
