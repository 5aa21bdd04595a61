"""What every handler has around its own work: settings, the passage, one log line in and one out."""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from recovery.core.incident import watches
from recovery.core.moments import seconds
from recovery.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.aws.store import Store
    from recovery.core.answers import Answer
    from recovery.core.lease import Lease

log = logging.getLogger("lastgood")
log.setLevel(logging.INFO)


@cache
def settings() -> Settings:
    """Read once a process. Raises SettingsError."""
    return Settings.from_env(os.environ)


def watched(held: Lease, store: Store, bad: str) -> bool:
    """Whether the run that holds the lease sees by itself that what serves is bad."""
    record = (store.get("run", held.run) if held.run else None) or {}
    return watches(held, candidate=str(record.get("target", "")), accepted=bool(record.get("accepted")), bad=bad)


def turn(event: Mapping[str, Any]) -> float:
    """When the state machine entered the step that this call is of (seconds since 1970)."""
    return seconds(str(event["entered"]))


def said(event: Mapping[str, Any], answer: Answer) -> dict[str, Any]:
    """The answer as it travels on, with when its step was entered, logged.

    Lambda's own JSON format adds function, request and time.
    """
    state: Mapping[str, Any] = event.get("state") or {}
    facts = {"run": state.get("run"), "profile": state.get("profile"), "step": event.get("step")}
    log.info("step.answered", extra={**facts, "go": str(answer.go), "reason": answer.reason})
    entered = {"entered": event["entered"]} if "entered" in event else {}
    return {**answer.document(), **entered}
