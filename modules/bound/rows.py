"""The path that a bound is made of."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Row:
    """A part of the path: a state that is passed, or the repetitions of a loop."""

    state: str
    seconds: Fraction
    why: str
    round: tuple[str, ...] = ()
    """The states of one repetition."""

    @property
    def states(self) -> tuple[str, ...]:
        """Every state that the seconds are spent in."""
        return self.round or (self.state,)

    def rows(self) -> tuple[Row, ...]:
        return (self,)

    def json(self) -> dict[str, Any]:
        return {"state": self.state, "seconds": number(self.seconds), "why": self.why, "states": list(self.states)}


def total(rows: Iterable[Row]) -> Fraction:
    return sum((row.seconds for row in rows), ZERO)


def quantity(value: object) -> Fraction | None:
    """A number of a definition, exactly as it is written; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        return None
    try:
        return value if isinstance(value, Fraction) else Fraction(str(value))
    except ValueError:  # NaN and Infinity, which Python's reader of JSON lets through
        return None


def number(seconds: Fraction) -> int | float:
    """As JSON says it."""
    return int(seconds) if seconds.denominator == 1 else float(seconds)


def says(seconds: Fraction) -> str:
    """As a sentence says it."""
    return f"{number(seconds)} s"
