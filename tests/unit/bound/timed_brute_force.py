"""Every run of a small state machine whose ways depend on the time, walked second by second.

It shares no code with what it checks. A call takes anything up to its timeout: being early may be worse than being late.
The machines have a number `$.n.v`, a stamp `$.s.at`, a moment `$.p`, and a word that every Choice may find different.
"""

from __future__ import annotations

from typing import Any, NamedTuple

State = dict[str, Any]
FAR = 120
"""No machine whose runs end takes as long."""
HIGH = 9
"""No machine compares its number with one as high."""
LONG_AGO = -1000
WORDS = ("a", "b")


class EndlessError(Exception):
    """A run may go on for ever."""


class At(NamedTuple):
    """Where a run stands when a state is entered."""

    name: str
    now: int = 0
    number: int | None = None
    stamp: int | None = None
    moment: int | None = None


def latest(machine: State, since: str, seconds: int) -> int:
    """Of all runs' ends. The moment is set when `since` is first entered, to then or later. Raises EndlessError."""
    begins = [At(machine["StartAt"], stamp=stamp) for stamp in (None, LONG_AGO)]
    waiting = [one for at in begins for one in _set(at, since, seconds, begun=not since)]
    seen = set(waiting)
    last = 0
    while waiting:
        at = waiting.pop()
        for ahead in _steps(machine["States"][at.name], at):
            last = max(last, ahead.now)
            if ahead.now > FAR:
                raise EndlessError(at.name)
            for one in _set(ahead, since, seconds, begun=False) if ahead.name else ():
                if one not in seen:  # a round that takes no time, however often
                    seen.add(one)
                    waiting.append(one)
    return last


def _set(at: At, since: str, seconds: int, *, begun: bool) -> list[At]:
    if at.moment is None and (begun or at.name == since):
        return [at._replace(moment=at.now + later) for later in {0, seconds // 2, seconds}]
    return [at]


def _steps(state: State, at: At) -> list[At]:
    on = at._replace(name=state.get("Next", ""))
    match state["Type"]:
        case "Wait":
            return [on._replace(now=at.now + state["Seconds"])]
        case "Task":
            to = [on.name, *(one["Next"] for one in state.get("Catch", []))]
            return [
                at._replace(name=name, now=at.now + took) for took in range(state["TimeoutSeconds"] + 1) for name in to
            ]
        case "Pass" if state.get("ResultPath") == "$.s":
            return [on._replace(stamp=at.now)]
        case "Pass" if state.get("ResultPath") == "$.n":
            return [_numbered(state, at)]
        case "Choice":
            return [at._replace(name=_chosen(state, at, word)) for word in WORDS]
        case _:
            return [on]


def _numbered(state: State, at: At) -> At:
    number = state.get("Result", {}).get("v")
    if number is None and at.number is None:
        return at._replace(name="")  # nothing to add to: the run fails
    number = number if number is not None else min((at.number or 0) + 1, HIGH)
    return at._replace(name=state["Next"], number=number)


def _chosen(state: State, at: At, word: str) -> str:
    """None where it compares what is not there: the run fails."""
    try:
        return next((str(rule["Next"]) for rule in state["Choices"] if _holds(rule, at, word)), str(state["Default"]))
    except LookupError:
        return ""


def _holds(rule: State, at: At, word: str) -> bool:
    if "And" in rule:
        return all(_holds(one, at, word) for one in rule["And"])
    if "Or" in rule:
        return any(_holds(one, at, word) for one in rule["Or"])
    if "Not" in rule:
        return not _holds(rule["Not"], at, word)
    if "StringEquals" in rule:
        return bool(word == rule["StringEquals"])
    values = {"$.n.v": at.number, "$.s.at": at.stamp, "$.p": at.moment, "$$.State.EnteredTime": at.now}
    [name] = [name for name in rule if name.startswith(("Numeric", "Timestamp"))]
    one = values[rule["Variable"]]
    other = values[rule[name]] if isinstance(rule[name], str) else rule[name]
    if one is None or other is None:
        raise LookupError(rule["Variable"])
    short = name.removeprefix("Numeric").removeprefix("Timestamp").removesuffix("Path")
    return bool(
        {
            "LessThan": one < other,
            "LessThanEquals": one <= other,
            "GreaterThan": one > other,
            "GreaterThanEquals": one >= other,
            "Equals": one == other,
        }[short]
    )
