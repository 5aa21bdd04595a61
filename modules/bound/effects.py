"""What a way out of a state does to a value in the run's document: it keeps, sets, raises, stamps or loses it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from modules.bound.conditions import path
from modules.bound.machine import JSONATA
from modules.bound.rows import quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from modules.bound.machine import Edge, Machine, State

ADD = re.compile(r"States\.MathAdd\(\s*(?:(\$[^,\s]*)\s*,\s*(-?\d+)|(-?\d+)\s*,\s*(\$[^,\s)]*))\s*\)")
JSONATA_NUMBER = re.compile(r"\{%\s*(-?\d+(?:\.\d+)?)\s*%\}")
WRITING = ("Pass", "Task", "Parallel", "Map")
"""The states that put a result into the document."""
ENTERED = "$$.State.EnteredTime"
JSONATA_ADD = re.compile(r"\{%\s*(\$\w+)\s*([+-])\s*(\d+(?:\.\d+)?)\s*%\}")


@dataclass(frozen=True, slots=True)
class Keeps:
    """It stays as it is."""


@dataclass(frozen=True, slots=True)
class Sets:
    """It is this number from then on."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Raises:
    """It is more by this, or less where this is below zero."""

    by: Fraction


@dataclass(frozen=True, slots=True)
class Stamps:
    """It is the moment at which the state was entered."""


@dataclass(frozen=True, slots=True)
class Loses:
    """It may be anything from then on."""


Effect = Keeps | Sets | Raises | Stamps | Loses


def raised(machine: Machine) -> frozenset[str]:
    """Every number that some state adds a constant to, and that has a name of its own: no element of a list."""
    found = {counter for state in machine.states.values() for counter in _added(state)}
    return frozenset(counter for counter in found if "[" not in counter)


def effects(machine: Machine, edges: Iterable[Edge], value: str) -> dict[Edge, Effect]:
    """Of the ways that do not keep a value, `$.a.b` in the document or a variable, `$a`."""
    wanted = _keys(value) if value.startswith("$.") else None
    found: dict[Edge, Effect] = {}
    for edge in edges:
        if wanted is None or _touches(machine, edge, wanted):
            done = _effect(machine, edge, value)
            if not isinstance(done, Keeps):
                found[edge] = done
    return found


def _touches(machine: Machine, edge: Edge, wanted: tuple[str, ...]) -> bool:
    """Whether it may change what stands there: most ways put their result elsewhere, which is quickly seen."""
    state = machine.states[edge.start]
    where = state if edge.catcher is None else state["Catch"][edge.catcher]
    if machine.speaks(edge.start) == JSONATA or "OutputPath" in state or "InputPath" in state:
        return True
    if edge.catcher is None and state["Type"] not in WRITING:
        return False
    place = where.get("ResultPath", "$")
    if place is None:
        return False
    result = _keys(str(place))
    return all(one == other for one, other in zip(result, wanted, strict=False))


def _effect(machine: Machine, edge: Edge, counter: str) -> Effect:
    state = machine.states[edge.start]
    jsonata = machine.speaks(edge.start) == JSONATA
    if not counter.startswith("$."):
        return _assigned(_assigning(state, edge), counter, jsonata=jsonata)
    if jsonata:
        return _by_output(state, edge)
    if edge.catcher is not None:
        return _placed(state["Catch"][edge.catcher], counter, None)
    if state["Type"] == "Pass":
        return _filtered(state, _placed(state, counter, state))
    if state["Type"] in WRITING:
        return _filtered(state, _placed(state, counter, None))
    return _filtered(state, Loses() if state.get("InputPath", "$") != "$" else Keeps())


def _added(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for one in cast("State", value).values():
            yield from _added(one)
    elif isinstance(value, list):
        for one in cast("list[Any]", value):
            yield from _added(one)
    elif isinstance(value, str):
        yield from (found[0] for found in [_sum(value)] if found)


def _sum(expression: str) -> tuple[str, Fraction] | None:
    """The number that a constant is added to, and the constant."""
    if "MathAdd" not in expression and "{%" not in expression:
        return None
    found = ADD.fullmatch(expression.strip())
    if found:
        return path(found[1] or found[4]), Fraction(found[2] or found[3])
    found = JSONATA_ADD.fullmatch(expression.strip())
    return (found[1], Fraction(found[2] + found[3])) if found else None


def _assigning(state: State, edge: Edge) -> State:
    """What sets variables on this way."""
    if edge.catcher is not None:
        return state["Catch"][edge.catcher].get("Assign", {})
    if edge.rule is not None:
        return state["Choices"][edge.rule].get("Assign", {})
    return state.get("Assign", {})


def _assigned(assign: State, counter: str, *, jsonata: bool) -> Effect:
    name = counter[1:]
    if name not in assign and f"{name}.$" not in assign:
        return Keeps()
    given = assign.get(name)
    if not jsonata or not isinstance(given, str):
        return _evaluated(assign, (name,), counter, "$")
    constant = JSONATA_NUMBER.fullmatch(given.strip())
    added = _sum(given)
    if constant:
        return Sets(Fraction(constant[1]))
    return Raises(added[1]) if added and added[0] == counter else Loses()


def _by_output(state: State, edge: Edge) -> Effect:
    """JSONata: a state hands on its result, or what Output makes; only Pass, Wait and Choice hand on what they got."""
    if edge.catcher is not None or "Output" in state or state["Type"] in ("Task", "Parallel", "Map"):
        return Loses()
    rules = state.get("Choices", [])
    return Loses() if edge.rule is not None and "Output" in rules[edge.rule] else Keeps()


def _filtered(state: State, result: Effect) -> Effect:
    return result if state.get("OutputPath", "$") == "$" else Loses()


def _placed(where: State, counter: str, made_by: State | None) -> Effect:
    """A result that is put at ResultPath. `made_by`: the Pass state that it can be read off from."""
    place = where.get("ResultPath", "$")
    if place is None:
        return Keeps()
    result, wanted = _keys(str(place)), _keys(counter)
    if result == wanted[: len(result)]:
        return _made(made_by, wanted[len(result) :], counter) if made_by is not None else Loses()
    return Loses() if result[: len(wanted)] == wanted else Keeps()


def _made(state: State, keys: Sequence[str], counter: str) -> Effect:
    """By a Pass state."""
    base = state.get("InputPath", "$")
    if "Parameters" in state:
        return _evaluated(state["Parameters"], keys, counter, base)
    if "Result" in state:
        return _literal(state["Result"], keys)
    return _read(base, keys, counter)


def _literal(value: Any, keys: Sequence[str]) -> Effect:
    for key in keys:
        value = cast("State", value).get(key) if isinstance(value, dict) else None
    number = quantity(value)
    return Loses() if number is None else Sets(number)


def _evaluated(template: Any, keys: Sequence[str], counter: str, base: object) -> Effect:
    """What a payload template puts at a place."""
    if not keys:
        return _literal(template, ())
    if not isinstance(template, dict):
        return Loses()
    fields, first, rest = cast("State", template), keys[0], keys[1:]
    if first in fields:
        return _evaluated(fields[first], rest, counter, base)
    expression = fields.get(f"{first}.$")
    return _expressed(expression, rest, counter, base) if isinstance(expression, str) else Loses()


def _expressed(expression: str, keys: Sequence[str], counter: str, base: object) -> Effect:
    """By a path or an intrinsic function."""
    added = _sum(expression)
    if expression == ENTERED and not keys:
        return Stamps()
    if added:
        return Raises(added[1]) if not keys and base == "$" and added[0] == counter else Loses()
    whole = expression == "$" or expression.startswith("$.")
    return _read(f"{base}{expression[1:]}" if whole else expression, keys, counter)


def _read(source: object, keys: Sequence[str], counter: str) -> Effect:
    """It is copied from another place, or from its own."""
    same = isinstance(source, str) and ".".join((path(source), *keys)) == counter
    return Keeps() if same else Loses()


@cache
def _keys(reference: str) -> tuple[str, ...]:
    return tuple(path(reference).split(".")[1:])
