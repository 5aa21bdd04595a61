"""What is told of a definition beside what stands in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modules.bound.clocks import Clock


@dataclass(frozen=True, slots=True)
class Assumed:
    """All of it."""

    at_most: Mapping[str, int] = field(default_factory=dict[str, int])
    """State → the seconds of a Wait or of a Task's call, or the items of a Map."""
    clocks: Mapping[str, Clock] = field(default_factory=dict[str, "Clock"])
    """Path of a moment → how late it comes."""
    until: frozenset[str] = frozenset()
    """States at whose entry the machine is cut."""
    given: Mapping[str, str | bool] = field(default_factory=dict[str, "str | bool"])
    """Path → the value that it has wherever a Choice asks for it."""
    caught: bool = True
    """Whether an error may be left after the retries, and be caught."""

    def problems(self, every: frozenset[str], own: frozenset[str]) -> Iterator[str]:
        """What names no state: of `every` one there is, and of the machine's `own`, that stand in no other state."""
        yield from (f"--at-most {name!r}: no state has this name" for name in sorted(self.at_most.keys() - every))
        for name in sorted(self.until - own):
            inside = "stands inside of another state" if name in every else "no state has this name"
            yield f"--until {name!r}: {inside}"
        for name, clock in sorted(self.clocks.items()):
            if clock.since and clock.since not in every:
                yield f"--clock {name!r}: no state has the name {clock.since!r}"
            if clock.seconds < 0:
                yield f"--clock {name!r}: its seconds are below zero"
