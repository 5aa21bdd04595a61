"""What every handler has around its own work: settings, the passage, one log line in and one out."""

from __future__ import annotations

import logging
import os
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from recovery.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.core.answers import Answer

log = logging.getLogger("lastgood")
log.setLevel(logging.INFO)


@cache
def settings() -> Settings:
    """Read once a process. Raises SettingsError."""
    return Settings.from_env(os.environ)


def turn(event: Mapping[str, Any]) -> float:
    """When the state machine entered the step that this call is of (seconds since 1970)."""
    return datetime.fromisoformat(str(event["entered"])).timestamp()


def said(event: Mapping[str, Any], answer: Answer) -> dict[str, Any]:
    """The answer as it travels on, logged: Lambda's own JSON format adds function, request and time."""
    state: Mapping[str, Any] = event.get("state") or {}
    facts = {"run": state.get("run"), "profile": state.get("profile"), "step": event.get("step")}
    log.info("step.answered", extra={**facts, "go": str(answer.go), "reason": answer.reason})
    return answer.document()
