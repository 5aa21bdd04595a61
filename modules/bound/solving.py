"""The longest times of a machine, or of one in a state of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import TYPE_CHECKING

from modules.bound.clocks import Clocks, undeclared
from modules.bound.conditions import assuming, rules
from modules.bound.counters import Counters
from modules.bound.durations import Inner, longest
from modules.bound.graph import reached
from modules.bound.loops import Loops
from modules.bound.machine import OVER, Edge, edges, every, inside, read
from modules.bound.problems import UnboundError
from modules.bound.reached import Reached, Way
from modules.bound.rows import ZERO, Row
from modules.bound.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from modules.bound.assumed import Assumed
    from modules.bound.conditions import Tells
    from modules.bound.machine import Machine, State
    from modules.bound.walk import Moments


FAILING = ("Fail", "Choice")
"""A machine that ends in one of these fails: a Choice ends it where none of its rules holds."""


class Solver:
    """Of a machine. Raises UnboundError where a state of it that is reached has no bound."""

    def __init__(self, machine: Machine, assumed: Assumed, *, outermost: bool = True) -> None:
        self.machine = machine
        self._assumed = assumed
        self._outermost = outermost
        self.until = assumed.until if outermost else frozenset[str]()
        self.uncut = list(edges(machine, assumed.given, caught=assumed.caught))
        there = [edge for edge in self.uncut if edge.start not in self.until]
        there += [Edge(name, name + OVER) for name in sorted(self.until)]
        self.names = reached(machine.start, [(edge.start, edge.to) for edge in there])
        self.edges = [edge for edge in there if edge.start in self.names]
        # A clock belongs to the machine that its state is in: what another one calls by its path is another value.
        self._clocks = {
            path: clock
            for path, clock in assumed.clocks.items()
            if clock.since in machine.states or (outermost and not clock.since)
        }
        self.inner: dict[str, list[tuple[Inner, Solver | None]]] = {}
        """The machines in each state."""
        self.costs, self._problems = self._costs()

    def ends(self, *, longer: Mapping[str, int] | None = None, more: Mapping[str, int] | None = None) -> Moments:
        """Each state that ends the machine, with its longest way. Raises UnboundError."""
        problems = [*self._problems]
        found: Moments = {}
        try:
            found = self.moments(longer=longer, more=more)
        except UnboundError as error:
            problems += error.problems
        if problems:
            raise UnboundError(problems)
        return {name: found[name + OVER] for name in self.machine.states if name + OVER in found}

    def moments(self, *, longer: Mapping[str, int] | None = None, more: Mapping[str, int] | None = None) -> Moments:
        """Each state and end, with the latest moment that it is entered at. Raises UnboundError.

        What if: `longer`, states took so much longer, in units; `more`, counters let loops be repeated more often.
        """
        ways = self._ways
        if longer:
            ways = [
                Way(way.start, way.to, way.seconds + longer[way.start], way.part, way.edge)
                if way.start in longer
                else way
                for way in ways
            ]
        loops = self._loops if not more else Loops(self._counters, self.unit, self._undeclared, more)
        clocks = self.clocks()
        walk = Walk(loops)
        self._begin(walk, ways, clocks)
        return walk.latest({self.machine.start: Reached()}, ways, clocks)

    def instead(self, name: str, state: State) -> Solver:
        """With another Choice in a Choice's place. Raises UnboundError."""
        states = {**self.machine.states, name: state}
        choices = {**self.machine.rules, name: rules(state["Choices"])}
        return Solver(replace(self.machine, states=states, rules=choices), self._assumed, outermost=self._outermost)

    def clocks(self) -> Clocks:
        return Clocks(self.machine, self.edges, self._known, self._clocks, self.unit)

    def names_inside(self, name: str) -> list[str]:
        """Of every state in the machines in a state."""
        return [one for _, document in inside(name, self.machine.states[name]) for one in every(document)]

    @cached_property
    def unit(self) -> int:
        """How many units of the times are a second, so that all are whole."""
        denominators = [row.seconds.denominator for row in self.costs.values()]
        return lcm(*denominators, *(Fraction(clock.seconds).denominator for clock in self._clocks.values()))

    @cached_property
    def _known(self) -> Tells:
        return assuming(self._assumed.given)

    @cached_property
    def _ways(self) -> Sequence[Way]:
        return [
            Way(edge.start, edge.to, int(self.costs[edge.start].seconds * self.unit), self.costs[edge.start], edge)
            for edge in self.edges
        ]

    @cached_property
    def _counters(self) -> Counters:
        return Counters(self.machine, self.edges, self._known)

    @cached_property
    def _loops(self) -> Loops:
        return Loops(self._counters, self.unit, self._undeclared)

    def _undeclared(self, loop: Collection[str]) -> Sequence[str]:
        return undeclared(self.machine, loop, self._clocks)

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

    def _costs(self) -> tuple[dict[str, Row], list[str]]:
        costs: dict[str, Row] = {}
        problems: list[str] = []
        for name, state in self.machine.states.items():
            if name in self.until:
                costs[name] = Row(name, ZERO, "is entered: what follows is left out")
            elif name in self.names:
                try:
                    costs[name] = longest(name, state, self._assumed.at_most, self._inner)
                except UnboundError as error:
                    problems += error.problems
                    costs[name] = Row(name, ZERO, "")
        return costs, problems

    def _inner(self, name: str, state: State) -> Sequence[Inner]:
        self.inner[name] = [self._inside(where, document, name) for where, document in inside(name, state)]
        return [one for one, _ in self.inner[name]]

    def _inside(self, where: str, document: object, name: str) -> tuple[Inner, Solver | None]:
        one, wrong = read(document, language=self.machine.speaks(name), where=where)
        if one is None:
            return Inner(where, (), problems=wrong), None
        try:
            solver = Solver(one, self._assumed, outermost=False)
            ends = solver.ends()
        except UnboundError as error:
            return Inner(where, (), problems=error.problems), None
        if not ends:
            return Inner(where, (), problems=[f"{where}: no state that ends it is reached"]), None
        fails = all(one.states[end]["Type"] in FAILING for end in ends)
        return Inner(where, max(ends.values(), key=lambda at: at.seconds).rows(), fails), solver


def paths(ends: Mapping[str, Reached]) -> dict[str, tuple[Row, ...]]:
    return {name: at.rows() for name, at in ends.items()}
