"""The kinds of fault, and the places that they can be at.

A place is a kind of run, a state of the machine, and which visit of it: `rollback:Shift` the first one, `~` a retry,
`+2` the third visit. The states that can have a fault are not listed anywhere: they are those that worlds come to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.asl import Program, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

SINGLES: Mapping[str, tuple[str, ...]] = {
    "record": (
        "busy",
        "lost-1",
        "lost-2",
        "crash",
        "crash-1",
        "unheard",
        "hang",
        "late-1",
        "late-2",
        "twice",
        "twice-soon",
        "twice-late",
        "skew+5",
        "skew-5",
        "outage-dynamodb",
        "outage-s3",
    ),
    "observe": ("busy", "crash", "unheard", "hang", "stale", "outage-elb", "outage-autoscaling", "outage-cloudwatch"),
    "change": (
        "busy",
        "lost-1",
        "lost-2",
        "lost-3",
        "crash",
        "crash-1",
        "crash-2",
        "unheard",
        "hang",
        "late-1",
        "late-2",
        "late-3",
        "twice",
        "twice-soon",
        "twice-late",
        "skew+5",
        "skew-5",
        "stale",
        "outage-elb",
        "outage-autoscaling",
        "slow-weights",
    ),
    "probe": ("crash", "hang"),
    "notify": ("busy", "lost-1", "lost-2", "crash", "unheard", "hang", "twice-soon", "outage-sns", "outage-sqs"),
}
SURROUNDINGS = (
    "killed",
    "killed-after",
    "dies-target",
    "dies-serving",
    "short",
    "slow-metrics",
    "ticks",
    "grows",
    "flip",
    "rollback",
    "release-4",
    "wish-stop",
    "wish-pause",
)
"""At any state."""
DOUBLES: Mapping[str, tuple[str, ...]] = {
    "record": ("lost-1", "hang", "killed", "outage-dynamodb"),
    "observe": ("hang", "stale", "killed", "dies-target"),
    "change": ("busy", "crash-2", "late-2", "twice-late", "killed"),
    "probe": ("hang", "killed"),
    "notify": ("hang", "killed"),
}
"""The kinds that pairs are made of: of those that do alike, one."""
ASYNC = ("missed", "crash", "unheard", "hang", "twice", "twice-late", "slow-60")
"""Of an event's delivery, and of a request's."""


def function_of(program: Program, place: str) -> str:
    """Who works at a place; `submit` or `notify` for an event's own."""
    kind, _, rest = place.partition(":")
    if kind in ("async", "ask"):
        return kind
    state = program.states[rest.rstrip("~").partition("+")[0]]
    return state.resource if isinstance(state, Task) else ""


def singles(function: str) -> tuple[str, ...]:
    """Every kind of fault that a function's call, or what is around it, can have."""
    if function in ("async", "ask"):
        return ASYNC if function == "async" else tuple(one for one in ASYNC if one not in ("missed", "slow-60"))
    return (*SINGLES.get(function, ()), *SURROUNDINGS)


def doubles(function: str) -> tuple[str, ...]:
    """Those that pairs are made of."""
    return ("missed",) if function == "async" else DOUBLES.get(function, ())
