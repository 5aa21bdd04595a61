"""Colours that people with any colour vision tell apart: Okabe and Ito, "Color Universal Design", 2008."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paint:
    """A fill, and the ink that can be read on it."""

    fill: str
    ink: str


RELEASES = (
    Paint("#0072b2", "#ffffff"),
    Paint("#e69f00", "#000000"),
    Paint("#009e73", "#000000"),
    Paint("#cc79a7", "#000000"),
    Paint("#56b4e9", "#000000"),
)
UNNAMED = Paint("#7d7d7d", "#000000")
ERRORS = Paint("#d55e00", "#000000")


def of_release(place: int) -> Paint:
    """That of the release in that place; they begin again after the fifth."""
    return RELEASES[place % len(RELEASES)]
