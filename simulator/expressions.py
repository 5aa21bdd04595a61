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
        if value is None:
            if (there is _MISSING) is not negated:
                return False
        elif there is _MISSING or not _WAYS[way](there, values[value]):
            return False
    return True


def updated(text: str, item: Item, names: Mapping[str, str], values: Mapping[str, Any]) -> Item:
    """The item after an update. Raises KeyError where the way to an attribute is not there, as DynamoDB refuses it."""
    result = dict(item)
    for action, path, value in _updates(text):
        keys = [names.get(one, one) for one in path]
        if len(keys) > 1:
            result[keys[0]] = inner = dict(result[keys[0]])
        else:
            inner = result
        match action:
            case "SET":
                inner[keys[-1]] = values[value]
            case "ADD":
                inner[keys[-1]] = inner.get(keys[-1], 0) + values[value]
            case _:
                inner.pop(keys[-1], None)
    return result


@lru_cache(maxsize=256)
def _conditions(text: str) -> tuple[tuple[bool, str, str, str | None], ...]:
    parts: list[tuple[bool, str, str, str | None]] = []
    for part in text.split(" AND "):
        compared, exists = _COMPARED.fullmatch(part), _EXISTS.fullmatch(part)
        if compared:
            parts.append((False, compared[1], compared[2], compared[3]))
        elif exists:
            parts.append((exists[1] is not None, exists[2], "", None))
        else:
            raise ValueError(f"no interpreter for the condition {part}")
    return tuple(parts)


@lru_cache(maxsize=256)
def _updates(text: str) -> tuple[tuple[str, tuple[str, ...], str], ...]:
    action, _, rest = text.partition(" ")
    found: list[tuple[str, tuple[str, ...], str]] = []
    for part in rest.split(", "):
        words = part.split(" ")
        path = tuple(words[0].split("."))
        match action, words[1:]:
            case "SET", ["=", value]:
                found.append((action, path, value))
            case "ADD", [value]:
                found.append((action, path, value))
            case "REMOVE", []:
                found.append((action, path, ""))
            case _:
                raise ValueError(f"no interpreter for the update {text}")
    return tuple(found)
