"""How often a loop can be passed: what its counters allow."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from modules.bound.conditions import closed
from modules.bound.effects import Keeps, Raises, Sets, effects, raised

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from modules.bound.conditions import Comparison, Tells
    from modules.bound.effects import Effect
    from modules.bound.machine import Edge, Machine

COMPARES: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "NumericEquals": operator.eq,
    "NumericLessThan": operator.lt,
    "NumericLessThanEquals": operator.le,
    "NumericGreaterThan": operator.gt,
    "NumericGreaterThanEquals": operator.ge,
}

Most = tuple[Fraction, bool]
"""A way is open up to this number of a counter; whether at the number itself too."""


class NotCountedError(Exception):
    """Why a number bounds no loop."""


@dataclass(frozen=True, slots=True)
class Budget:
    """A counter of a loop: one of the ways that raise it is taken at most so many times before the loop is left."""

    counter: str
    times: int
    raising: frozenset[Edge]


class Counters:
    """Of a machine. A number that falls counts as well: it is looked at with its sign turned."""

    def __init__(self, machine: Machine, edges: Sequence[Edge], known: Tells) -> None:
        """`edges`: all that may be taken. `known`: what is told of comparisons anyway."""
        self._machine = machine
        self._edges = edges
        self._known = known
        self._names = sorted(raised(machine))
        self._leaving: dict[str, list[Edge]] = {}
        for edge in edges:
            self._leaving.setdefault(edge.start, []).append(edge)
        # Asked again and again, for each loop and each state that it is entered at.
        self._effects = cache(self._effects_on)
        self._stands = cache(self._stands_at)
        self._most = cache(self._open_up_to)
        self._found: dict[frozenset[Edge], tuple[list[Budget], list[str]]] = {}

    def budgets(self, states: Collection[str], inner: Collection[Edge]) -> tuple[list[Budget], list[str]]:
        """The counters of a loop (its states and the ways in it), and why other numbers that are raised are none."""
        key = frozenset(inner)
        if key not in self._found:
            self._found[key] = self._budgets(states, inner)
        return self._found[key]

    def _budgets(self, states: Collection[str], inner: Collection[Edge]) -> tuple[list[Budget], list[str]]:
        found: list[Budget] = []
        reasons: list[str] = []
        for counter in self._names:
            done = self._effects(counter)
            raising = frozenset(edge for edge in inner if isinstance(done.get(edge), Raises))
            if raising:
                try:
                    found.append(self._budget(counter, states, inner, raising))
                except NotCountedError as error:
                    reasons.append(f"{counter} {error}")
        return found, reasons

    def _budget(
        self, counter: str, states: Collection[str], inner: Collection[Edge], raising: frozenset[Edge]
    ) -> Budget:
        done = self._effects(counter)
        for edge in inner:
            if edge in done and not isinstance(done[edge], Raises):
                raise NotCountedError(f"may be set by {edge.start}, in the loop itself")
        steps = {one.by for edge in raising if isinstance(one := done[edge], Raises)}
        sign = 1 if min(steps) > 0 else -1
        least = min(step * sign for step in steps)
        if least <= 0:
            raise NotCountedError("is not always raised, or always lowered")
        inside = frozenset(inner)
        entering = [edge for edge in self._edges if edge.to in states and edge not in inside]
        first = self._lowest(counter, sign, states, entering)
        if first is None:
            raise NotCountedError("is not set to a number on every way that leads to the loop")
        heads = {edge.to for edge in raising}
        for most in self._mosts(inner, counter, sign):
            guards = {edge for edge, one in self._guards(inner, counter, sign) if one <= most}
            if not _unguarded(heads, inner, guards, raising):
                passes = _passes(first, least, most)
                entries = {edge.to for edge in entering} | ({self._machine.start} & set(states))
                once = _unguarded(entries, inner, guards, raising)
                return Budget(counter, max(passes, 1) if once else passes, raising)
        raise NotCountedError("is not always compared before it changes again, by a Choice that leaves at a constant")

    def _effects_on(self, counter: str) -> dict[Edge, Effect]:
        return effects(self._machine, self._edges, counter)

    def _mosts(self, inner: Iterable[Edge], counter: str, sign: int) -> list[Most]:
        return sorted({most for _, most in self._guards(inner, counter, sign)})

    def _guards(self, inner: Iterable[Edge], counter: str, sign: int) -> Iterator[tuple[Edge, Most]]:
        for edge in inner:
            if self._machine.states[edge.start]["Type"] == "Choice":
                most = self._most(edge, counter, sign)
                if most is not None:
                    yield edge, most

    def _open_up_to(self, edge: Edge, counter: str, sign: int) -> Most | None:
        """None where a way of a Choice can be taken however high the counter stands."""
        rules = self._machine.rules[edge.start]
        tests = [test for rule in rules for test in rule.condition.tests() if test.variable == counter]
        bounds = sorted({sign * limit for test in tests if (limit := test.number) is not None})

        def is_open(value: Fraction) -> bool:
            def tells(test: Comparison) -> bool | None:
                limit = test.number if test.variable == counter and test.name in COMPARES else None
                return self._known(test) if limit is None else COMPARES[test.name](sign * value, limit)

            return not closed(rules, edge.rule, tells)

        if not bounds or is_open(bounds[-1] + 1):
            return None
        for below, bound in reversed([*zip([bounds[0] - 2, *bounds[:-1]], bounds, strict=True)]):
            if is_open(bound):
                return bound, True
            if is_open((below + bound) / 2):
                return bound, False
        return bounds[0] - 2, False

    def _lowest(self, counter: str, sign: int, states: Collection[str], entering: Iterable[Edge]) -> Fraction | None:
        """What a counter stands at, at the least, when its loop is entered; None where nobody knows."""
        stands = self._stands(counter, sign)
        values = [self._after(edge, counter, sign, stands[edge.start]) for edge in entering if edge.start in stands]
        known = [value for value in values if value is not None]
        if self._machine.start in states or len(known) < len(values) or not known:
            return None
        return min(known)

    def _stands_at(self, counter: str, sign: int) -> dict[str, Fraction | None]:
        """State → the least that the counter may stand at when it is entered. Nothing is known of a run's input."""
        stands: dict[str, Fraction | None] = {self._machine.start: None}
        waiting = [self._machine.start]
        changing = self._effects(counter)
        while waiting:
            name = waiting.pop()
            before = stands[name]
            for edge in self._leaving.get(name, ()):
                after = self._after(edge, counter, sign, before) if edge in changing else before
                if edge.to in stands:
                    there = stands[edge.to]
                    after = None if after is None or there is None else min(after, there)
                    if after == there:
                        continue
                stands[edge.to] = after
                waiting.append(edge.to)
        return stands

    def _after(self, edge: Edge, counter: str, sign: int, before: Fraction | None) -> Fraction | None:
        match self._effects(counter).get(edge, Keeps()):
            case Keeps():
                return before
            case Sets(value):
                return sign * value
            case Raises(by) if before is not None and sign * by > 0:
                return before + sign * by
            case _:
                return None


def _unguarded(
    starts: Iterable[str], inner: Collection[Edge], guards: Collection[Edge], raising: Collection[Edge]
) -> bool:
    """Whether a way from one of these states raises the counter without a look at it."""
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for edge in inner:
            if edge.start == name and edge not in guards:
                if edge in raising:
                    return True
                waiting.append(edge.to)
    return False


def _passes(first: Fraction, step: Fraction, most: Most) -> int:
    """How often a guard is passed: at first, first + step, … as long as it is open."""
    limit, at_limit_too = most
    if at_limit_too:
        return max(0, int((limit - first) // step) + 1)
    return max(0, int(-(-(limit - first) // step)))
