"""The rules of a Choice state, as closures."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from simulator.moments import seconds
from simulator.paths import Context, Doc, present, reader

if TYPE_CHECKING:
    from simulator.paths import Reader

Condition = Callable[[Doc, Context], bool]
Compare = Callable[[Any, Any], bool]
_WAYS: Mapping[str, Compare] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_KINDS: Mapping[str, tuple[type, ...]] = {"String": (str,), "Numeric": (int, float), "Boolean": (bool,)}


def condition(state: str, body: Mapping[str, Any]) -> Condition:
    """Raises ValueError for what the interpreter does not know."""
    if "And" in body:
        parts = tuple(condition(state, one) for one in body["And"])
        return _both(*parts) if len(parts) == 2 else lambda doc, context: all(one(doc, context) for one in parts)  # noqa: PLR2004
    if "Or" in body:
        parts = tuple(condition(state, one) for one in body["Or"])
        return lambda doc, context: any(one(doc, context) for one in parts)
    if "Not" in body:
        inner = condition(state, body["Not"])
        return lambda doc, context: not inner(doc, context)
    [(name, wanted)] = [(name, value) for name, value in body.items() if name not in ("Variable", "Next", "Comment")]
    if name == "IsPresent":
        there = present(body["Variable"])
        return lambda doc, context: there(doc, context) is wanted
    return _comparison(state, name, reader(body["Variable"]), wanted)


def _both(one: Condition, other: Condition) -> Condition:
    return lambda doc, context: one(doc, context) and other(doc, context)


def _comparison(state: str, name: str, read: Reader, wanted: Any) -> Condition:
    by_path = name.endswith("Path")
    kind, compare = _parsed(state, name.removesuffix("Path"))
    other: Reader = reader(wanted) if by_path else lambda _doc, _context: wanted
    if kind == "Timestamp":
        return lambda doc, context: compare(_moment(read(doc, context)), _moment(other(doc, context)))
    types = _KINDS[kind]
    if name == "StringEquals":
        return lambda doc, context: read(doc, context) == wanted

    def holds(doc: Doc, context: Context) -> bool:
        # A value of another type than the operator's is no match ("Choice", comparison operators).
        found, against = read(doc, context), other(doc, context)
        return isinstance(found, types) and isinstance(against, types) and compare(found, against)

    return holds


def _parsed(state: str, name: str) -> tuple[str, Compare]:
    for kind in (*_KINDS, "Timestamp"):
        compare = _WAYS.get(name.removeprefix(kind))
        if name.startswith(kind) and compare is not None:
            return kind, compare
    raise ValueError(f"{state}: no interpreter for the comparison {name}")


def _moment(value: Any) -> float:
    """Of a timestamp. What is none compares with nothing."""
    try:
        return seconds(value)
    except (ValueError, TypeError):
        return float("nan")
