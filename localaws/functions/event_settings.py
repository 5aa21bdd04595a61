"""How asynchronous invocations of a function are retried, and where they end."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

LATEST = "$LATEST"
# Lambda Developer Guide, "Asynchronous invocation": two retries, and six hours, unless configured.
RETRIES = 2
AGE_SECONDS = 21_600


@dataclass(frozen=True, slots=True)
class EventSettings:
    """One configuration for asynchronous invocation."""

    arn: str
    modified: float
    given: Mapping[str, Any]

    @property
    def retries(self) -> int:
        return int(self.given.get("MaximumRetryAttempts", RETRIES))

    @property
    def age_seconds(self) -> int:
        return int(self.given.get("MaximumEventAgeInSeconds", AGE_SECONDS))

    def destination(self, condition: str) -> str:
        """The ARN for `OnSuccess` or `OnFailure`, or nothing."""
        destinations: Mapping[str, Mapping[str, str]] = self.given.get("DestinationConfig") or {}
        return destinations.get(condition, {}).get("Destination", "")

    def response(self) -> dict[str, Any]:
        """Lambda API, FunctionEventInvokeConfig."""
        return {
            "FunctionArn": self.arn,
            "LastModified": self.modified,
            "DestinationConfig": {"OnFailure": {}, "OnSuccess": {}},
            **self.given,
        }


class EventSettingsStore:
    """The configurations of all functions, one for a function's version, alias or latest code."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settings: dict[tuple[str, str], EventSettings] = {}

    def put(self, arn: str, qualifier: str, given: Mapping[str, Any], modified: float) -> EventSettings:
        made = EventSettings(f"{arn}:{qualifier}", modified, given)
        with self._lock:
            self._settings[arn, qualifier] = made
        return made

    def get(self, arn: str, qualifier: str) -> EventSettings | None:
        return self._settings.get((arn, qualifier))

    def of(self, arn: str) -> list[EventSettings]:
        with self._lock:
            return [settings for (owner, _), settings in self._settings.items() if owner == arn]

    def delete(self, arn: str, qualifier: str) -> EventSettings | None:
        with self._lock:
            return self._settings.pop((arn, qualifier), None)

    def forget(self, arn: str) -> None:
        """The function is deleted."""
        with self._lock:
            for key in [key for key in self._settings if key[0] == arn]:
                del self._settings[key]
