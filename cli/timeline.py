"""A run's steps, from its execution history: when each was entered, how long it took, what it said."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from recovery.core.answers import Go
from recovery.core.protocol import Ending, table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from recovery.core.rules import Rules

# What the state machine has around a step: they are the step's own to whoever looks.
AROUND = ("?", "Pause", "Keep", "Count", "Again", "Wait", "Missed", "FailedHow", "Failed", "LateHow", "Late")
ENDED = {"ExecutionFailed": "", "ExecutionTimedOut": "timed out", "ExecutionAborted": "aborted"}
"""Events that end a run; what it is called where no state says it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One step as it went. A step that looks again and again is one entry, until another step comes between."""

    step: str
    entered: float
    """Seconds since 1970."""
    left: float | None = None
    """None while the run stands in it."""
    says: str = ""
    go: str = ""
    looks: int = 1
    joined: str = ""
    """The run that does this one's work already."""

    def seconds(self, now: float) -> float:
        """How long it took, or has taken so far."""
        return max(0.0, (now if self.left is None else self.left) - self.entered)

    def document(self, now: float) -> dict[str, Any]:
        """As JSON."""
        return {
            "step": self.step,
            "entered": self.entered,
            "seconds": round(self.seconds(now), 1),
            "done": self.left is not None,
            "looks": self.looks,
            "go": self.go,
            "says": self.says,
        }


@dataclass(frozen=True, slots=True)
class Timeline:
    """The entries in order. `ending` is empty while the run goes on; `at` is when it last moved."""

    entries: tuple[Entry, ...] = ()
    ending: str = ""
    at: float = 0.0

    @property
    def joined(self) -> str:
        """The run that this one left the work to."""
        return next((entry.joined for entry in reversed(self.entries) if entry.joined), "")

    @property
    def says(self) -> str:
        """What was said last."""
        return next((entry.says for entry in reversed(self.entries) if entry.says), "")


def steps(rules: Rules) -> frozenset[str]:
    """The names of the protocol's steps."""
    return frozenset(step.name for step in table(rules))


def step_of(state: str, names: Collection[str]) -> str | None:
    """The step that a state of the state machine belongs to, if to any."""
    if state in names:
        return state
    return next(
        (bare for end in AROUND if state.endswith(end) and (bare := state.removesuffix(end)) in names),
        None,
    )


def timeline(events: Iterable[Mapping[str, Any]], names: Collection[str]) -> Timeline:
    """Of the events of GetExecutionHistory, the oldest first."""
    entries: list[Entry] = []
    state, ending, at = "", "", 0.0
    for event in events:
        kind, at = str(event["type"]), event["timestamp"].timestamp()
        if kind.endswith("StateEntered"):
            state = str(event["stateEnteredEventDetails"]["name"])
            ending = state if state in set(Ending) else ending
            _entered(entries, state, names, at)
        elif kind in ENDED:
            ending = ending or str(event.get("executionFailedEventDetails", {}).get("error", "")) or ENDED[kind]
        elif entries and state == entries[-1].step:
            entries[-1] = _said(entries[-1], kind, event)
    if ending and entries and entries[-1].left is None:
        entries[-1] = replace(entries[-1], left=at)
    return Timeline(tuple(entries), ending, at)


def _entered(entries: list[Entry], state: str, names: Collection[str], at: float) -> None:
    step = step_of(state, names)
    current = entries[-1] if entries else None
    if current and step == current.step:
        if state == step:
            entries[-1] = replace(current, looks=current.looks + 1)
        return
    if current and current.left is None:
        entries[-1] = replace(current, left=at)
    if step is not None and state == step:
        entries.append(Entry(step, at))


def _said(entry: Entry, kind: str, event: Mapping[str, Any]) -> Entry:
    """What a function answered, or the error that its call ended with (a later try may answer still)."""
    none: Mapping[str, Any] = {}
    details: Mapping[str, Any] = next((value for name, value in event.items() if name.endswith("EventDetails")), none)
    if kind.endswith("Succeeded"):
        answer = _object(details.get("output"))
        return replace(
            entry,
            says=str(answer.get("reason", entry.says)),
            go=str(answer.get("go", "")),
            joined=str(answer.get("joined", "")) if answer.get("go") == Go.JOINED else "",
        )
    if kind.endswith(("Failed", "TimedOut")):
        cause = str(details.get("cause", ""))
        message = str(_object(cause).get("errorMessage", cause))
        return replace(entry, says=": ".join(filter(None, (str(details.get("error", kind)), message))))
    return entry


def _object(text: str | None) -> Mapping[str, Any]:
    """A JSON object, or nothing where the text is none."""
    try:
        found: Any = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType] JSON's own types
