"""How a node of a graph is reached at the latest, where there are no loops. Times are whole multiples of a unit."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modules.bound.machine import Edge
    from modules.bound.rows import Row


class Part(Protocol):
    """What the time of a way is made of. It is only asked of the longest."""

    def rows(self) -> tuple[Row, ...]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """From a node to another, and what it costs. `edge`: of the machine, where it is one."""

    start: str
    to: str
    seconds: int
    part: Part
    edge: Edge | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """How a node is reached at the latest."""

    seconds: int = 0
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
        return tuple(row for way in self.ways() for row in way.part.rows())


def later(found: dict[str, Reached], node: str, reached: Reached) -> None:
    """Put down how a node is reached, unless it is known to be reached as late already."""
    known = found.get(node)
    if known is None or known.seconds < reached.seconds:
        found[node] = reached


class Flat:
    """Ways without loops."""

    def __init__(self, ways: Iterable[Way]) -> None:
        self.leaving: dict[str, list[Way]] = {}
        self.leading: dict[str, list[Way]] = {}
        before: dict[str, list[str]] = {}
        for way in ways:
            self.leaving.setdefault(way.start, []).append(way)
            self.leading.setdefault(way.to, []).append(way)
            before.setdefault(way.to, []).append(way.start)
        self.order = list(TopologicalSorter(before).static_order())

    def latest(self, starts: Mapping[str, Reached]) -> dict[str, Reached]:
        """Every node that these lead to."""
        found = dict(starts)
        for name in self.order:
            at = found.get(name)
            if at is not None:
                for way in self.leaving.get(name, ()):
                    seconds = at.seconds + way.seconds
                    known = found.get(way.to)
                    if known is None or known.seconds < seconds:
                        found[way.to] = Reached(seconds, way, at)
        return found
