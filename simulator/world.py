"""One world: what is true at a moment of virtual time, and what is going to happen.

Everything in it is a value or a shallow container of values, so that a world can be forked at any event for the price
of a few copied dictionaries: worlds that differ in their last fault share their common beginning. Handlers are plain
functions that run to their end; each call that one makes of a service costs virtual time, in which other events
happen. So a function that hangs, or goes on after its state gave up, needs no thread: the others run inside its wait.
"""

from __future__ import annotations

import heapq
from copy import copy
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from simulator.site import START

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.core.lease import Lease
    from simulator.fleet import Fleets
    from simulator.paths import Doc
    from simulator.site import Site

CALL_SECONDS = 0.02
"""What one call of a service takes: tens of milliseconds (CloudWatch guide publishes no figure; measured in drills)."""
PERIODIC = ("minute", "evaluate", "watchdog")

Event = tuple[float, int, str, tuple[Any, ...]]
Past = tuple[float, "Mapping[str, int]", "Fleets"]


@dataclass(slots=True)
class Execution:
    """One run of the state machine."""

    name: str
    kind: str
    doc: Doc
    state: str
    started: float
    entered: float
    status: str = "RUNNING"
    token: int = 0
    """Grows with each step: what was scheduled for an earlier one is out of date."""
    attempts: tuple[int, ...] = ()
    """Of the state's retriers."""
    ended: float = 0.0
    error: str = ""


@dataclass(slots=True)
class Minute:
    """What was measured of one minute, and when CloudWatch shows it."""

    at: float
    published: float
    requests: Mapping[str, float]
    errors: Mapping[str, float]
    unhealthy: Mapping[str, int]
    bad: bool
    """Anything was."""


@dataclass(slots=True)
class Told:
    at: float
    severity: str
    subject: str
    run: str


@dataclass(slots=True)
class Episode:
    """Requests were answered badly, from a moment to another; `over` is when the promise was kept."""

    since: float
    ended: float | None = None
    paged: float | None = None


@dataclass(slots=True)
class Invocation:
    """A function at work. It is gone before a world is forked."""

    function: str
    run: str
    epoch: int
    started: float
    limit: float
    step: str = ""
    fault: str = ""
    skew: float = 0.0
    calls: int = 0
    writes: int = 0
    dead: str = ""


@dataclass(slots=True)
class World:  # one object, as a fork copies it whole
    site: Site
    now: float = START
    sequence: int = 0
    heap: list[Event] = field(default_factory=list["Event"])
    pending: int = 0
    """Events to come that are not periodic."""
    depth: int = 0
    """Of waits inside one another."""
    invocation: Invocation | None = None
    # Services
    table: dict[tuple[str, str], Doc] = field(default_factory=dict[tuple[str, str], "Doc"])
    objects: dict[str, str] = field(default_factory=dict[str, str])
    rule: Mapping[str, int] = field(default_factory=dict[str, int])
    flip: str = ""
    fleets: Fleets = field(default_factory=dict[str, Any])
    past: tuple[Past, ...] = ()
    nodes: tuple[tuple[int, Mapping[str, int]], ...] = ()
    """What each node of the load balancer obeys: the number of the move, and its weights."""
    moves: int = 0
    runs: dict[str, Execution] = field(default_factory=dict[str, "Execution"])
    inputs: dict[str, str] = field(default_factory=dict[str, str])
    told: list[Told] = field(default_factory=list["Told"])
    outbox: list[str] = field(default_factory=list[str])
    dead_letters: list[tuple[str, Doc]] = field(default_factory=list[tuple[str, "Doc"]])
    events: list[tuple[str, Doc]] = field(default_factory=list[tuple[str, "Doc"]])
    """Events that were delivered: each may come again."""
    answers: list[Doc] = field(default_factory=list["Doc"])
    # Traffic
    minutes: list[Minute] = field(default_factory=list["Minute"])
    alarms: dict[str, tuple[str, float, str]] = field(default_factory=dict[str, tuple[str, float, str]])
    load: float = 1200.0
    """Requests a minute."""
    bad: frozenset[int] = frozenset()
    """The releases that answer badly."""
    dependency: bool = False
    """What every release needs is out of order."""
    measured: float = START
    share: Mapping[str, float] = field(default_factory=dict[str, float])
    sick: Mapping[str, bool] = field(default_factory=dict[str, bool])
    sums: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    """Seconds of share since the minute began: blue's, of it bad, green's, of it bad."""
    # The world's own laws
    obey_after: tuple[float, float] = (2.0, 9.0)
    metric_delay: float = 60.0
    boots_slower: float = 1.0
    lag: float = 0.0
    lag_until: float = 0.0
    short_until: float = 0.0
    outages: dict[str, float] = field(default_factory=dict[str, float])
    ticks_lost: int = 0
    # Faults to come, and the places that were passed
    by_hand: bool = False
    """A person moved traffic: what is served since is theirs to answer for."""
    plan: dict[str, str] = field(default_factory=dict[str, str])
    done: dict[str, str] = field(default_factory=dict[str, str])
    visits: dict[str, int] = field(default_factory=dict[str, int])
    # What was seen
    violations: list[str] = field(default_factory=list[str])
    episodes: list[Episode] = field(default_factory=list["Episode"])
    held: tuple[Lease | None, float] = (None, 0.0)
    still: int = 0
    """How many looks of the watchdog in a row found nothing."""
    story: list[str] | None = None
    steps: int = 0

    def fork(self) -> World:
        """Another world that has the same past."""
        other = World.__new__(World)
        for name, value in zip(_FIELDS, _VALUES(self), strict=True):
            setattr(other, name, value)
        for name in _LISTS:
            setattr(other, name, list(getattr(self, name)))
        for name in _DICTS:
            setattr(other, name, dict(getattr(self, name)))
        other.runs = {name: copy(one) if one.status == "RUNNING" else one for name, one in self.runs.items()}
        other.episodes = [Episode(one.since, one.ended, one.paged) for one in self.episodes]
        other.story = None if self.story is None else list(self.story)
        return other

    # Time

    def push(self, seconds: float, kind: str, *args: Any) -> None:
        """Something happens so many seconds from now."""
        self.sequence += 1
        if kind not in PERIODIC:
            self.pending += 1
        heapq.heappush(self.heap, (self.now + seconds, self.sequence, kind, args))

    def pop(self) -> Event:
        event = heapq.heappop(self.heap)
        if event[2] not in PERIODIC:
            self.pending -= 1
        # Not max(): this is asked for every event.
        if event[0] > self.now:  # noqa: PLR1730
            self.now = event[0]
        return event

    def shift(self, kind: str, seconds: float) -> None:
        """What is to come of a kind comes so much later."""
        self.heap = [(at + seconds * (what == kind), number, what, args) for at, number, what, args in self.heap]
        heapq.heapify(self.heap)

    def tells(self, text: str) -> None:
        """For who replays this world."""
        if self.story is not None:
            self.story.append(f"{self.now - START:8.1f}  {text}")

    def violates(self, invariant: int, text: str) -> None:
        self.tells(f"VIOLATES {invariant}: {text}")
        self.violations.append(f"{invariant}: {text}")

    # Truth

    def remember(self) -> None:
        """Keep what Describe calls may still show for some seconds."""
        self.past = (*self.past[-7:], (self.now, self.rule, self.fleets))

    def seen_rule(self) -> Mapping[str, int]:
        return self.rule if self.now >= self.lag_until else self._before()[1]

    def seen_fleets(self) -> Fleets:
        return self.fleets if self.now >= self.lag_until else self._before()[2]

    def _before(self) -> Past:
        at = self.now - self.lag
        return next((one for one in reversed(self.past) if one[0] <= at), self.past[0])


_FIELDS = tuple(one.name for one in fields(World))
_VALUES = attrgetter(*_FIELDS)
_LISTS = ("heap", "told", "outbox", "dead_letters", "events", "answers", "minutes", "violations")
_DICTS = ("table", "objects", "inputs", "alarms", "outages", "plan", "done", "visits")


class Killed(BaseException):
    """The function's process is gone. No handler can catch it."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error
