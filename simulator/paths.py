"""Reference paths, payload templates and intrinsic functions of the States Language, as closures.

Documents are shared, never changed in place: writing copies the way to what is written, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from simulator.moments import iso

Doc = dict[str, Any]
ENTERED = "$$.State.EnteredTime"
STARTED = "$$.Execution.StartTime"
_ADDED = re.compile(r"States\.MathAdd\((\$[\w.$-]*), (-?\d+)\)")


class PathError(Exception):
    """A path that leads nowhere in the document: States.Runtime, which ends the execution and nothing catches."""


@dataclass(slots=True)
class Context:
    """What `$$` reads."""

    entered: float
    started: float


Reader = Callable[[Doc, Context], Any]
Template = Callable[[Doc, Context], Any]


def reader(path: str) -> Reader:
    """What a path names. It raises PathError where there is nothing."""
    if path == ENTERED:
        return lambda _doc, context: iso(context.entered)
    if path == STARTED:
        return lambda _doc, context: iso(context.started)
    keys = _keys(path)
    match keys:
        case ():
            return lambda doc, _context: doc
        case (first, second, third):
            return _three(path, first, second, third)
        case _:
            return _any(path, keys)


def present(path: str) -> Callable[[Doc, Context], bool]:
    """Whether a path names something."""
    read = reader(path)

    def holds(doc: Doc, context: Context) -> bool:
        try:
            read(doc, context)
        except PathError:
            return False
        return True

    return holds


def writer(path: str | None) -> Callable[[Doc, Any], Doc]:
    """A document with a value at a path. None drops the value."""
    if path is None:
        return lambda doc, _value: doc
    keys = _keys(path)
    match keys:
        case ():
            return lambda _doc, value: value
        case (only,):
            return lambda doc, value: {**doc, only: value}
        case (first, second):
            return lambda doc, value: {**doc, first: {**doc.get(first, {}), second: value}}
        case _:
            return lambda doc, value: _written(doc, keys, value)


def template(body: Any) -> Template:
    """A payload template: names that end in `.$` hold paths or intrinsic functions."""
    if not isinstance(body, Mapping):
        return lambda _doc, _context: body
    fixed: Doc = {}
    made: list[tuple[str, Template]] = []
    for name, value in cast("Mapping[str, Any]", body).items():
        if name.endswith(".$"):
            made.append((name[:-2], _expression(str(value))))
        elif isinstance(value, Mapping) and value:
            made.append((name, template(value)))
        else:
            fixed[name] = value

    def make(doc: Doc, context: Context) -> Doc:
        result = dict(fixed)
        for name, value in made:
            result[name] = value(doc, context)
        return result

    return make


def _expression(text: str) -> Template:
    added = _ADDED.fullmatch(text)
    if added is None:
        if not text.startswith("$"):
            raise ValueError(f"no interpreter for the intrinsic function {text}")
        return reader(text)
    read, number = reader(added[1]), int(added[2])
    return lambda doc, context: read(doc, context) + number


def _keys(path: str) -> tuple[str, ...]:
    if path == "$":
        return ()
    if not path.startswith("$.") or "[" in path or "*" in path:
        raise ValueError(f"no interpreter for the path {path}")
    return tuple(path[2:].split("."))


def _three(path: str, first: str, second: str, third: str) -> Reader:
    def read(doc: Doc, _context: Context) -> Any:
        try:
            return doc[first][second][third]
        except (KeyError, TypeError):
            raise PathError(path) from None

    return read


def _any(path: str, keys: tuple[str, ...]) -> Reader:
    def read(doc: Doc, _context: Context) -> Any:
        found: Any = doc
        try:
            for key in keys:
                found = found[key]
        except (KeyError, TypeError):
            raise PathError(path) from None
        return found

    return read


def _written(doc: Doc, keys: tuple[str, ...], value: Any) -> Doc:
    first, *rest = keys
    inner = _written(doc.get(first, {}), tuple(rest), value) if rest else value
    return {**doc, first: inner}
