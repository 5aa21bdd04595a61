"""Of every state of a machine: when it ends at the latest, and what it has to do with the bound.

What a state that is not on the longest path could take longer without a change of the bound (its slack) is found by
solving the machine again with the state made longer: so it holds whatever the bound is made of.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from modules.bound.conditions import path
from modules.bound.effects import raised
from modules.bound.graph import reached
from modules.bound.machine import OVER
from modules.bound.problems import UnboundError
from modules.bound.rows import number, quantity, says

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from modules.bound.machine import State
    from modules.bound.reached import Reached
    from modules.bound.rows import Row
    from modules.bound.solving import Solver

FAR = 2
"""Times the bound: what is longer than that comes onto the path, if anything can bring it there."""
MOST = 100_000
"""No loop is repeated as often: a history ends before (Step Functions guide, "Service quotas")."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A state."""

    state: str
    latest: Fraction | None
    """It ends by then, on every run; None where it is not reached."""
    on_path: bool
    why: str
    counts: tuple[str, ...] = ()
    """Of each number that the state compares another one with: what it would change if it were more by one."""

    def json(self) -> dict[str, Any]:
        latest = None if self.latest is None else number(self.latest)
        return {
            "state": self.state,
            "latest_seconds": latest,
            "on_path": self.on_path,
            "why": self.why,
            "counts": list(self.counts),
        }


def explain(solver: Solver, longest: Reached) -> list[Explained]:
    """Every state, those in other states behind these."""
    return list(_Explaining(solver, longest).states())


class _Explaining:
    def __init__(self, solver: Solver, longest: Reached) -> None:
        self._solver = solver
        self._longest = longest
        self._on_path = {name for row in longest.rows() for name in row.states}
        self._moments = solver.moments()
        self._edges = [(edge.start, edge.to) for edge in solver.edges]
        clocks = solver.clocks()
        self._closing = {
            name: sorted({pair.clock for pair in clocks.pairs(name)}) for name in solver.names if clocks.pairs(name)
        }
        self._raised = raised(solver.machine)
        self._repeated = cache(self._one_more)

    def states(self) -> Iterator[Explained]:
        for name in self._solver.machine.states:
            one = self._state(name)
            yield one
            yield from self._inside(name, one)

    def _state(self, name: str) -> Explained:
        at = self._moments.get(name)
        if at is None:
            return Explained(name, None, on_path=False, why=self._unreached(name))
        # In a loop it may end earlier, as its own round is not always the last; but never after the run.
        ends = Fraction(at.seconds, self._solver.unit) + self._solver.costs[name].seconds
        latest = min(ends, Fraction(self._longest.seconds, self._solver.unit))
        on_path = name in self._on_path
        why = "on the longest path" if on_path else self._beside(name)
        return Explained(name, latest, on_path, why, tuple(self._counts(name)))

    def _unreached(self, name: str) -> str:
        uncut = [(edge.start, edge.to) for edge in self._solver.uncut]
        after = [one for one in sorted(self._solver.until & self._solver.names) if name in reached(one, uncut)]
        return f"after {', '.join(after)}" if after else "not reached"

    def _beside(self, name: str) -> str:
        """Why a state is not on the longest path."""

        def bound(units: int) -> int:
            return self._bound(longer={name: units})

        slack = _slack(bound, self._longest.seconds, FAR * self._longest.seconds + self._solver.unit)
        ahead = reached(name, self._edges)
        if slack is None:
            clocks = sorted({clock for choice in ahead & self._closing.keys() for clock in self._closing[choice]})
            return f"overtaken by clock {', '.join(clocks)}" if clocks else "not reached: no loop is passed so often"
        said = f"slack {self._says(slack)}"
        overtaking = [
            clock
            for row in self._longest.rows()
            for clock in self._closing.get(row.state, ())
            if row.state in ahead and _until(row, clock)
        ]
        if overtaking:
            return f"overtaken by clock {', '.join(overtaking)} ({said})"
        if name + OVER in self._moments:
            return f"another end is later ({said})"
        return f"a longer way leads to the same place ({said})"

    def _bound(self, *, longer: Mapping[str, int] | None = None, more: Mapping[str, int] | None = None) -> int:
        return max(at.seconds for at in self._solver.ends(longer=longer, more=more).values())

    def _counts(self, name: str) -> Iterator[str]:
        machine = self._solver.machine
        for index, choice in enumerate(machine.states[name].get("Choices", ())):
            for way in _compared(choice):
                changed = deepcopy(machine.states[name])
                test = changed["Choices"][index]
                for key in way[:-1]:
                    test = test[key]
                said = f"{test.get('Variable')} {number(Fraction(str(test[way[-1]])))}"
                test[way[-1]] += 1
                yield f"{said}: {self._with(name, changed, path(str(test.get('Variable'))))}"

    def _with(self, name: str, changed: State, counter: str) -> str:
        """What another number in a Choice changes."""
        solver = self._solver.instead(name, changed)
        try:
            more = max((at.seconds for at in solver.ends().values()), default=0) - self._longest.seconds
        except UnboundError:
            return "one more leaves a loop without a bound"
        if more:
            return f"one more, and the bound {'rises' if more > 0 else 'falls'} by {self._says(abs(more))}"
        return f"one more changes nothing: {self._repeated(counter)}"

    def _one_more(self, counter: str) -> str:
        """Why one repetition more that a counter allows changes nothing."""
        if counter not in self._raised:
            return "nothing raises it"

        def bound(times: int) -> int:
            return self._bound(more={counter: times})

        if bound(1) > self._longest.seconds:
            return "another comparison decides how often"
        slack = _slack(bound, self._longest.seconds, MOST)
        if slack is not None:
            return f"a longer way leads to the same place (slack {slack} repetitions)"
        every = sorted({clock for found in self._closing.values() for clock in found})
        clocks = [clock for clock in every if any(_until(row, clock) for row in self._longest.rows())] or every
        return f"overtaken by clock {', '.join(clocks)}" if clocks else "it counts no loop that takes time"

    def _says(self, units: int) -> str:
        return says(Fraction(units, self._solver.unit))

    def _inside(self, name: str, outer: Explained) -> Iterator[Explained]:
        """The states of the machines in a state: in its last try, or the last of a Map's rounds."""
        inner = self._solver.inner.get(name, [])
        if outer.latest is None or not inner:
            yield from self._left_out(name, outer)
            return
        failing = [one.seconds for one, _ in inner if one.fails]
        once = min(failing) if failing else max(one.seconds for one, _ in inner)
        deciding = next(one for one, _ in inner if one.seconds == once and (one.fails or not failing))
        for one, solver in inner:
            if solver is None:
                continue
            ends = solver.ends()
            for found in explain(solver, max(ends.values(), key=lambda at: at.seconds)):
                latest = None if found.latest is None else outer.latest - once + min(found.latest, once)
                if one is deciding:
                    on_path, why = found.on_path and outer.on_path, found.why
                    why = f"{name} is not on the longest path: {outer.why}" if found.on_path and not on_path else why
                else:
                    on_path, why = False, f"{deciding.where} decides: {says(once)}, not {says(one.seconds)}"
                yield Explained(found.state, latest, on_path, why if latest is not None else found.why, found.counts)

    def _left_out(self, name: str, outer: Explained) -> Iterator[Explained]:
        for inner in self._solver.names_inside(name):
            yield Explained(inner, None, on_path=False, why=outer.why)


def _until(row: Row, clock: str) -> bool:
    """Whether a part of the path lasts until a clock says so."""
    return row.why.startswith(f"until {clock},")


def _compared(rule: Mapping[str, Any]) -> Iterator[tuple[str | int, ...]]:
    """Where in a rule a number stands that another one is compared with."""
    for key, one in rule.items():
        if key.startswith("Numeric") and quantity(one) is not None:
            yield (key,)
        elif key == "Not":
            yield from ((key, *way) for way in _compared(one))
        elif key in ("And", "Or"):
            yield from ((key, index, *way) for index, part in enumerate(one) for way in _compared(part))


def _slack(bound: Callable[[int], int], least: int, far: int) -> int | None:
    """The most that changes nothing; None where not even `far` does. The bound never falls."""
    last = bound(far)
    if last == least:
        return None
    low, high = 0, far
    # Mostly the bound stays the same, and then rises in a straight line: where that begins is tried first.
    rise = bound(2 * far) - last
    if rise > 0:
        guess = far - (last - least) * far // rise
        if 0 <= guess < far:
            if bound(guess) == least:
                low = guess
                if bound(guess + 1) > least:
                    return guess
            else:
                high = guess
    while high - low > 1:
        middle = (low + high) // 2
        if bound(middle) == least:
            low = middle
        else:
            high = middle
    return low
