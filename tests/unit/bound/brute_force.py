"""Every run of a small state machine, walked: what the bound is held against. It shares no code with what it checks.

It knows what the random machines are made of: a document of numbers beside one word, `$.x`, which every state may change.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

State = dict[str, Any]
Document = tuple[tuple[str, int], ...]
WORDS = ("a", "b", "c")
FAR = 8
"""No machine compares a number with one as large: one that gets there may go on for ever."""
ERRORS = ("X", "Y", "Other")


class EndlessError(Exception):
    """A run may go on for ever."""


def longest(machine: State, document: Document = (), words: tuple[str, ...] = WORDS) -> Fraction:
    """Of all runs. Raises EndlessError."""
    return _from(machine, machine["StartAt"], document, {}, frozenset(), words=words)


Seen = dict[tuple[str, Document], Fraction]


def _from(
    machine: State,
    name: str,
    document: Document,
    seen: Seen,
    on_way: frozenset[tuple[str, Document]],
    *,
    words: tuple[str, ...],
) -> Fraction:
    here = name, document
    if here in on_way or any(abs(value) > FAR for _, value in document):
        raise EndlessError(name)
    if here not in seen:
        state = machine["States"][name]
        longest_rest = max(
            seconds + (_from(machine, to, after, seen, on_way | {here}, words=words) if to else Fraction(0))
            for seconds, to, after in _steps(state, document, words)
        )
        seen[here] = longest_rest
    return seen[here]


def _steps(state: State, document: Document, words: tuple[str, ...]) -> list[tuple[Fraction, str, Document]]:
    """Seconds, next state (none at an end) and document, of everything that may happen in a state."""
    on = state.get("Next", "")
    match state["Type"]:
        case "Pass":
            return [(Fraction(0), on, _passed(state, document))]
        case "Wait":
            return [(Fraction(state["Seconds"]), on, document)]
        case "Choice":
            return [(Fraction(0), _chosen(state, document, word), document) for word in words]
        case "Task" | "Parallel" | "Map":
            return [(seconds, to, document) for seconds, to in _tries(state, words, (0,) * len(state.get("Retry", [])))]
        case _:
            return [(Fraction(0), "", document)]


def _tries(state: State, words: tuple[str, ...], used: tuple[int, ...]) -> list[tuple[Fraction, str]]:
    """Each try takes all its time, and ends well or in any error. `used`: how often each retrier has tried again."""
    each = _once(state, words)
    found = [(each, str(state.get("Next", "")))]
    for error in ERRORS:
        index = next((i for i, one in enumerate(state.get("Retry", [])) if _names(one, error)), None)
        if index is not None and used[index] < state["Retry"][index]["MaxAttempts"]:
            retrier = state["Retry"][index]
            delay = Fraction(retrier["IntervalSeconds"]) * Fraction(str(retrier["BackoffRate"])) ** used[index]
            delay = min(delay, Fraction(retrier.get("MaxDelaySeconds", 10**9)))
            more = (*used[:index], used[index] + 1, *used[index + 1 :])
            found += [(each + delay + seconds, to) for seconds, to in _tries(state, words, more)]
        else:
            to = next((one["Next"] for one in state.get("Catch", []) if _names(one, error)), "")
            found.append((each, to))
    return found


def _once(state: State, words: tuple[str, ...]) -> Fraction:
    if state["Type"] == "Task":
        return Fraction(state["TimeoutSeconds"])
    if state["Type"] == "Parallel":
        return max(longest(branch, words=words) for branch in state["Branches"])
    # One after the other takes the place that is free first.
    free = [Fraction(0)] * state["MaxConcurrency"]
    each = longest(state["ItemProcessor"], words=words)
    for _ in range(state["ItemReader"]["ReaderConfig"]["MaxItems"]):
        free[free.index(min(free))] += each
    return max(free)


def _names(one: State, error: str) -> bool:
    return error in one["ErrorEquals"] or "States.ALL" in one["ErrorEquals"]


def _passed(state: State, document: Document) -> Document:
    values = dict(document)
    for name in ("n", "m"):
        if state.get("ResultPath") == f"$.{name}":
            added = state.get("Parameters", {}).get("v.$")
            if added is None:
                values[name] = state["Result"]["v"]
            elif name in values:
                values[name] += int(added.rstrip(")").split(",")[1])
    return tuple(sorted(values.items()))


def _chosen(state: State, document: Document, word: str) -> str:
    values = {f"$.{name}.v": value for name, value in document}
    for rule in state["Choices"]:
        if _holds(rule, values, word):
            return str(rule["Next"])
    return str(state["Default"])


def _holds(rule: State, values: dict[str, int], word: str) -> bool:
    if "And" in rule:
        return all(_holds(one, values, word) for one in rule["And"])
    if "Or" in rule:
        return any(_holds(one, values, word) for one in rule["Or"])
    if "Not" in rule:
        return not _holds(rule["Not"], values, word)
    if "StringEquals" in rule:
        return bool(word == rule["StringEquals"])
    value = values.get(rule["Variable"])
    if value is None:
        return False
    [name] = [name for name in rule if name.startswith("Numeric")]
    limit = int(rule[name])
    held = {
        "NumericLessThan": value < limit,
        "NumericLessThanEquals": value <= limit,
        "NumericGreaterThan": value > limit,
        "NumericGreaterThanEquals": value >= limit,
        "NumericEquals": value == limit,
    }
    return held[name]
