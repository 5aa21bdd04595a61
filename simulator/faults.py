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
        "flies-1",
        "flies-2",
        "flies-3",
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
    "slow-boot",
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
    "record": ("lost-1", "hang", "killed"),
    "observe": ("hang", "stale", "killed", "dies-target"),
    "change": ("crash-2", "late-2", "flies-2", "twice-late", "killed"),
    "probe": ("hang", "killed"),
    "notify": ("hang", "killed"),
}
"""The kinds that pairs are made of: of those that do alike, one."""
BETWEEN_LOOKS = ("outage-dynamodb",)
"""The kind at a call between two looks, which no step of the table is."""
ASYNC = ("missed", "crash", "unheard", "hang", "twice", "twice-late", "slow-60")
"""Of an event's delivery."""
HEARD = ("crash", "unheard", "hang", "twice", "twice-late")
"""Of a request's, and of a call that Lambda has taken over."""


def function_of(program: Program, place: str) -> str:
    """Who works at a place; `async` or `ask` where an event or a request is delivered."""
    kind, _, _ = place.partition(":")
    if kind in ("async", "ask"):
        return kind
    state = program.states[_state(place)]
    return state.resource if isinstance(state, Task) else ""


def _state(place: str) -> str:
    return place.partition(":")[2].rstrip("~").partition("+")[0]


def singles(program: Program, place: str) -> tuple[str, ...]:
    """Every kind of fault that a call, or what is around it, can have."""
    function = function_of(program, place)
    if function in ("async", "ask"):
        return ASYNC if _may_miss(place) else HEARD
    return (*SINGLES.get(function, ()), *SURROUNDINGS)


def _may_miss(place: str) -> bool:
    """An alarm's event may get lost on its way; what Lambda has taken over, or somebody waits for, does not."""
    return place.startswith("async:submit")


def kills(program: Program, place: str) -> tuple[str, ...]:
    """The run itself dies: before the step, or when it is done and nothing has followed yet."""
    return ("killed", "killed-after") if function_of(program, place) in SINGLES else ()


def doubles(program: Program, place: str) -> tuple[str, ...]:
    """Those that pairs are made of."""
    function = function_of(program, place)
    if function in SINGLES:
        state = program.states[_state(place)]
        if isinstance(state, Task) and state.fixed.get("step") != _state(place):
            return BETWEEN_LOOKS
    if function == "async":
        return ("missed",) if _may_miss(place) else ("crash",)
    return DOUBLES.get(function, ())
