"""The bound of a definition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modules.bound.counters import Counters
from modules.bound.durations import longest
from modules.bound.graph import reached
from modules.bound.machine import OVER, Machine, edges, every, inside, read
from modules.bound.problems import UnboundError
from modules.bound.rows import ZERO, Row, number, quantity, total
from modules.bound.walk import Walks, Way

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    from modules.bound.machine import State


@dataclass(frozen=True, slots=True)
class Bound:
    """The longest that an execution takes."""

    path: tuple[Row, ...]
    """Its seconds add up to the bound."""
    ends: Mapping[str, Fraction]
    """Each state that ends the machine → the longest from the start to its end."""
    end: str
    """The one that takes longest."""
    timeout: Fraction | None
    """The machine's own TimeoutSeconds, which ends what is not over by then."""

    @property
    def seconds(self) -> Fraction:
        return total(self.path)

    def json(self) -> dict[str, Any]:
        return {
            "bound_seconds": number(self.seconds),
            "timeout_seconds": None if self.timeout is None else number(self.timeout),
            "end": self.end,
            "path": [row.json() for row in self.path],
            "ends": {name: number(seconds) for name, seconds in self.ends.items()},
        }


def bound(document: object, at_most: Mapping[str, int] | None = None) -> Bound:
    """Of a definition, as JSON is read. `at_most`: what is known of states that the definition leaves open.

    That is the seconds of a Wait or of a Task's call, or the items of a Map.

    Raises:
        UnboundError: it is no definition, or has no bound.
    """
    machine, problems = read(document)
    if machine is None:
        raise UnboundError(problems)
    unknown = set(at_most or ()) - set(every(document))
    if unknown:
        raise UnboundError([f"--at-most {name!r}: no state has this name" for name in sorted(unknown)])
    paths = _paths(machine, at_most or {})
    if not paths:
        raise UnboundError(["no state that ends the machine is reached"])
    end = max(paths, key=lambda name: total(paths[name]))
    timeout = quantity(machine.timeout)
    return Bound(paths[end], {name: total(rows) for name, rows in paths.items()}, end, timeout)


def _paths(machine: Machine, at_most: Mapping[str, int]) -> dict[str, tuple[Row, ...]]:
    """The longest path to each end of a machine, or of one in a state of it."""
    there = list(edges(machine.states))
    names = reached(machine.start, [(edge.start, edge.to) for edge in there])
    problems: list[str] = []

    def inner(name: str, state: State) -> Sequence[tuple[str, Sequence[Row]]]:
        found: list[tuple[str, Sequence[Row]]] = []
        for where, document in inside(name, state):
            one, wrong = read(document, language=machine.speaks(name), where=where)
            if one is None:
                raise UnboundError(wrong)
            paths = _paths(one, at_most)
            if not paths:
                raise UnboundError([f"{where}: no state that ends it is reached"])
            found.append((where, max(paths.values(), key=total)))
        return found

    costs: dict[str, Row] = {}
    for name, state in machine.states.items():
        if name in names:
            try:
                costs[name] = longest(name, state, at_most, inner)
            except UnboundError as error:
                problems += error.problems
                costs[name] = Row(name, ZERO, "")
    ways = [Way(edge.start, edge.to, (costs[edge.start],), edge) for edge in there if edge.start in names]
    try:
        found = Walks(Counters(machine, names)).longest(machine.start, ways)
    except UnboundError as error:
        problems += error.problems
        found = {}
    if problems:
        raise UnboundError(problems)
    return {node.removesuffix(OVER): reached.rows() for node, reached in found.items() if node.endswith(OVER)}
