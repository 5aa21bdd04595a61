"""A definition in Amazon States Language (https://states-language.net/spec.html), checked where a bound needs it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from modules.bound.conditions import assuming, closed, rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modules.bound.conditions import Rule

State = dict[str, Any]
TYPES = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
ENDINGS = ("Succeed", "Fail")
JSONATA = "JSONata"
LISTS = {"Choices", "Catch", "Retry", "Branches", "And", "Or"}
OBJECTS = {"ItemReader", "ReaderConfig", "ItemProcessor", "Iterator", "ProcessorConfig", "Assign", "Not"}
OVER = "\0over"
"""Behind a state that ends the machine: its name with this is the node that its time leads to."""


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """A way from a state to the one that may follow."""

    start: str
    to: str
    rule: int | None = None
    """Which of a Choice's rules leads here; None: its default, or no Choice."""
    catcher: int | None = None
    """Which of the state's catchers leads here."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A state machine, or a branch of a Parallel state, or what a Map state does with an item."""

    start: str
    states: Mapping[str, State]
    language: str
    timeout: object = None
    """The machine's own TimeoutSeconds, as it is written."""
    rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict[str, "tuple[Rule, ...]"])
    """Of each Choice state."""

    def speaks(self, name: str) -> str:
        """The query language of a state."""
        return str(self.states[name].get("QueryLanguage", self.language))


def edges(machine: Machine, given: Mapping[str, str | bool], *, caught: bool) -> Iterator[Edge]:
    """Every way between two states, and behind each one that ends the machine.

    But for those that what is given closes, and where nothing is caught, those of errors.
    """
    tells = assuming(given)
    for name, state in machine.states.items():
        choices = machine.rules.get(name, ())
        for index in range(len(choices)):
            if not closed(choices, index, tells):
                yield Edge(name, state["Choices"][index]["Next"], rule=index)
        for index, catcher in enumerate(state.get("Catch", ()) if caught else ()):
            yield Edge(name, catcher["Next"], catcher=index)
        otherwise = state["Type"] == "Choice" and not closed(choices, None, tells)
        for key in ("Next", "Default"):
            if key in state and (key == "Next" or otherwise):
                yield Edge(name, state[key])
        # A Choice none of whose rules holds, and that has no default, fails: States.NoChoiceMatched.
        fails = otherwise and "Default" not in state
        if state["Type"] in ENDINGS or state.get("End") is True or fails:
            yield Edge(name, name + OVER)


def read(document: object, *, language: str = "JSONPath", where: str = "") -> tuple[Machine | None, list[str]]:
    """The machine, and what is wrong with it; a machine only where nothing is."""
    prefix = f"{where}: " if where else ""
    if not isinstance(document, dict):
        return None, [f"{prefix}not a JSON object: a state machine is one, with StartAt and States"]
    fields = cast("State", document)
    states = fields.get("States")
    if not isinstance(states, dict) or not states:
        return None, [f"{prefix}no States: a state machine is an object with StartAt and States"]
    named = cast("dict[str, State]", states)
    language = str(fields.get("QueryLanguage", language))
    problems = [f"{prefix}{problem}" for problem in _problems(fields.get("StartAt"), named)]
    problems += [found for name, state in named.items() for found in _inner_problems(name, state, language)]
    if problems:
        return None, problems
    choices = {name: rules(state["Choices"]) for name, state in named.items() if state["Type"] == "Choice"}
    return Machine(fields["StartAt"], named, language, fields.get("TimeoutSeconds"), choices), []


def inside(name: str, state: State) -> list[tuple[str, object]]:
    """The machines in a state, each with the words for where it stands."""
    if state.get("Type") == "Parallel":
        branches = state.get("Branches")
        given = cast("list[object]", branches) if isinstance(branches, list) else []
        return [(f"{name}, branch {number}", branch) for number, branch in enumerate(given, start=1)]
    if state.get("Type") == "Map":
        processor = state.get("ItemProcessor", state.get("Iterator"))
        return [(f"{name}, an item", processor)] if processor else []
    return []


def every(document: object) -> Iterator[str]:
    """The name of each state, those of the machines in states included."""
    found, _ = read(document)
    for name, state in found.states.items() if found else ():
        yield name
        for _, inner in inside(name, state):
            yield from every(inner)


def _inner_problems(name: str, state: object, language: str) -> Iterator[str]:
    if isinstance(state, dict):
        fields = cast("State", state)
        for where, inner in inside(name, fields):
            yield from read(inner, language=str(fields.get("QueryLanguage", language)), where=where)[1]


def _problems(start: object, states: Mapping[str, State]) -> Iterator[str]:
    if start is None:
        yield "no StartAt: it names the first state"
    elif not isinstance(start, str) or start not in states:
        yield f"StartAt: {start!r} is no state; there are {', '.join(states)}"
    for name, state in states.items():
        if not isinstance(cast("object", state), dict):
            yield f"{name}: not a JSON object"
        elif state.get("Type") not in TYPES:
            yield f"{name}: Type {state.get('Type')!r} is none of {', '.join(TYPES)}"
        else:
            yield from (f"{name}: {problem}" for problem in _state_problems(state, states))


def _state_problems(state: State, states: Mapping[str, State]) -> Iterator[str]:
    kind = state["Type"]
    shapes = list(_shape_problems(state))
    if shapes:
        yield from shapes
        return
    if kind == "Choice" and not state.get("Choices"):
        yield "a Choice needs Choices"
    if kind == "Parallel" and not state.get("Branches"):
        yield "a Parallel needs Branches"
    if kind == "Map" and not state.get("ItemProcessor", state.get("Iterator")):
        yield "a Map needs an ItemProcessor"
    if kind not in (*ENDINGS, "Choice") and ("Next" in state) == (state.get("End") is True):
        yield 'either Next or "End": true says how it goes on'
    for where, to in _destinations(state):
        if not isinstance(to, str) or to not in states:
            yield f"{where}: {to!r} is no state" if to is not None else f"{where} is missing"


def _shape_problems(fields: State) -> Iterator[str]:
    """What is no list or no object where it has to be one, however deep."""
    for key in LISTS & fields.keys():
        given = fields[key]
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in cast("list[object]", given)):
            yield f"{key} has to be a list of objects"
        elif key != "Branches":  # a machine each, read on its own
            for one in cast("list[State]", given):
                yield from _shape_problems(one)
    for key in OBJECTS & fields.keys():
        if not isinstance(fields[key], dict):
            yield f"{key} has to be an object"
        elif key not in ("ItemProcessor", "Iterator", "Assign"):
            yield from _shape_problems(fields[key])
    errors = fields.get("ErrorEquals", [])
    if not isinstance(errors, list) or not all(isinstance(one, str) for one in cast("list[object]", errors)):
        yield "ErrorEquals has to be a list of names"


def _destinations(state: State) -> Iterator[tuple[str, object]]:
    for key in ("Next", "Default"):
        if key in state:
            yield key, state[key]
    for key in ("Choices", "Catch"):
        for index, one in enumerate(cast("list[State]", state.get(key, []))):
            yield f"{key}[{index}].Next", one.get("Next")
