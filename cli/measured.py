"""What an environment's runs and drills have shown of the proof's assumptions, beside what is assumed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.rows import Rows, Styled
from modules.measurements import ALARMS, most
from recovery.core.measuring import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cli.rows import Line
    from modules.proof import Assumption, Deployed

NOT_YET = "not measured yet"


@dataclass(frozen=True, slots=True)
class Figures:
    """Of some measurements, at least one."""

    n: int
    p50: float
    p99: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Figures | None:
        """None of nothing."""
        if not values:
            return None
        return cls(len(values), nearest_rank(values, 50), nearest_rank(values, 99), max(values))


@dataclass(frozen=True, slots=True)
class Measured:
    """One quantity. `assumption` is empty where it is none's, and `most` None: it is shown, and not judged."""

    assumption: str
    says: str
    quantity: Quantity
    most: float | None
    figures: Figures | None

    @property
    def holds(self) -> bool | None:
        """None: nobody knows."""
        if self.figures is None or self.most is None:
            return None
        return self.figures.max <= self.most

    def json(self) -> dict[str, Any]:
        found = self.figures
        return {
            "assumption": self.assumption or None,
            "quantity": str(self.quantity),
            "most_seconds": self.most,
            "n": found.n if found else 0,
            "p50": found.p50 if found else None,
            "p99": found.p99 if found else None,
            "max": found.max if found else None,
            "holds": self.holds,
        }

    def row(self) -> tuple[str | Styled, ...]:
        """For people."""
        found, bound = self.figures, "" if self.most is None else f"{self.most:g} s"
        if found is None:
            return (self.assumption, self.says, bound, "", "", "", "0", NOT_YET)
        shown = {None: "", True: "holds", False: "VIOLATED"}[self.holds]
        figures = (f"{value:.1f} s" for value in (found.p50, found.p99, found.max))
        verdict = Styled(shown, "bold red" if self.holds is False else "")
        return (self.assumption, self.says, bound, *figures, str(found.n), verdict)


def nearest_rank(values: Sequence[float], percent: float) -> float:
    """The smallest of the values that so many percent of them do not exceed."""
    return sorted(values)[max(math.ceil(percent / 100 * len(values)), 1) - 1]


def measured(
    assumptions: Iterable[Assumption], found: Deployed, records: Iterable[Mapping[str, Any]]
) -> tuple[Measured, ...]:
    """`records`: of runs and of drills' alarms, whatever they have measured."""
    values: dict[Quantity, list[float]] = {quantity: [] for quantity in Quantity}
    for record in records:
        shown: Mapping[str, str] = record.get("measured") or {}
        for name, value in shown.items():
            # What another version has measured is not this one's to judge.
            if name in values:
                values[Quantity(name)].append(float(value))
    bounds = most(found.rules, found.watch_seconds)
    assumed = [one for one in assumptions if one.quantity in bounds]
    return (
        *(
            Measured(one.id, one.says, (name := Quantity(one.quantity)), bounds[name], Figures.of(values[name]))
            for one in assumed
        ),
        Measured(
            "",
            "a rollback, from its start until it has written the weights",
            Quantity.RECOVERY,
            None,
            Figures.of(values[Quantity.RECOVERY]),
        ),
    )


def lines(found: Sequence[Measured], assumptions: Sequence[Assumption]) -> Iterator[Line]:
    """For people."""
    shown = {ALARMS[one.quantity] for one in found if one.quantity in ALARMS}
    yield Rows(("", "measured", "at most", "p50", "p99", "max", "n", ""), [one.row() for one in found])
    rest = [one.id for one in assumptions if one.watched not in shown]
    yield f"no run measures {', '.join(rest)}: lastgood bound --explain says why, or where they are"
    for one in (one for one in found if one.holds is False):
        worst = one.figures.max if one.figures else 0.0
        yield Styled(
            f"{one.assumption} is VIOLATED: {one.says} {one.most:g} s at most is assumed, {worst:.1f} s were measured; "
            "what is proven does not hold here: docs/runbook.md, An assumption does not hold",
            "bold red",
        )


def violated(found: Iterable[Measured]) -> bool:
    """Whether what is proven rests on something that is not so."""
    return any(one.holds is False for one in found)
