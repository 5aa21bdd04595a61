"""How long a run can get, counted from its state machine: in events, and in seconds.

A full history ends the execution, and the quota is hard (Step Functions guide, "Service quotas" and "Avoid reaching the
history quota": https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html).
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Weigh = Callable[["State"], int]

LIMIT = 25_000
# GetExecutionHistory's event types: a state is entered and exited; a Lambda task is scheduled, started and succeeds
# between, and each further try writes three more.
ENTERED_AND_EXITED, A_TRY = 2, 3
STARTED_AND_ENDED = 2
TRIES = 2
"""A run's history fits even if every call in it has to be tried twice."""

State = dict[str, Any]


class UncountedLoopError(Exception):
    """A loop that no counter bounds; the message names its states."""


def most_events(machine: Mapping[str, Any]) -> int:
    """Of the longest way through a state machine. Raises UncountedLoopError."""
    return STARTED_AND_ENDED + _longest(machine["States"], _events)


def most_seconds(states: Mapping[str, State]) -> int:
    """The same in seconds, every call running into its timeout on every try. Raises UncountedLoopError.

    Coarser than `modules.bound`, and never below it: this one is quick enough for every synth.
    """
    return _longest(states, _seconds)


def _longest(states: Mapping[str, State], weigh: Weigh) -> int:
    """The longest way without a repetition, and every repetition.

    A repetition leads from a state that counts to where it goes on; the counter's limit stands in the choice before.

    Raises:
        UncountedLoopError: a way leads back without being counted.
    """
    most = _most(states, weigh)
    repeated: dict[str, int] = {}
    for name, state in states.items():
        counter = _counter(state)
        if counter:
            again = most[name] - most[state["Next"]] + weigh(states[state["Next"]])
            repeated[counter] = max(repeated.get(counter, 0), again)
    limits = _limits(states)
    return max(most.values()) + sum(limits[counter] * size for counter, size in repeated.items())


def leads_to(state: State) -> Iterator[str]:
    """Every state that may follow."""
    yield from (state[key] for key in ("Next", "Default") if key in state)
    yield from (one["Next"] for key in ("Choices", "Catch") for one in state.get(key, ()))


def _most(states: Mapping[str, State], weigh: Weigh) -> dict[str, int]:
    """The weight of the longest way to each state, it included, where nothing is repeated."""
    before: dict[str, set[str]] = {name: set() for name in states}
    for name, state in states.items():
        for following in () if _counter(state) else leads_to(state):
            before[following].add(name)
    order = TopologicalSorter(before)
    try:
        names = tuple(order.static_order())
    except ValueError as error:  # CycleError is one
        raise UncountedLoopError(" → ".join(error.args[1])) from error
    most: dict[str, int] = {}
    for name in names:
        most[name] = weigh(states[name]) + max((most[one] for one in before[name]), default=0)
    return most


def _events(state: State) -> int:
    return ENTERED_AND_EXITED + (A_TRY * TRIES if state["Type"] == "Task" else 0)


def _seconds(state: State) -> int:
    if state["Type"] == "Task":
        tries: list[State] = state.get("Retry", [])
        retries = sum(int(one["MaxAttempts"]) for one in tries)
        pauses = sum(int(one["MaxAttempts"]) * int(one["MaxDelaySeconds"]) for one in tries)
        return (1 + retries) * int(state["TimeoutSeconds"]) + pauses
    return int(state["Seconds"]) if state["Type"] == "Wait" else 0


def _counter(state: State) -> str:
    """The counter that a state raises, as the path of its number; empty for any other state."""
    path = str(state.get("ResultPath") or "")
    return f"{path}.n" if state["Type"] == "Pass" and path.startswith("$.polls.") else ""


def _limits(states: Mapping[str, State]) -> dict[str, int]:
    """Counter → how often it is raised at most: kinds of runs differ in it."""
    limits: dict[str, int] = {}
    tests = (test for state in states.values() for one in state.get("Choices", ()) for test in one.get("And", ()))
    for test in tests:
        if "NumericGreaterThanEquals" in test:
            counter = str(test["Variable"])
            limits[counter] = max(limits.get(counter, 0), int(test["NumericGreaterThanEquals"]))
    return limits
