"""A checkpoint is read back as it was written or not at all, and the last known good one is the newest that can be used."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from recovery.core.checkpoint import (
    Capacity,
    Checkpoint,
    CheckpointError,
    Skipped,
    Stored,
    checkpoint_of,
    last_known_good,
    read,
)
from recovery.core.fingerprint import canonical
from tests.unit.core.scenes import V1, V2, V3, promoted, release


def stored(*checkpoints: Checkpoint) -> list[Stored]:
    return [Stored(one.key, one.text()) for one in checkpoints]


def rewritten(checkpoint: Checkpoint, **changed: Any) -> str:
    """Its text with other fields and a checksum that fits them: what a careless writer would leave. None: no such field."""
    body: dict[str, Any] = json.loads(checkpoint.text())["checkpoint"]
    body = {name: value for name, value in {**body, **changed}.items() if value is not None}
    sha256 = hashlib.sha256(canonical(body).encode()).hexdigest()
    return json.dumps({"schema": 1, "checkpoint": body, "sha256": sha256})


@pytest.mark.parametrize(
    "checkpoint",
    [
        promoted(1, V1),
        promoted(99_999_999, release(7, reversible=False, note="<&>\u2028 é"), colour="blue"),
        promoted(2, V2, recovery_points={}, revision="", capacity=Capacity(0, 0, 1)),
    ],
)
def test_a_checkpoint_reads_back_as_it_was_written(checkpoint: Checkpoint) -> None:
    assert read(checkpoint.text()) == checkpoint


def test_a_checkpoint_holds_its_own_fields_and_no_more() -> None:
    body: dict[str, Any] = json.loads(promoted(1, V1).text())["checkpoint"]
    assert sorted(body) == sorted(Checkpoint.__dataclass_fields__)
    assert body["release"] == V1.document()


def test_the_same_checkpoint_is_written_with_the_same_bytes() -> None:
    one, other = promoted(1, V1), promoted(1, V1, weights={"green": 100, "blue": 0})
    assert one.text() == other.text()


def test_a_checkpoints_name_tells_its_number_and_release_and_sorts_by_age() -> None:
    assert promoted(42, V1).key == f"checkpoints/00000042-{V1.fingerprint[:12]}.json"
    keys = [promoted(number, of).key for number, of in ((1, V3), (9, V2), (10, V1), (12_345_678, V2))]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    "found",
    [
        "",
        "{",
        "null",
        "[]",
        "7",
        '"text"',
        "{}",
        '{"schema": 1, "sha256": ""}',
        '{"schema": 1, "checkpoint": {}}',
        '{"checkpoint": {}, "sha256": ""}',
    ],
)
def test_what_is_no_checkpoint_is_refused(found: str) -> None:
    with pytest.raises(CheckpointError, match="it is no checkpoint"):
        read(found)


@pytest.mark.parametrize("schema", [0, 2, "1", None])
def test_a_schema_that_this_version_does_not_know_is_refused_by_its_number(schema: object) -> None:
    document = {**json.loads(promoted(1, V1).text()), "schema": schema}
    with pytest.raises(CheckpointError, match=f"its schema is {schema}, and this version reads 1"):
        read(json.dumps(document))


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('"desired":4', '"desired":5'),
        ('"green":100', '"green":99'),
        ('"version":1', '"version":2'),
        ("web-1.tar.gz", "web-2.tar.gz"),
        ('"revision":"0a1b2c3"', '"revision":"\\ud800"'),
    ],
)
def test_a_checkpoint_that_was_tampered_with_is_refused(was: str, becomes: str) -> None:
    text = promoted(1, V1).text()
    assert was in text
    with pytest.raises(CheckpointError, match="does not match its checksum"):
        read(text.replace(was, becomes, 1))


def test_a_checksum_of_another_checkpoint_is_refused() -> None:
    document = {**json.loads(promoted(1, V1).text()), "sha256": json.loads(promoted(2, V2).text())["sha256"]}
    with pytest.raises(CheckpointError, match="does not match its checksum"):
        read(json.dumps(document))


@pytest.mark.parametrize("body", [[], "text", 7])
def test_a_content_that_is_no_object_is_refused(body: object) -> None:
    with pytest.raises(CheckpointError, match="does not match its checksum"):
        read(json.dumps({"schema": 1, "checkpoint": body, "sha256": ""}))


@pytest.mark.parametrize(
    "changed",
    [
        *({name: None} for name in ("number", "release", "colour", "capacity", "weights", "terraform_state", "revision", "recovery_points", "run", "at")),
        {"number": "first"},
        {"release": {**V1.document(), "fingerprint": V2.fingerprint}},
        {"release": {**V1.document(), "version": 0}},
        {"capacity": {"minimum": 2, "desired": 4, "maximum": 8}},
        {"weights": {"green": 100}},
        {"weights": [100, 0]},
        {"recovery_points": 7},
    ],
)  # fmt: skip
def test_a_checkpoint_that_lacks_a_part_is_refused_though_its_checksum_fits(changed: dict[str, Any]) -> None:
    with pytest.raises(CheckpointError, match="it lacks a part, or one is wrong"):
        read(rewritten(promoted(1, V1), **changed))


def test_a_colour_that_is_no_groups_is_refused() -> None:
    with pytest.raises(CheckpointError, match="its colour is red, which is none of blue, green"):
        read(rewritten(promoted(1, V1), colour="red"))


def test_the_newest_is_the_last_known_good_in_whatever_order_they_are_listed() -> None:
    one, two, three = promoted(1, V1), promoted(2, V2), promoted(10, V3)
    for listed in ((one, two, three), (three, one, two)):
        choice = last_known_good(stored(*listed), ())
        assert (choice.checkpoint, choice.skipped) == (three, ())


def test_every_release_that_is_held_back_is_passed_over_with_the_reason() -> None:
    one, two, three = promoted(1, V1), promoted(2, V2), promoted(3, V3)
    choice = last_known_good(stored(one, two, three), {V2.fingerprint, V3.fingerprint})
    assert choice.checkpoint == one
    assert choice.skipped == tuple(Skipped(each.key, "its release is quarantined") for each in (three, two))


def test_a_release_that_was_promoted_twice_is_held_back_both_times() -> None:
    choice = last_known_good(stored(promoted(1, V1), promoted(2, V2), promoted(3, V1)), {V1.fingerprint})
    assert choice.checkpoint == promoted(2, V2)


def test_a_newer_one_is_no_way_back() -> None:
    """After a flip by hand the release that was left has the newest checkpoint, and nobody wants it back."""
    one, two, three = promoted(1, V1), promoted(2, V2), promoted(3, V3)
    keys = [each.key for each in (one, two, three)]
    before = checkpoint_of(keys, V2.fingerprint)
    choice = last_known_good(stored(one, two, three), {V2.fingerprint}, before)
    assert (before, choice.checkpoint) == (two.key, one)
    assert choice.skipped == (
        Skipped(three.key, "it is newer than the release that is gone back from"),
        Skipped(two.key, "its release serves, or served"),
    )
    assert last_known_good(stored(two, three), (), two.key).checkpoint == two


def test_a_release_that_was_promoted_twice_counts_from_its_newest_checkpoint() -> None:
    keys = [promoted(number, V1).key for number in (1, 3)] + [promoted(2, V2).key]
    assert checkpoint_of(keys, V1.fingerprint) == promoted(3, V1).key
    assert checkpoint_of(keys, V3.fingerprint) == ""
    assert checkpoint_of(keys, "") == ""


def test_a_damaged_one_is_passed_over_with_the_reason() -> None:
    one, two = promoted(1, V1), promoted(2, V2)
    damaged = Stored(two.key, two.text().replace('"desired":4', '"desired":0'))
    choice = last_known_good([*stored(one), damaged], ())
    assert choice.checkpoint == one
    assert choice.skipped == (Skipped(two.key, "its content does not match its checksum"),)


def test_one_whose_parts_are_gone_is_passed_over_by_their_names() -> None:
    one, two = promoted(1, V1), promoted(2, V2)
    choice = last_known_good([*stored(one), Stored(two.key, two.text(), ("image ami-2", "parameter /shop/db:7"))], ())
    assert choice.checkpoint == one
    assert choice.skipped == (Skipped(two.key, "what it needs is gone: image ami-2, parameter /shop/db:7"),)


def test_an_old_one_under_a_newer_ones_name_is_passed_over() -> None:
    one, two = promoted(1, V1), promoted(2, V2)
    choice = last_known_good([*stored(two), Stored(promoted(3, V3).key, one.text())], ())
    assert choice.checkpoint == two
    assert choice.skipped == (Skipped(promoted(3, V3).key, f"it is {one.key} under another name"),)


def test_without_a_usable_one_there_is_none_and_each_says_why() -> None:
    assert last_known_good([], ()).checkpoint is None
    choice = last_known_good([Stored("checkpoints/0", ""), *stored(promoted(2, V2))], {V2.fingerprint})
    assert choice.checkpoint is None
    assert [one.key for one in choice.skipped] == [promoted(2, V2).key, "checkpoints/0"]
