"""The control table: conditional writes, transactions, and what comes back of what was written."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from recovery.core.check import Check, Readiness
from recovery.core.lease import Kind, Lease, LeaseLostError, Terms
from recovery.core.loading import Head
from recovery.core.quarantine import Level, Mark
from recovery.errors import ConflictError
from tests.contract.fakes.conftest import EMULATED, SIMULATED, TYPED

if TYPE_CHECKING:
    from tests.contract.fakes.side import Side

# The simulator's table has DynamoDB's own notation as well, for worlds that are replayed with their logs.
pytestmark = pytest.mark.parametrize("side", [EMULATED, SIMULATED, TYPED], indirect=True)
NOW = 1_800_000_000.123456
TERMS = Terms(120.0, 8.0)
NOBODY = Lease(0)
ONE = Lease(1, "one", Kind.RELEASE, "an incident", NOW + 120.0, NOW)
OTHER = Lease(2, "other", Kind.ROLLBACK, "another", NOW + 300.5, NOW + 150, took_over="one")
HEAD = Head("checkpoints/1", 1, "f", NOW)
MARK = Mark("f", Level.BAD, "errors 12 over 5", "one", NOW)


def test_a_table_without_a_lease_has_nobodys(side: Side) -> None:
    assert side.store.lease() == NOBODY
    assert side.store.head() is None
    assert side.store.mark("f") is None
    assert side.store.readiness() is None
    assert side.store.followed_flip() == ""
    assert side.store.get("run", "one") is None
    assert side.store.all("run") == []


def test_a_free_lease_is_taken_by_one(side: Side) -> None:
    side.store.take(ONE, NOBODY)
    with pytest.raises(ConflictError):
        side.store.take(replace(ONE, run="other"), NOBODY)
    assert side.store.lease() == ONE


def test_taking_again_what_one_has_taken_is_no_conflict(side: Side) -> None:
    """The second try after an answer that was lost (DynamoDB API: the condition fails on one's own write)."""
    side.store.take(ONE, NOBODY)
    side.store.take(ONE, NOBODY)
    assert side.store.lease() == ONE


def test_a_lease_that_ran_out_is_taken_over_with_every_field(side: Side) -> None:
    side.store.take(ONE, NOBODY)
    side.store.take(OTHER, ONE)
    assert side.store.lease() == OTHER


@pytest.mark.parametrize(
    "stored",
    [replace(ONE, epoch=2), replace(ONE, run="other"), replace(ONE, expires_at=NOW + 121.0)],
    ids=["epoch", "owner", "expiry"],
)
def test_a_lease_that_was_written_meanwhile_is_not_taken_over(side: Side, stored: Lease) -> None:
    side.store.take(stored, NOBODY)
    with pytest.raises(ConflictError):
        side.store.take(OTHER, ONE)
    assert side.store.lease() == stored


def test_its_owner_renews_a_lease(side: Side) -> None:
    side.store.take(ONE, NOBODY)
    renewed = side.store.renew("one", 1, NOW + 60.25, TERMS, turn=NOW + 60.0)
    assert side.store.lease() == renewed == replace(ONE, expires_at=NOW + 180.25, turn=NOW + 60.0)


@pytest.mark.parametrize(
    ("run", "epoch", "at", "turn"),
    [
        ("other", 1, 60.0, 60.0),
        ("one", 2, 60.0, 60.0),
        ("one", 1, 120.0, 60.0),
        ("one", 1, 60.0, -1.0),
    ],
    ids=["another run", "another epoch", "ran out", "a step that is over"],
)
def test_nobody_else_renews_it(side: Side, run: str, epoch: int, at: float, turn: float) -> None:
    side.store.take(ONE, NOBODY)
    with pytest.raises(LeaseLostError):
        side.store.renew(run, epoch, NOW + at, TERMS, turn=NOW + turn)
    assert side.store.lease() == ONE


def test_fields_are_set_beside_those_that_are_there(side: Side) -> None:
    for _ in range(2):
        side.store.update("run", "one", {"kind": "release", "wish": ""})
    side.store.update("run", "one", {"wish": "stop"})
    assert side.store.get("run", "one") == {"pk": "run", "sk": "one", "kind": "release", "wish": "stop"}


def test_what_is_written_comes_back_as_it_was(side: Side) -> None:
    fields = {
        "text": "",
        "number": 7,
        "decimal": Decimal("1800000000.123456"),
        "yes": True,
        "nothing": None,
        "list": ["a", {"b": 1}],
        "map": {"deep": {"er": ["c"]}},
    }
    side.store.update("run", "one", fields)
    assert side.store.get("run", "one") == {"pk": "run", "sk": "one", **fields}


def test_a_kind_is_listed_in_the_order_of_its_keys_and_nothing_else(side: Side) -> None:
    for run in ("two", "one", "three"):
        side.store.update("run", run, {"at": run})
    side.store.update("wish", "one", {"wish": "stop"})
    assert [item["sk"] for item in side.store.all("run")] == ["one", "three", "two"]


def test_a_first_promotion_and_the_next_one_move_the_head(side: Side) -> None:
    side.store.take(ONE, NOBODY)
    side.store.promote(HEAD, None, ONE)
    assert side.store.head() == HEAD
    second = Head("checkpoints/2", 2, "g", NOW + 1.5)
    side.store.promote(second, HEAD, ONE)
    assert side.store.head() == second


def test_promoting_again_what_was_promoted_is_no_conflict(side: Side) -> None:
    side.store.take(ONE, NOBODY)
    for _ in range(2):
        side.store.promote(HEAD, None, ONE)
    assert side.store.head() == HEAD


def test_a_head_that_somebody_moved_is_not_moved(side: Side) -> None:
    side.store.take(ONE, NOBODY)
    side.store.promote(HEAD, None, ONE)
    with pytest.raises(ConflictError):
        side.store.promote(replace(HEAD, key="checkpoints/9", number=9), None, ONE)
    with pytest.raises(ConflictError):
        side.store.promote(replace(HEAD, key="checkpoints/9", number=9), replace(HEAD, number=8), ONE)
    assert side.store.head() == HEAD


@pytest.mark.parametrize(
    ("held", "may"),
    [
        (ONE, True),
        (replace(ONE, expires_at=NOW + 500.0), True),
        (replace(ONE, turn=NOW - 0.000001), True),
        (replace(ONE, turn=NOW + 0.000001), False),
        (replace(ONE, epoch=2), False),
        (replace(ONE, run="other"), False),
        (replace(ONE, run=None), False),
    ],
    ids=["held", "renewed", "an earlier step", "a later step", "another epoch", "another run", "given back"],
)
def test_the_head_moves_only_while_the_lease_is_held(side: Side, held: Lease, may: bool) -> None:
    side.store.take(held, NOBODY)
    if may:
        side.store.promote(HEAD, None, ONE)
    else:
        with pytest.raises(ConflictError):
            side.store.promote(HEAD, None, ONE)
    assert side.store.head() == (HEAD if may else None)


def end(side: Side, lease: Lease) -> None:
    side.store.finish(
        {"one": {"outcome": "Restored", "ended_at": repr(NOW)}, "dead": {"outcome": "Escalated"}},
        counted=("f", ["rollbacks", "automatic"]),
        mark=MARK,
        flip="1800000000 an operator",
        lease=lease,
        freed=Lease(lease.epoch, expires_at=NOW + 8.0),
    )


def test_an_ending_is_written_whole(side: Side) -> None:
    side.store.take(ONE, NOBODY)
    side.store.update("run", "one", {"kind": "rollback"})
    end(side, ONE)
    assert side.store.lease() == Lease(1, expires_at=NOW + 8.0)
    assert side.store.get("run", "one") == {
        "pk": "run",
        "sk": "one",
        "kind": "rollback",
        "outcome": "Restored",
        "ended_at": repr(NOW),
    }
    assert (side.store.get("run", "dead") or {})["outcome"] == "Escalated"
    history = side.store.history("f")
    assert (history.rollbacks, history.automatic, history.releases) == (1, 1, 0)
    assert side.store.mark("f") == MARK
    assert side.store.followed_flip() == "1800000000 an operator"
    status = side.store.get("status") or {}
    assert (status["quarantined"], status["last"]) == ({"f": "bad: errors 12 over 5"}, "one")


def test_an_ending_that_is_written_again_counts_once(side: Side) -> None:
    side.store.take(ONE, NOBODY)
    for _ in range(2):
        end(side, ONE)
    assert side.store.history("f").rollbacks == 1


def test_of_an_ending_nothing_is_written_when_the_lease_is_anothers(side: Side) -> None:
    """DynamoDB API, TransactWriteItems: all of it or nothing of it."""
    side.store.take(OTHER, NOBODY)
    with pytest.raises(ConflictError):
        end(side, ONE)
    assert side.store.lease() == OTHER
    assert side.store.get("run", "one") is None
    assert side.store.get("run", "dead") is None
    assert side.store.history("f").rollbacks == 0
    assert side.store.mark("f") is None
    assert side.store.get("status") == {"pk": "status", "sk": "status", "quarantined": {}}


def test_runs_of_a_release_are_added_up(side: Side) -> None:
    for epoch in (1, 2, 3):
        held = Lease(epoch, f"run-{epoch}", Kind.RELEASE, "", NOW + epoch)
        side.store.take(held, side.store.lease())
        counted = ("f", ["releases"] if epoch < 3 else ["rollbacks"])
        ending = {f"run-{epoch}": {"outcome": "Promoted"}}
        side.store.finish(ending, counted=counted, mark=None, flip=None, lease=held, freed=Lease(epoch))
    history = side.store.history("f")
    assert (history.releases, history.rollbacks) == (2, 1)
    assert side.store.history("g").releases == 0


def test_a_mark_holds_a_release_back_until_it_is_lifted(side: Side) -> None:
    side.store.take(ONE, NOBODY)
    end(side, ONE)
    assert side.store.held_back() == {"f"}
    side.store.lift(MARK.lift("an operator", NOW + 60.5))
    assert side.store.held_back() == frozenset()
    lifted = side.store.mark("f")
    assert lifted is not None
    assert (lifted.lifted_by, lifted.lifted_at, lifted.evidence) == ("an operator", NOW + 60.5, MARK.evidence)
    assert (side.store.get("status") or {})["quarantined"] == {}


def test_when_somebody_was_told_is_kept_with_the_run(side: Side) -> None:
    side.store.update("run", "one", {"outcome": "Restored"})
    side.store.told("one", NOW)
    item = side.store.get("run", "one") or {}
    assert (float(item["told_at"]), item["outcome"]) == (NOW, "Restored")


def test_readiness_is_kept_in_the_place_of_the_last_one(side: Side) -> None:
    for at in (NOW, NOW + 3600.5):
        found = Readiness(at, (Check("image", ok=at > NOW, says="it is there", remedy=""),))
        side.store.keep_readiness(found)
        assert side.store.readiness() == found
