"""The protocol's table as what a picture shows: a path down, what leaves it, and where that leads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from recovery.core.answers import Go
from recovery.core.lease import Kind
from recovery.core.protocol import FIRST_STEP, Ending, Profile, Step, Way

if TYPE_CHECKING:
    from collections.abc import Sequence

ERROR, LATE = "error", "late"
"""What may happen to a step beside its answers: an error that is left after the retries, and the last look's `wait`."""
PAGES = ("Alert", "Escalate", "Page")
BEFORE_PROFILE = ("Acquire", "Load", "Capture")
"""Steps that every run of a kind takes alike: Capture tells which profile it is."""


class Line(StrEnum):
    """What an arrow means, and so how it looks."""

    ON = "on"
    BACK = "back"
    """It does not succeed."""
    PERSON = "person"
    """A person is paged."""
    NOTHING = "nothing"
    """It ends before anything was changed."""
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Story:
    """One picture: the path of one profile, beside those that leave some of its steps out."""

    name: str
    title: str
    kind: Kind
    path: Profile
    others: tuple[tuple[Profile, str], ...] = ()
    """A profile, and what a step that it leaves out is marked with."""


STORIES = (
    Story("release", "A release", Kind.RELEASE, Profile.RELEASE, ((Profile.FIRST, "left out by the first release"),)),
    Story("rollback", "A rollback", Kind.ROLLBACK, Profile.ROLLBACK, ((Profile.WARM, "only when cold"),)),
    Story("drill", "A drill", Kind.DRILL, Profile.DRILL),
)
OUTCOMES = {
    Kind.RELEASE: (Ending.PROMOTED, Ending.RESTORED, Ending.SETTLED, Ending.REFUSED),
    Kind.ROLLBACK: (Ending.RESTORED, Ending.UNDONE, Ending.REFUSED),
    Kind.DRILL: (Ending.READY, Ending.NOT_READY, Ending.REFUSED),
}
"""What the last step of a kind's path may end in; a test compares with what Finish decides."""


@dataclass(frozen=True, slots=True)
class Edge:
    """From a step to another, or to an ending."""

    start: str
    end: str
    line: Line


@dataclass(frozen=True, slots=True)
class Graph:
    """What is drawn of a story."""

    story: Story
    path: tuple[Step, ...]
    aside: tuple[tuple[Step, ...], ...]
    """Steps off the path, each group one after the other."""
    edges: tuple[Edge, ...]
    marks: dict[str, str]
    """Step → what it is marked with, where some runs leave it out."""


def ways(step: Step, profile: Profile) -> dict[str, str]:
    """Each answer of a step, an error and lateness too, with where it leads in a profile."""
    every: dict[str, Way | None] = {
        **{str(go): way for go, way in step.ways.items()},
        LATE: step.late,
        ERROR: step.failed,
    }
    found = {answer: _led(way, _profile(step, profile)) for answer, way in every.items() if way is not None}
    return {answer: end for answer, end in found.items() if end}


def graph(steps: Sequence[Step], story: Story) -> Graph:
    """The story's part of the table."""
    named = {step.name: step for step in steps}
    path = _path(named, story.path)
    taken = [step.name for step in path]
    aside = _aside(named, story.path, taken)
    shown = [*path, *(step for chain in aside for step in chain)]
    edges = [edge for step in shown for edge in _edges(step, story.path)]
    marks = {
        name: mark
        for profile, mark in story.others
        for name in taken
        if name not in {step.name for step in _path(named, profile)}
    }
    return Graph(story, path, aside, tuple(edges), marks)


def _path(named: dict[str, Step], profile: Profile) -> tuple[Step, ...]:
    found: list[Step] = []
    name = FIRST_STEP
    while name in named:
        found.append(named[name])
        name = ways(named[name], profile)[Go.ON]
    return tuple(found)


def _aside(named: dict[str, Step], profile: Profile, taken: Sequence[str]) -> tuple[tuple[Step, ...], ...]:
    """Each entry off the path, with what follows until the path or an ending is met."""
    chains: list[tuple[Step, ...]] = []
    seen = set(taken)
    waiting = list(taken)
    while waiting:
        for end in ways(named[waiting.pop(0)], profile).values():
            chain = _chain(named, profile, end, seen)
            if chain:
                chains.append(chain)
                waiting += [step.name for step in chain]
                seen |= {step.name for step in chain}
    return tuple(chains)


def _chain(named: dict[str, Step], profile: Profile, first: str, seen: set[str]) -> tuple[Step, ...]:
    found: list[Step] = []
    name = first
    while name in named and name not in seen:
        found.append(named[name])
        name = ways(named[name], profile)[Go.ON]
    return tuple(found)


def _edges(step: Step, profile: Profile) -> list[Edge]:
    """One a destination. What leads where `on` leads too, or to the step itself, is no arrow of its own."""
    found = ways(step, profile)
    on = found[Go.ON]
    ends: dict[str, set[str]] = {}
    for answer, end in found.items():
        if end not in (on, step.name):
            ends.setdefault(end, set()).add(answer)
    return [Edge(step.name, on, Line.ON), *(Edge(step.name, end, _line(end, of)) for end, of in ends.items())]


def _line(end: str, answers: set[str]) -> Line:
    if end in PAGES:
        return Line.PERSON
    if answers == {Go.SETTLE}:
        return Line.ON
    if Go.AGAIN in answers:
        return Line.AGAIN
    return Line.BACK if end == "Return" else Line.NOTHING


def _led(way: Way, profile: Profile) -> str | None:
    return way if isinstance(way, str) else way.get(profile)


def _profile(step: Step, profile: Profile) -> Profile:
    if step.name not in BEFORE_PROFILE:
        return profile
    narrowed = {Profile.FIRST: Profile.RELEASE, Profile.WARM: Profile.ROLLBACK}
    return narrowed.get(profile, profile)
