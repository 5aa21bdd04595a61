"""What the control table holds reads back as what was written, and what it does not hold as nothing done yet."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from recovery.core.incident import Alarm, History
from recovery.core.lease import Kind, Lease
from recovery.core.loading import Head
from recovery.core.passage import Passage
from recovery.core.quarantine import Level, Mark
from recovery.core.records import (
    head_item,
    head_of,
    history_of,
    key,
    lease_item,
    lease_of,
    mark_item,
    mark_of,
    run_input,
)
from tests.unit.core.scenes import NOW, V1, V2

ODD = NOW + 0.1234567
"""A moment that 15 digits cannot hold."""


def stored(item: dict[str, Any]) -> dict[str, Any]:
    """As DynamoDB gives it back: numbers as decimals, and no float at all."""
    for value in item.values():
        assert isinstance(value, str | int | Decimal | dict)
    return {name: Decimal(value) if isinstance(value, int) else value for name, value in item.items()}


@pytest.mark.parametrize(
    "lease",
    [Lease(0), Lease(12), *(Lease(7, f"{kind}-1", kind, "alarm-x", ODD, ODD - 3, "release-9") for kind in Kind)],
)
def test_a_lease_reads_back_as_it_was_written(lease: Lease) -> None:
    item = lease_item(lease)
    assert (item["pk"], item["sk"]) == ("lease", "lease")
    assert lease_of(stored(item)) == lease


def test_a_lease_that_nobody_ever_took_is_free() -> None:
    assert lease_of(None) == Lease(0)
    assert lease_of({}) == Lease(0)


def test_a_lease_from_before_turns_and_takeovers_were_written_is_read() -> None:
    lease = Lease(7, "release-1", Kind.RELEASE, "x", ODD)
    item = lease_item(lease)
    del item["turn"], item["took_over"]
    assert lease_of(item) == lease


def test_a_leases_turn_is_a_number_that_the_table_can_compare() -> None:
    assert lease_item(Lease(7, turn=ODD))["turn"] == Decimal(repr(ODD))


def test_the_head_reads_back_as_it_was_written() -> None:
    head = Head("checkpoints/00000003-abc.json", 3, V1.fingerprint, ODD)
    item = head_item(head)
    assert (item["pk"], item["sk"]) == ("head", "head")
    assert head_of(stored(item)) == head


def test_without_a_promotion_there_is_no_head() -> None:
    assert head_of(None) is None
    assert head_of({}) is None


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("lifted", [False, True])
def test_a_mark_reads_back_as_it_was_written_under_its_fingerprint(level: Level, lifted: bool) -> None:
    mark = Mark(V2.fingerprint, level, "errors 40 over 5", "release-1", ODD)
    mark = mark.lift("ana", ODD + 60) if lifted else mark
    item = mark_item(mark)
    assert (item["pk"], item["sk"]) == ("mark", V2.fingerprint)
    assert mark_of(stored(item)) == mark


def test_a_release_without_a_mark_is_not_marked() -> None:
    assert mark_of(None) is None
    assert mark_of({}) is None


def test_a_releases_history_begins_with_nothing() -> None:
    assert history_of(None) == History()
    found = {"rollbacks": Decimal(2), "automatic": Decimal(1), "releases": Decimal(3), "last_at": repr(ODD)}
    assert history_of(found) == History(rollbacks=2, automatic=1, releases=3, last_at=ODD)
    assert history_of({"releases": Decimal(1)}) == History(releases=1)
    assert history_of({"rollbacks": Decimal(4)}) == History(rollbacks=4)


def test_items_of_one_kind_are_told_apart_and_single_ones_are_not() -> None:
    assert key("lease") == {"pk": "lease", "sk": "lease"}
    assert key("mark", "abc") == {"pk": "mark", "sk": "abc"}


def test_a_runs_document_is_the_same_for_every_delivery_of_one_request() -> None:
    def asked() -> dict[str, Any]:
        return run_input(
            Kind.RELEASE,
            incident=V2.fingerprint,
            cause="submitted by terraform",
            automatic=False,
            accepted=True,
            release=V2,
            revision="0a1b2c3",
        )

    assert asked() == asked()
    assert json.loads(json.dumps(asked())) == {
        "kind": "release",
        "profile": "release",
        "incident": V2.fingerprint,
        "cause": "submitted by terraform",
        "automatic": False,
        "accepted": True,
        "bad": "",
        "release": V2.document(),
        "revision": "0a1b2c3",
        "alarmed": None,
    }


def test_a_rollbacks_document_names_what_is_bad_and_no_release() -> None:
    document = run_input(Kind.ROLLBACK, incident="alarm-x", cause="errors", automatic=True, bad=V2.fingerprint)
    assert (document["kind"], document["profile"], document["bad"]) == ("rollback", "rollback", V2.fingerprint)
    assert (document["automatic"], document["accepted"], document["release"]) == (True, False, None)
    assert document["revision"] == ""


@pytest.mark.parametrize("bad_until", [NOW - 120, 0.0])
def test_the_alarm_that_started_a_run_travels_with_it(bad_until: float) -> None:
    alarm = Alarm("shop-green-errors", "green", "ALARM", NOW - 30.5, "40 over 5", bad_until)
    document = run_input(Kind.ROLLBACK, incident="alarm-x", cause="errors", automatic=True, alarm=alarm)
    passage = Passage.of({**json.loads(json.dumps(document)), "run": "rollback-1"})
    assert (passage.alarmed_at, passage.bad_until) == (NOW - 30.5, bad_until)
    assert bad_until or document["alarmed"]["bad_until"] == ""
