"""The bound of a definition."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from modules.bound.assumed import Assumed
from modules.bound.explaining import explain
from modules.bound.machine import every, read
from modules.bound.problems import UnboundError
from modules.bound.rows import Row, number, quantity, total
from modules.bound.solving import Solver, paths

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from fractions import Fraction

    from modules.bound.clocks import Clock
    from modules.bound.explaining import Explained


@dataclass(frozen=True, slots=True)
class Bound:
    """The longest that an execution takes."""

    path: tuple[Row, ...]
    """Its seconds add up to the bound."""
    paths: Mapping[str, tuple[Row, ...]]
    """The longest to each end."""
    ends: Mapping[str, Fraction]
    """Each state that ends the machine → the longest from the start to its end."""
    end: str
    """The one that takes longest."""
    timeout: Fraction | None
    """The machine's own TimeoutSeconds, which ends what is not over by then."""
    _solver: Solver = field(repr=False, compare=False)

    @property
    def seconds(self) -> Fraction:
        return total(self.path)

    def explain(self) -> list[Explained]:
        """Each state: when it ends at the latest, and why it is on the longest path or not."""
        return explain(self._solver, self._solver.ends()[self.end])

    def json(self) -> dict[str, Any]:
        return {
            "bound_seconds": number(self.seconds),
            "timeout_seconds": None if self.timeout is None else number(self.timeout),
            "end": self.end,
            "path": [row.json() for row in self.path],
            "ends": {name: number(seconds) for name, seconds in self.ends.items()},
        }


def bound(
    document: object,
    at_most: Mapping[str, int] | None = None,
    *,
    clocks: Mapping[str, Clock] | None = None,
    until: Collection[str] = (),
    given: Mapping[str, str | bool] | None = None,
    caught: bool = True,
) -> Bound:
    """Of a definition, as JSON is read.

    Args:
        document: the definition.
        at_most: what is known of states that it leaves open: the seconds of a Wait or of a Task's call, or the items of
            a Map.
        clocks: moments that its Choices compare the time with, by their paths, and how late each comes.
        until: the states at whose entry it is cut; each is reported as an end.
        given: the values of paths wherever a Choice asks for them.
        caught: whether an error may be left after the retries, so that ways of Catch are open.

    Raises:
        UnboundError: it is no definition, or has no bound.
    """
    machine, problems = read(document)
    if machine is None:
        raise UnboundError(problems)
    assumed = Assumed(at_most or {}, clocks or {}, frozenset(until), given or {}, caught)
    names = frozenset(every(document)) if at_most or clocks or until else frozenset[str]()
    problems = list(assumed.problems(names, frozenset(machine.states)))
    if problems:
        raise UnboundError(problems)
    solver = Solver(machine, assumed)
    ends = solver.ends()
    if not ends:
        raise UnboundError(["no state that ends the machine is reached"])
    end = max(ends, key=lambda name: ends[name].seconds)
    ways = paths(ends)
    totals = {name: total(rows) for name, rows in ways.items()}
    return Bound(ways[end], ways, totals, end, quantity(machine.timeout), solver)
