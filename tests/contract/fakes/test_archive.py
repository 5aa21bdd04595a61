"""Checkpoints: written once (S3 guide, "Conditional writes")."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recovery.errors import ConflictError

if TYPE_CHECKING:
    from tests.contract.fakes.side import Side

KEY, TEXT = "checkpoints/0000000001", '{"text": "äöü ✓"}\n'


def test_what_was_written_is_read(side: Side) -> None:
    side.archive.write(KEY, TEXT)
    assert side.archive.read(KEY) == TEXT


def test_what_was_never_written_is_not_there(side: Side) -> None:
    assert side.archive.read(KEY) is None
    assert side.archive.keys() == []


def test_another_text_does_not_take_the_place_of_the_first(side: Side) -> None:
    side.archive.write(KEY, TEXT)
    with pytest.raises(ConflictError):
        side.archive.write(KEY, "another")
    assert side.archive.read(KEY) == TEXT


def test_the_same_text_again_was_an_earlier_try(side: Side) -> None:
    for _ in range(2):
        side.archive.write(KEY, TEXT)
    assert side.archive.read(KEY) == TEXT


def test_the_newest_key_is_the_first(side: Side) -> None:
    for number in (2, 10, 1):
        side.archive.write(f"checkpoints/{number:010}", TEXT)
    assert side.archive.keys() == [f"checkpoints/{number:010}" for number in (10, 2, 1)]


def test_the_state_has_a_version(side: Side) -> None:
    version = side.archive.state_version()
    assert version
    assert side.archive.state_version() == version
