"""Invariant 9: a secret's value stands in nothing that the control plane writes down or says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.calls import STAGE
from simulator.site import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def watch(where: str, values: Iterable[Any]) -> None:
    """What is written or said now, before it is."""
    for value in values:
        if holds_secret(value):
            STAGE.engine.world.violates(9, f"a secret's value stands in {where}")


def holds_secret(value: Any) -> bool:
    """However deep in it."""
    if isinstance(value, str):
        return SECRET in value
    return not isinstance(value, (int, float)) and SECRET in repr(value)


def watched(line: Callable[..., None] | None) -> Callable[..., None]:
    """A logger's method whose lines are looked at; they go on to `line`, or nowhere."""

    def log(message: object, *parts: object, **more: Any) -> None:
        watch(f"the log line {message!r}", (str(message), *parts, *more.values()))
        if line is not None:
            line(message, *parts, **more)

    return log
