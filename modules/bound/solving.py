"""The longest times of a machine, or of one in a state of it."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

from modules.bound.clocks import Clocks, undeclared
from modules.bound.conditions import assuming
from modules.bound.counters import Counters
from modules.bound.durations import Inner, longest
from modules.bound.graph import reached
from modules.bound.loops import Loops
from modules.bound.machine import OVER, Edge, edges, inside, read
from modules.bound.problems import UnboundError
from modules.bound.reached import Reached, Way
from modules.bound.rows import ZERO, Row
from modules.bound.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modules.bound.assumed import Assumed
    from modules.bound.machine import Machine, State


FAILING = ("Fail", "Choice")
"""A machine that ends in one of these fails: a Choice ends it where none of its rules holds."""


class Solver:
    """Of a machine. Raises UnboundError where a state of it that is reached has no bound."""

    def __init__(self, machine: Machine, assumed: Assumed, *, outermost: bool = True) -> None:
        self.machine = machine
        self._assumed = assumed
        until = assumed.until if outermost else frozenset[str]()
        there = [edge for edge in edges(machine, assumed.given, caught=assumed.caught) if edge.start not in until]
        there += [Edge(name, name + OVER) for name in sorted(until)]
        self.names = reached(machine.start, [(edge.start, edge.to) for edge in there])
        self._edges = [edge for edge in there if edge.start in self.names]
        # A clock belongs to the machine that its state is in: what another one calls by its path is another value.
        self._clocks = {
            path: clock
            for path, clock in assumed.clocks.items()
            if clock.since in machine.states or (outermost and not clock.since)
        }
        self.costs, self._problems = self._costs(until)

    def ends(self) -> dict[str, Reached]:
        """Each state that ends the machine, with its longest way. Raises UnboundError."""
        problems = [*self._problems]
        found: dict[str, Reached] = {}
        try:
            found = self.moments()
        except UnboundError as error:
            problems += error.problems
        if problems:
            raise UnboundError(problems)
        return {name: found[name + OVER] for name in self.machine.states if name + OVER in found}

    def moments(self) -> dict[str, Reached]:
        """Each state and end, with the latest moment that it is entered at. Raises UnboundError."""
        denominators = [row.seconds.denominator for row in self.costs.values()]
        denominators += [Fraction(clock.seconds).denominator for clock in self._clocks.values()]
        unit = lcm(*denominators)
        known = assuming(self._assumed.given)
        ways = [
            Way(edge.start, edge.to, int(self.costs[edge.start].seconds * unit), self.costs[edge.start], edge)
            for edge in self._edges
        ]
        counters = Counters(self.machine, self._edges, known)
        walk = Walk(Loops(counters, unit, lambda loop: undeclared(self.machine, loop, self._clocks)))
        clocks = Clocks(self.machine, self._edges, known, self._clocks, unit)
        self._begin(walk, ways, clocks)
        return walk.latest({self.machine.start: Reached()}, ways, clocks)

    def _begin(self, walk: Walk, ways: Sequence[Way], clocks: Clocks) -> None:
        """When each clock begins. That may depend on another one's beginning: none is put off by knowing more."""
        start = self.machine.start
        later: set[str] = set()
        for clock in self._clocks.values():
            if clock.since in ("", start):
                clocks.begins[clock.since] = Reached()
            elif clock.since in self.names:
                later.add(clock.since)
        known = -1
        while later and known < len(clocks.begins):
            known = len(clocks.begins)
            for since in sorted(later):
                cut = [way for way in ways if way.start != since]
                names = reached(start, [(way.start, way.to) for way in cut])
                try:
                    found = walk.latest({start: Reached()}, [way for way in cut if way.start in names], clocks)
                except UnboundError:
                    continue
                clocks.begins[since] = found[since]

    def _costs(self, until: frozenset[str]) -> tuple[dict[str, Row], list[str]]:
        costs: dict[str, Row] = {}
        problems: list[str] = []
        for name, state in self.machine.states.items():
            if name in until:
                costs[name] = Row(name, ZERO, "is entered: what follows is left out")
            elif name in self.names:
                try:
                    costs[name] = longest(name, state, self._assumed.at_most, self._inner)
                except UnboundError as error:
                    problems += error.problems
                    costs[name] = Row(name, ZERO, "")
        return costs, problems

    def _inner(self, name: str, state: State) -> Sequence[Inner]:
        return [self._inside(where, document, name) for where, document in inside(name, state)]

    def _inside(self, where: str, document: object, name: str) -> Inner:
        one, wrong = read(document, language=self.machine.speaks(name), where=where)
        if one is None:
            return Inner(where, (), problems=wrong)
        try:
            ends = Solver(one, self._assumed, outermost=False).ends()
        except UnboundError as error:
            return Inner(where, (), problems=error.problems)
        if not ends:
            return Inner(where, (), problems=[f"{where}: no state that ends it is reached"])
        fails = all(one.states[end]["Type"] in FAILING for end in ends)
        return Inner(where, max(ends.values(), key=lambda at: at.seconds).rows(), fails)


def paths(ends: Mapping[str, Reached]) -> dict[str, tuple[Row, ...]]:
    return {name: at.rows() for name, at in ends.items()}
