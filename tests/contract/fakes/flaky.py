"""The function of the cases' state machines: the first so many of its calls fail."""

from __future__ import annotations

from typing import Any

calls: list[Any] = []


class BusyError(Exception):
    """What may be tried again."""


class RefusedError(Exception):
    """What may not."""


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    calls.append(event)
    if len(calls) <= event.get("failures", 0):
        raise {"busy": BusyError, "refused": RefusedError}[event["with"]](f"call {len(calls)}")
    return {"calls": len(calls), "event": event}
