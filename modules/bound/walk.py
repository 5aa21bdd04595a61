"""The latest moment at which each state is entered.

Loops are taken one after the other, each behind what leads to it. One that counters bound (`loops`) is left at the
latest when it was entered and as long as they let it. One whose rounds pass ways that a clock closes (`clocks`) is left
at the latest when such a way was last passed, or it was entered, and the longest that is possible without such ways. Of
all that bounds a loop, the lowest counts: each is proven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modules.bound.graph import components
from modules.bound.problems import UnboundError
from modules.bound.reached import Reached, Way, later

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modules.bound.clocks import Clocks
    from modules.bound.loops import Loops


Moments = dict[str, Reached]


class Walk:
    """Through a machine."""

    def __init__(self, loops: Loops) -> None:
        self._loops = loops

    def latest(self, sources: Mapping[str, Reached], ways: Sequence[Way], clocks: Clocks | None = None) -> Moments:
        """Each node that these lead to, with its latest moment. Raises UnboundError where nothing bounds a loop."""
        found = dict(sources)
        leaving: dict[str, list[Way]] = {}
        for way in ways:
            leaving.setdefault(way.start, []).append(way)
        problems: list[str] = []
        for loop in components(((way.start, way.to) for way in ways), found):
            entered = {name: found[name] for name in loop if name in found}
            if not entered:
                continue
            inner = [way for name in sorted(loop) for way in leaving.get(name, ()) if way.to in loop]
            if inner:
                try:
                    found |= self._through(entered, loop, inner, clocks)
                except UnboundError as error:
                    problems += error.problems
                    found |= dict.fromkeys(loop - entered.keys(), Reached())  # to find what else is wrong
            for name in sorted(loop):
                if name in found:
                    self._leave(found, name, [way for way in leaving.get(name, ()) if way.to not in loop], clocks, ways)
        if problems:
            raise UnboundError(problems)
        return found

    def _leave(
        self, found: Moments, name: str, leaving: Sequence[Way], clocks: Clocks | None, ways: Sequence[Way]
    ) -> None:
        at = found[name]
        closing: Mapping[Way, Reached] = {}
        if clocks is not None and clocks.compared(name):
            closing = clocks.passed(self, {}, leaving, ways)
        for way in leaving:
            last = closing.get(way)
            later(found, way.to, (at if last is None or last.seconds >= at.seconds else last).then(way))

    def _through(
        self, entered: Mapping[str, Reached], loop: frozenset[str], inner: Sequence[Way], clocks: Clocks | None
    ) -> Moments:
        """Each state of a loop, with the latest moment at which it is entered."""
        best: Moments | None = None
        problem: UnboundError | None = None
        try:
            best = self._counted(entered, loop, inner)
        except UnboundError as error:
            problem = error
        closing = clocks.passed(self, entered, inner, inner) if clocks is not None else {}
        # Clocks that close early first: a late one may be worse than a counter.
        for last in sorted({at.seconds for at in closing.values()}):
            cut = {way: at for way, at in closing.items() if at.seconds <= last}
            try:
                one = self._closed(entered, [way for way in inner if way not in cut], cut, best)
            except UnboundError as error:
                problem = error
                continue
            best = one if best is None else {name: earlier(best[name], one[name]) for name in best if name in one}
        if best is None:
            raise problem or UnboundError([])
        return best

    def _counted(self, entered: Mapping[str, Reached], loop: frozenset[str], inner: Sequence[Way]) -> Moments:
        found: Moments = {}
        for head in sorted(entered):
            for name, part in self._loops.around(head, loop, inner).items():
                later(found, name, entered[head].then(Way(head, name, part.seconds, part)))
        return found

    def _closed(
        self, entered: Mapping[str, Reached], rest: Sequence[Way], cut: Mapping[Way, Reached], best: Moments | None
    ) -> Moments:
        """The last of the ways that were cut was passed at its last moment, or none was."""
        sources = dict(entered)
        for way, at in cut.items():
            if best is None:
                later(sources, way.to, at.then(way))
            elif way.start in best:
                later(sources, way.to, earlier(best[way.start], at).then(way))
        return self.latest(sources, rest)


def earlier(one: Reached, other: Reached) -> Reached:
    return other if other.seconds < one.seconds else one
