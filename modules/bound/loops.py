"""How long a loop can be stayed in that counters bound.

It is solved by repetition. The ways that raise a counter are cut, which leaves no loop, or inner ones that are solved
first. Each node gets a potential, which grows along every way that is left by at least what the way costs. A
repetition costs at most what its cut way costs more than the potential falls by it. So no walk costs more than the
potential at its end, and for each counter its dearest repetition as often as the counter lets it. (This is the dual of
the linear program that asks for the longest walk: with any potentials it is not too low.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from modules.bound.graph import cycle, loops
from modules.bound.problems import UnboundError
from modules.bound.reached import Flat, Reached, Way, later
from modules.bound.rows import Row, says

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from modules.bound.counters import Budget, Counters
    from modules.bound.machine import Edge

LEFT = "\0left"
"""A loop's state with this behind its name is the node where the loop is left from it."""


class Loops:
    """Of a machine. `unit`: how many of the times' units are a second."""

    def __init__(
        self,
        counters: Counters,
        unit: int,
        moments: Callable[[Collection[str]], Sequence[str]],
        more: Mapping[str, int] | None = None,
    ) -> None:
        """`moments`: what a loop compares the time with, and nothing is known of. `more`: repetitions of counters."""
        self._more = more or {}
        self._counters = counters
        self._unit = unit
        self._moments = moments
        self._solved: dict[tuple[str, frozenset[Way]], dict[str, Around]] = {}

    def around(self, head: str, loop: frozenset[str], inner: Sequence[Way]) -> dict[str, Around]:
        """From the state that a loop is entered at to each of its states: the longest that can be spent in it.

        Raises UnboundError where a loop is not counted.
        """
        key = head, frozenset(inner)
        if key not in self._solved:
            self._solved[key] = self._solve(head, loop, inner)
        return self._solved[key]

    def _without(self, ways: Sequence[Way], entered: Collection[str]) -> tuple[list[Way], dict[str, str]]:
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
                    found = self.around(head, loop, inner)
                    added += [Way(head, to + LEFT, part.seconds, part) for to, part in found.items()]
            except UnboundError as error:
                problems += error.problems
        if problems:
            raise UnboundError(problems)
        kept = [
            Way(leaving[way.start], way.to, way.seconds, way.part, way.edge) if way.start in leaving else way
            for way in ways
            if way not in inside
        ]
        return kept + added, leaving

    def _solve(self, head: str, loop: frozenset[str], inner: Sequence[Way]) -> dict[str, Around]:
        budgets, reasons = self._counters.budgets(loop, [way.edge for way in inner if way.edge])
        if not budgets:
            raise UnboundError([_uncounted(loop, inner, reasons, self._moments(loop))])
        budgets = [replace(one, times=one.times + self._more.get(one.counter, 0)) for one in budgets]
        cut = {edge: budget for budget in budgets for edge in budget.raising}
        repeating = [way for way in inner if way.edge in cut]
        rest = [way for way in inner if way.edge not in cut]
        ways, leaving = self._without(rest, {head, *(way.to for way in repeating)})
        back = [Way(leaving.get(way.start, way.start), way.to, way.seconds, way.part, way.edge) for way in repeating]
        flat = Flat(ways)
        potential = _potentials(flat, back, head)
        rounds = [
            Rounds.of(budget, [way for way in back if way.edge in budget.raising], flat, potential)
            for budget in budgets
        ]
        found: dict[str, Around] = {}
        at = {head: Reached()}
        while at and len(found) < len(loop):
            before = len(found)
            latest = flat.latest(at)
            for name in sorted(loop - found.keys()):
                node = leaving.get(name, name)
                if node in latest:
                    found[name] = Around.of(name, latest[node], potential[node], rounds, self._unit)
            if len(found) == before:
                break
            at = dict[str, Reached]()
            for way in back:
                if way.start in latest:
                    later(at, way.to, latest[way.start].then(way))
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Rounds:
    """The repetitions of a counter."""

    budget: Budget
    seconds: int
    """Of the longest."""
    longest: Way
    flat: Flat
    costs: Mapping[Edge, int]

    @classmethod
    def of(cls, budget: Budget, back: Sequence[Way], flat: Flat, potential: Mapping[str, int]) -> Rounds:
        costs = {way.edge: way.seconds + potential[way.start] - potential[way.to] for way in back if way.edge}
        longest = max(back, key=lambda way: way.seconds + potential[way.start] - potential[way.to])
        return cls(budget, max(0, *costs.values(), 0), longest, flat, costs)

    def states(self) -> tuple[str, ...]:
        there = self.flat.latest({self.longest.to: Reached()}).get(self.longest.start, Reached())
        return tuple(state for row in (*there.rows(), *self.longest.part.rows()) for state in row.states)


@dataclass(frozen=True, slots=True, eq=False)
class Around:
    """From where a loop is entered to one of its states: the way there, and every repetition that is left."""

    name: str
    seconds: int
    reached: Reached
    slack: int
    rounds: Sequence[tuple[Rounds, Sequence[int]]]
    """Each with what of it is in the way already."""
    unit: int

    @classmethod
    def of(cls, name: str, reached: Reached, potential: int, rounds: Sequence[Rounds], unit: int) -> Around:
        ways = reached.ways()
        used = [(one, [one.costs[way.edge] for way in ways if way.edge and way.edge in one.costs]) for one in rounds]
        slack = potential - reached.seconds + sum(sum(costs) for _, costs in used)
        more = sum(max(0, one.budget.times * one.seconds - sum(costs)) for one, costs in used)
        return cls(name, reached.seconds + more + max(0, slack), reached, max(0, slack), used, unit)

    def rows(self) -> tuple[Row, ...]:
        rows = [*self.reached.rows()]
        for one, used in self.rounds:
            seconds = one.budget.times * one.seconds - sum(used)
            if seconds > 0:
                states = one.states()
                why = self._say(one, states, used)
                rows.append(Row(states[0], Fraction(seconds, self.unit), why, tuple(dict.fromkeys(states))))
        if self.slack:
            rows.append(Row(self.name, Fraction(self.slack, self.unit), "more on other ways to it"))
        return tuple(rows)

    def _say(self, one: Rounds, states: Sequence[str], used: Sequence[int]) -> str:
        times, counter = one.budget.times, one.budget.counter
        names = " → ".join(dict.fromkeys(states))
        less = f", less {says(Fraction(sum(used), self.unit))} that are in the path already" if used else ""
        noun = "repetition" if times == 1 else "repetitions"
        each = says(Fraction(one.seconds, self.unit))
        return f"{times} {noun} of {names}, {each} each, counted by {counter}{less}"


def _potentials(flat: Flat, back: Sequence[Way], head: str) -> dict[str, int]:
    """A number for each node that grows along every way by at least what it costs; from the head by no more.

    Where the head leads, it is the latest that the node is reached. What leads there is as high as these allow. All
    else is as low as what leads to it allows.
    """
    found = {node: reached.seconds for node, reached in flat.latest({head: Reached()}).items()}
    for node in reversed(flat.order):
        if node not in found:
            most = [found[way.to] - way.seconds for way in flat.leaving.get(node, ()) if way.to in found]
            if most:
                found[node] = min(most)
    for node in flat.order:
        if node not in found:
            least = [found[way.start] + way.seconds for way in flat.leading.get(node, ())]
            again = [found[way.start] + way.seconds for way in back if way.to == node and way.start in found]
            found[node] = max(least or again, default=0)
    for way in back:
        found.setdefault(way.start, 0)
        found.setdefault(way.to, 0)
    return found


def _uncounted(loop: frozenset[str], inner: Sequence[Way], reasons: Sequence[str], moments: Sequence[str]) -> str:
    names = cycle(loop, [(way.start, way.to) for way in inner])
    way = " → ".join((*names, names[0]))
    why = f" ({'; '.join(reasons)})" if reasons else ""
    help_ = "set a number before it, raise it in it by States.MathAdd, and leave by a Choice that compares it"
    told = [f"say --clock '{moment}=STATE+SECONDS' where {moment} comes so long after a state" for moment in moments]
    return f"{way}: nothing counts this loop{why}; {', or '.join([help_, *told])}"
