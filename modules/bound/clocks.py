"""Ways of a Choice that are closed once a moment has come: when each can be passed at the latest.

A Choice compares a time with a moment that is known to come. The time is that of its own entering, or a stamp: a value
that states set to the time at which they were entered. A stamp is older than the Choice by no more than the longest way
from the state that set it last.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from modules.bound.conditions import closed, path
from modules.bound.effects import ENTERED, Stamps, effects
from modules.bound.problems import UnboundError
from modules.bound.reached import Reached, Way
from modules.bound.rows import Row, number

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from modules.bound.conditions import Comparison, Tells
    from modules.bound.machine import Edge, Machine
    from modules.bound.walk import Walk

LATER = {
    "TimestampGreaterThanPath": True,
    "TimestampGreaterThanEqualsPath": True,
    "TimestampLessThanPath": False,
    "TimestampLessThanEqualsPath": False,
    "TimestampEqualsPath": False,
}
"""Whether each holds of a time that is later than the moment."""


class Clock(NamedTuple):
    """A moment that comes at most so many seconds after a state is first entered. No state: after the start."""

    since: str
    seconds: Fraction | float

    @property
    def says(self) -> str:
        after = f"{self.since} is first entered" if self.since else "the start"
        return f"at most {number(Fraction(self.seconds))} s after {after}"


class Pair(NamedTuple):
    """What is compared with what."""

    time: str
    clock: str


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """The time that a stamp is old."""

    way: Reached

    def rows(self) -> tuple[Row, ...]:
        return self.way.rows()


class Clocks:
    """Of a machine. `begins`: state → when it is first entered, at the latest; else its clocks prove nothing."""

    def __init__(
        self, machine: Machine, edges: Sequence[Edge], known: Tells, clocks: Mapping[str, Clock], unit: int
    ) -> None:
        self._machine = machine
        self._edges = edges
        self._known = known
        self._clocks = {path(name): clock for name, clock in clocks.items()}
        self._unit = unit
        self._pairs = {name: frozenset(self._compared_in(name)) for name in machine.rules}
        self._writers: dict[str, frozenset[Edge]] = {}
        self.begins: dict[str, Reached] = {}

    def pairs(self, name: str) -> Collection[Pair]:
        """What a state compares with clocks."""
        return self._pairs.get(name, ())

    def compared(self, name: str) -> Collection[Pair]:
        """What a state compares with clocks that have begun."""
        return [pair for pair in self._pairs.get(name, ()) if self._clocks[pair.clock].since in self.begins]

    def passed(
        self, walk: Walk, entered: Mapping[str, Reached], leaving: Sequence[Way], around: Sequence[Way]
    ) -> dict[Way, Reached]:
        """Of ways that clocks close, each with the last moment at which it can be passed.

        `around`: the ways of the loop that they are in, and `entered`: where it is entered; or all ways, and nothing.
        """
        found: dict[Way, Reached] = {}
        stamped: dict[str, tuple[Mapping[str, Reached], Mapping[str, Reached]] | None] = {}
        for way in leaving:
            pairs = self.compared(way.start)
            if way.edge is None or not pairs:
                continue
            moments: dict[Pair, Reached] = {}
            for pair in pairs:
                if pair.time == ENTERED:
                    moments[pair] = self._deadline(pair.clock, way.start)
                    continue
                if pair.time not in stamped:
                    stamped[pair.time] = self._stamped(walk, pair.time, entered, around)
                both = stamped[pair.time]
                if both is not None and self._always_stamped(pair.time, way.start):
                    moments |= self._by_stamp(pair, way.start, *both)
            last = self._last(way.edge, moments)
            if last is not None:
                found[way] = last
        return found

    def _last(self, edge: Edge, moments: Mapping[Pair, Reached]) -> Reached | None:
        """The first moment from which on it is certain that the way is closed."""
        past: set[Pair] = set()
        rules = self._machine.rules[edge.start]

        def tells(test: Comparison) -> bool | None:
            told = _holds(test, past)
            return self._known(test) if told is None else told

        for pair, moment in sorted(moments.items(), key=lambda one: (one[1].seconds, one[0])):
            past.add(pair)
            if closed(rules, edge.rule, tells):
                return moment
        return None

    def _deadline(self, name: str, choice: str) -> Reached:
        clock = self._clocks[name]
        seconds = Fraction(clock.seconds)
        row = Row(choice, seconds, f"until {name}, {clock.says}, when it no longer goes on")
        return self.begins[clock.since].then(Way(clock.since, choice, int(seconds * self._unit), row))

    def _by_stamp(
        self, pair: Pair, choice: str, first: Mapping[str, Reached], old: Mapping[str, Reached]
    ) -> dict[Pair, Reached]:
        """Where the stamp was set on the way here, or before."""
        moments: list[Reached] = []
        if choice in old:
            age = old[choice]
            moments.append(self._deadline(pair.clock, choice).then(Way(choice, choice, age.seconds, Stretch(age))))
        if choice in first:
            moments.append(first[choice])
        return {pair: max(moments, key=lambda one: one.seconds)} if choice in old else {}

    def _stamped(
        self, walk: Walk, stamp: str, entered: Mapping[str, Reached], around: Sequence[Way]
    ) -> tuple[Mapping[str, Reached], Mapping[str, Reached]] | None:
        """Each state with its latest moment where the stamp was not yet set here; and how old it is else, at most."""
        writing = self._written(stamp)
        writers = [way for way in around if way.edge in writing]
        rest = [way for way in around if way.edge not in writing]
        old = {way.to: Reached() for way in writers}
        for way in writers:
            if way.seconds > old[way.to].seconds:
                old[way.to] = Reached().then(way)
        try:
            return walk.latest(entered, rest), walk.latest(old, rest)
        except UnboundError:
            return None

    def _written(self, stamp: str) -> frozenset[Edge]:
        if stamp not in self._writers:
            found = effects(self._machine, self._edges, stamp)
            self._writers[stamp] = frozenset(edge for edge, one in found.items() if isinstance(one, Stamps))
        return self._writers[stamp]

    def _always_stamped(self, stamp: str, choice: str) -> bool:
        """Whether every way from the start to a state sets it, and nothing else does afterwards."""
        done = effects(self._machine, self._edges, stamp)
        leaving: dict[str, list[Edge]] = {}
        for edge in self._edges:
            leaving.setdefault(edge.start, []).append(edge)
        open_, waiting = {self._machine.start}, [self._machine.start]
        waiting += [edge.to for edge, one in done.items() if not isinstance(one, Stamps)]
        open_.update(waiting)
        while waiting:
            for edge in leaving.get(waiting.pop(), ()):
                if edge not in done and edge.to not in open_:
                    open_.add(edge.to)
                    waiting.append(edge.to)
        return choice not in open_

    def _compared_in(self, name: str) -> Iterator[Pair]:
        for rule in self._machine.rules[name]:
            for test in rule.condition.tests():
                pair = paired(test)
                if pair is not None:
                    one, other = pair
                    if other in self._clocks and one not in self._clocks:
                        yield Pair(one, other)
                    elif one in self._clocks and other not in self._clocks:
                        yield Pair(other, one)


def paired(test: Comparison) -> tuple[str, str] | None:
    """The two moments that a comparison compares."""
    if test.name not in LATER or not isinstance(test.value, str):
        return None
    return test.variable, path(test.value)


def _holds(test: Comparison, past: Collection[Pair]) -> bool | None:
    """Once the time is later than the moment, in each of these."""
    pair = paired(test)
    if pair is None:
        return None
    if pair in past:
        return LATER[test.name]
    if (pair[1], pair[0]) in past:
        return not LATER[test.name] and test.name != "TimestampEqualsPath"
    return None


def undeclared(machine: Machine, loop: Collection[str], clocks: Collection[str]) -> list[str]:
    """Every moment that a loop's Choices compare with a time, and that nothing is known of."""
    known = {path(name) for name in clocks}
    pairs = [
        pair
        for name in loop
        for rule in machine.rules.get(name, ())
        for test in rule.condition.tests()
        if (pair := paired(test)) is not None and not known & {*pair}
    ]
    return sorted({other if one == ENTERED or other != ENTERED else one for one, other in pairs})
