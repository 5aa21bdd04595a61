"""DynamoDB's condition and update expressions, as much of them as the control table uses, compiled once each."""

from __future__ import annotations

import operator
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Item = dict[str, Any]
_COMPARED = re.compile(r"(\S+) (=|<>|<=|<|>=|>) (:\w+)")
_EXISTS = re.compile(r"attribute_(not_)?exists\((\S+)\)")
_WAYS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MISSING = object()


def holds(text: str, item: Item | None, names: Mapping[str, str], values: Mapping[str, Any]) -> bool:
    """Whether an item fulfils a condition. A comparison with an attribute that is not there is false."""
    found = item or {}
    for negated, name, way, value in _conditions(text):
        there = found.get(names.get(name, name), _MISSING)
        if way is None:
            if (there is _MISSING) is not negated:
                return False
        elif there is _MISSING or not way(there, values[value]):
            return False
    return True


def updated(text: str, item: Item, names: Mapping[str, str], values: Mapping[str, Any]) -> Item:
    """The item after an update. Raises KeyError where the way to an attribute is not there, as DynamoDB refuses it."""
    result = dict(item)
    for action, within, name, value in _updates(text):
        key = names.get(name, name)
        if within:
            outer = names.get(within, within)
            result[outer] = inner = dict(result[outer])
        else:
            inner = result
        if action == "SET":
            inner[key] = values[value]
        elif action == "ADD":
            inner[key] = inner.get(key, 0) + values[value]
        else:
            inner.pop(key, None)
    return result


@lru_cache(maxsize=256)
def _conditions(text: str) -> tuple[tuple[bool, str, Callable[[Any, Any], bool] | None, str], ...]:
    """Each part: whether it is negated, an attribute, and how it compares with which value; None: its being there."""
    parts: list[tuple[bool, str, Callable[[Any, Any], bool] | None, str]] = []
    for part in text.split(" AND "):
        compared, exists = _COMPARED.fullmatch(part), _EXISTS.fullmatch(part)
        if compared:
            parts.append((False, compared[1], _WAYS[compared[2]], compared[3]))
        elif exists:
            parts.append((exists[1] is not None, exists[2], None, ""))
        else:
            raise ValueError(f"no interpreter for the condition {part}")
    return tuple(parts)


@lru_cache(maxsize=256)
def _updates(text: str) -> tuple[tuple[str, str, str, str], ...]:
    """Each part: action, the map that the attribute is in (or nothing), the attribute, and the value."""
    action, _, rest = text.partition(" ")
    found: list[tuple[str, str, str, str]] = []
    for part in rest.split(", "):
        words = part.split(" ")
        within, _, name = words[0].rpartition(".")
        match action, words[1:]:
            case "SET", ["=", value]:
                found.append((action, within, name, value))
            case "ADD", [value]:
                found.append((action, within, name, value))
            case "REMOVE", []:
                found.append((action, within, name, ""))
            case _:
                raise ValueError(f"no interpreter for the update {text}")
    return tuple(found)
