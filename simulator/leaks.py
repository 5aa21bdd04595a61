"""Invariant 9: a secret's value stands in nothing that the control plane writes down or says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from simulator.calls import STAGE
from simulator.site import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def watch(where: str, name: object, values: Iterable[Any]) -> None:
    """What is written or said now, before it is. Asked all the time: the words are put together only for a find."""
    for value in values:
        if SECRET in value if isinstance(value, str) else holds_secret(value):
            STAGE.engine.world.violates(9, f"a secret's value stands in {where} {name}".rstrip())


def holds_secret(value: Any) -> bool:
    """However deep in it."""
    if isinstance(value, str):
        return SECRET in value
    if value is None or isinstance(value, (int, float)):
        return False
    if isinstance(value, dict):
        found = cast("dict[Any, Any]", value)
        return any(map(holds_secret, (*found, *found.values())))
    return SECRET in repr(value)


def watched(line: Callable[..., None] | None) -> Callable[..., None]:
    """A logger's method whose lines are looked at; they go on to `line`, or nowhere."""

    def log(message: object, *parts: object, **more: Any) -> None:
        extra = more.get("extra")
        watch("the log line", message, (message, *parts) if extra is None else (message, *parts, *extra.values()))
        if line is not None:
            line(message, *parts, **more)

    return log
