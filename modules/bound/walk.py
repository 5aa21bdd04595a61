"""The longest walk through a graph whose loops are counted.

Without loops it is the longest path. A loop is solved by repetition. The ways that raise a counter are cut, which
leaves no loop, or inner ones that are solved first. Each node gets a potential, which grows along every way that is
left by at least what the way costs. A repetition costs at most what its cut way costs more than the potential falls by
it. So no walk costs more than the potential at its end, and for each counter its dearest repetition as often as the
counter lets it. (This is the dual of the linear program that asks for the longest walk: with any potentials it is not
too low.)
"""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from modules.bound.graph import cycle, loops
from modules.bound.problems import UnboundError
from modules.bound.rows import ZERO, Row, says, total

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from fractions import Fraction

    from modules.bound.counters import Budget, Counters
    from modules.bound.machine import Edge

LEFT = "\0left"
"""A loop's state with this behind its name is the node where the loop is left from it."""


@dataclass(frozen=True, slots=True)
class Way:
    """From a node to another, and what it costs. `edge`: of the machine, where it is one."""

    start: str
    to: str
    rows: tuple[Row, ...]
    edge: Edge | None = None

    @property
    def seconds(self) -> Fraction:
        return total(self.rows)


@dataclass(frozen=True, slots=True)
class Reached:
    """How a node is reached at the latest."""

    seconds: Fraction = ZERO
    way: Way | None = None
    before: Reached | None = None

    def then(self, way: Way) -> Reached:
        return Reached(self.seconds + way.seconds, way, self)

    def ways(self) -> list[Way]:
        found: list[Way] = []
        at: Reached | None = self
        while at is not None and at.way is not None:
            found.append(at.way)
            at = at.before
        return found[::-1]

    def rows(self) -> tuple[Row, ...]:
        return tuple(row for way in self.ways() for row in way.rows)


class Walks:
    """The longest ones of a machine."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._solved: dict[tuple[str, frozenset[Way]], dict[str, tuple[Row, ...]]] = {}

    def longest(self, start: str, ways: Sequence[Way]) -> dict[str, Reached]:
        """To each node that is reached. Raises UnboundError where a loop is not counted."""
        flat, _ = self._without_loops(ways, {start})
        return _latest(flat, {start: Reached()})

    def _without_loops(self, ways: Sequence[Way], entered: Collection[str]) -> tuple[list[Way], dict[str, str]]:
        """Each loop replaced by a way from each state that it is entered at to each that it is left from.

        Also where each state of a loop is left: ways out start there.
        """
        problems: list[str] = []
        added: list[Way] = []
        leaving: dict[str, str] = {}
        inside: set[Way] = set()
        for loop in loops((way.start, way.to) for way in ways):
            inner = [way for way in ways if way.start in loop and way.to in loop]
            inside.update(inner)
            leaving |= {name: name + LEFT for name in loop}
            heads = {way.to for way in ways if way.to in loop and way.start not in loop} | (loop & set(entered))
            try:
                for head in sorted(heads):
                    added += [Way(head, to + LEFT, rows) for to, rows in self._around(head, loop, inner).items()]
            except UnboundError as error:
                problems += error.problems
        if problems:
            raise UnboundError(problems)
        kept = [Way(leaving.get(way.start, way.start), way.to, way.rows, way.edge) for way in ways if way not in inside]
        return kept + added, leaving

    def _around(self, head: str, loop: frozenset[str], inner: Sequence[Way]) -> dict[str, tuple[Row, ...]]:
        """From the state that a loop is entered at to each of its states: the longest that can be spent in it."""
        key = head, frozenset(inner)
        if key not in self._solved:
            self._solved[key] = self._solve(head, loop, inner)
        return self._solved[key]

    def _solve(self, head: str, loop: frozenset[str], inner: Sequence[Way]) -> dict[str, tuple[Row, ...]]:
        budgets, reasons = self._counters.budgets(loop, [way.edge for way in inner if way.edge])
        if not budgets:
            raise UnboundError([_uncounted(loop, inner, reasons)])
        cut = {edge: budget for budget in budgets for edge in budget.raising}
        repeating = [way for way in inner if way.edge in cut]
        rest = [way for way in inner if way.edge not in cut]
        flat, leaving = self._without_loops(rest, {head, *(way.to for way in repeating)})
        back = [Way(leaving.get(way.start, way.start), way.to, way.rows, way.edge) for way in repeating]
        potential = _potentials(flat, back, head)
        rounds = [
            _Rounds.of(budget, [way for way in back if way.edge in budget.raising], flat, potential)
            for budget in budgets
        ]
        found: dict[str, tuple[Row, ...]] = {}
        at = {head: Reached()}
        for _ in range(len(back) + 1):
            latest = _latest(flat, at)
            for name in sorted(loop):
                node = leaving.get(name, name)
                if name not in found and node in latest:
                    found[name] = _with_rounds(name, latest[node], potential[node], rounds)
            at = dict[str, Reached]()
            for way in back:
                if way.start in latest:
                    _later(at, way.to, latest[way.start].then(way))
        return found


@dataclass(frozen=True, slots=True)
class _Rounds:
    """The repetitions of a counter."""

    budget: Budget
    seconds: Fraction
    """Of the longest."""
    states: tuple[str, ...]
    costs: Mapping[Edge, Fraction]

    @classmethod
    def of(cls, budget: Budget, back: Sequence[Way], flat: Sequence[Way], potential: Mapping[str, Fraction]) -> _Rounds:
        costs = {way.edge: way.seconds + potential[way.start] - potential[way.to] for way in back if way.edge}
        longest = max(back, key=lambda way: way.seconds + potential[way.start] - potential[way.to])
        there = _latest(flat, {longest.to: Reached()}).get(longest.start, Reached())
        states = [state for row in (*there.rows(), *longest.rows) for state in row.states]
        return cls(budget, max(ZERO, *costs.values(), ZERO), tuple(states), costs)


def _with_rounds(name: str, reached: Reached, potential: Fraction, rounds: Iterable[_Rounds]) -> tuple[Row, ...]:
    """The way to a state of a loop, and every repetition that is left."""
    rows = [*reached.rows()]
    ways = reached.ways()
    slack = potential - reached.seconds
    for one in rounds:
        used = [one.costs[way.edge] for way in ways if way.edge and way.edge in one.costs]
        slack += sum(used, ZERO)
        seconds = one.budget.times * one.seconds - sum(used, ZERO)
        if seconds > 0:
            rows.append(Row(one.states[0], seconds, _rounds_say(one, used), tuple(dict.fromkeys(one.states))))
    if slack > 0:
        rows.append(Row(name, slack, "more on other ways to it"))
    return tuple(rows)


def _rounds_say(rounds: _Rounds, used: Sequence[Fraction]) -> str:
    times, counter = rounds.budget.times, rounds.budget.counter
    names = " → ".join(dict.fromkeys(rounds.states))
    less = f", less {says(sum(used, ZERO))} that are in the path already" if used else ""
    noun = "repetition" if times == 1 else "repetitions"
    return f"{times} {noun} of {names}, {says(rounds.seconds)} each, counted by {counter}{less}"


def _latest(ways: Iterable[Way], starts: Mapping[str, Reached]) -> dict[str, Reached]:
    """Where there are no loops."""
    from_node: dict[str, list[Way]] = {}
    for way in ways:
        from_node.setdefault(way.start, []).append(way)
    found = dict(starts)
    for name in _order(ways):
        if name in found:
            for way in from_node.get(name, ()):
                _later(found, way.to, found[name].then(way))
    return found


def _later(found: dict[str, Reached], node: str, reached: Reached) -> None:
    if node not in found or found[node].seconds < reached.seconds:
        found[node] = reached


def _order(ways: Iterable[Way]) -> list[str]:
    before: dict[str, set[str]] = {}
    for way in ways:
        before.setdefault(way.start, set())
        before.setdefault(way.to, set()).add(way.start)
    return list(TopologicalSorter(before).static_order())


def _potentials(flat: Sequence[Way], back: Sequence[Way], head: str) -> dict[str, Fraction]:
    """A number for each node that grows along every way by at least what it costs; from the head by no more.

    Where the head leads, it is the latest that the node is reached. What leads there is as high as these allow. All
    else is as low as what leads to it allows.
    """
    found = {node: reached.seconds for node, reached in _latest(flat, {head: Reached()}).items()}
    order = _order([*flat])
    for node in reversed(order):
        most = [found[way.to] - way.seconds for way in flat if way.start == node and way.to in found]
        if node not in found and most:
            found[node] = min(most)
    for node in order:
        if node not in found:
            least = [found[way.start] + way.seconds for way in flat if way.to == node]
            again = [found[way.start] + way.seconds for way in back if way.to == node and way.start in found]
            found[node] = max(least or again, default=ZERO)
    for way in back:
        found.setdefault(way.start, ZERO)
        found.setdefault(way.to, ZERO)
    return found


def _uncounted(loop: frozenset[str], inner: Sequence[Way], reasons: Sequence[str]) -> str:
    names = cycle(loop, [(way.start, way.to) for way in inner])
    way = " → ".join((*names, names[0]))
    why = f" ({'; '.join(reasons)})" if reasons else ""
    help_ = "set a number before it, raise it in it by States.MathAdd, and leave by a Choice that compares it"
    return f"{way}: nothing counts this loop{why}; {help_}"
