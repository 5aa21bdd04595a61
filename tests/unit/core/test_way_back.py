"""What a rollback would go to now, told beforehand; it agrees with what a rollback itself chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recovery.core.checkpoint import Stored, checkpoint_of, last_known_good
from recovery.core.loading import Head
from recovery.core.way_back import READ, WayBack, way_back
from recovery.handlers.observe import CHECKPOINTS_READ
from tests.unit.core.scenes import NOW, V1, V2, V3, promoted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from recovery.core.checkpoint import Checkpoint

ONE, TWO, THREE = promoted(1, V1), promoted(2, V2), promoted(3, V3)
KEPT = {one.key: one.text() for one in (THREE, TWO, ONE)}
DAMAGED = "its content does not match its checksum"


def damaged(one: Checkpoint) -> dict[str, str]:
    return {one.key: one.text().replace("release-1", "release-9")}


def back(
    texts: Mapping[str, str], *, serves: str = V3.fingerprint, held_back: Collection[str] = (), head: Checkpoint = THREE
) -> WayBack:
    pointer = Head(head.key, head.number, head.release.fingerprint, NOW)
    return way_back(sorted(texts, reverse=True), texts.get, held_back=held_back, serves=serves, head=pointer)


def test_it_is_the_release_before_the_one_that_serves() -> None:
    assert back(KEPT) == WayBack(TWO)


def test_a_quarantined_release_is_passed_over_without_complaint() -> None:
    assert back(KEPT, held_back={V2.fingerprint}) == WayBack(ONE)
    assert back({**KEPT, **damaged(TWO)}, held_back={V2.fingerprint}) == WayBack(ONE)


def test_a_release_newer_than_what_serves_is_no_way_back() -> None:
    assert back(KEPT, serves=V2.fingerprint) == WayBack(ONE)


def test_with_nothing_but_what_serves_there_is_none() -> None:
    assert back({ONE.key: ONE.text()}, serves=V1.fingerprint, head=ONE) == WayBack(None)


def test_a_damaged_one_is_told_and_the_older_one_named() -> None:
    assert back({**KEPT, **damaged(TWO)}) == WayBack(ONE, ((TWO.key, DAMAGED),))


def test_one_under_another_name_is_damaged() -> None:
    assert back({**KEPT, TWO.key: ONE.text()}) == WayBack(ONE, ((TWO.key, f"it is {ONE.key} under another name"),))


def test_the_heads_own_has_to_be_there_and_read() -> None:
    assert back({key: text for key, text in KEPT.items() if key != THREE.key}).damaged == ((THREE.key, "it is gone"),)
    assert back({**KEPT, **damaged(THREE)}) == WayBack(TWO, ((THREE.key, DAMAGED),))


def test_nothing_that_is_not_there_is_asked_for() -> None:
    keys = [TWO.key, ONE.key]
    pointer = Head(THREE.key, 3, V3.fingerprint, NOW)
    found = way_back(keys, KEPT.__getitem__, held_back=(), serves=V2.fingerprint, head=pointer)
    assert found == WayBack(ONE, ((THREE.key, "it is gone"),))
    kept = {key: KEPT[key] for key in keys}
    assert way_back(keys, kept.__getitem__, held_back=(), serves=V2.fingerprint, head=pointer) == found


def test_where_every_one_is_damaged_each_is_told() -> None:
    texts = {**damaged(TWO), **damaged(ONE)}
    assert back(texts, serves="", head=TWO) == WayBack(None, ((TWO.key, DAMAGED), (ONE.key, DAMAGED)))


def test_the_heads_own_does_not_matter_once_it_is_quarantined() -> None:
    assert back({**KEPT, **damaged(THREE)}, serves=V2.fingerprint, held_back={V3.fingerprint}) == WayBack(ONE)


def test_it_reads_as_far_back_as_a_rollback_does() -> None:
    assert READ == CHECKPOINTS_READ
    newer = {one.key: "damaged" for one in (promoted(number, V2) for number in range(4, 3 + READ))}
    assert back({**KEPT, **newer}, head=ONE, serves="").checkpoint == THREE
    assert back({**KEPT, **newer, promoted(99, V2).key: "damaged"}, head=ONE, serves="").checkpoint is None


@pytest.mark.parametrize("serves", [V1, V2, V3])
@pytest.mark.parametrize("held_back", [set[str](), {V1.fingerprint}, {V2.fingerprint}])
def test_it_is_what_a_rollback_chooses(serves: object, held_back: set[str]) -> None:
    fingerprint = str(getattr(serves, "fingerprint", ""))
    stored = [Stored(key, text) for key, text in KEPT.items()]
    chosen = last_known_good(stored, held_back | {fingerprint}, checkpoint_of(KEPT, fingerprint)).checkpoint
    assert back(KEPT, serves=fingerprint, held_back=held_back).checkpoint == chosen
