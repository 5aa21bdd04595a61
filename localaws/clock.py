"""The emulator's time: the machine's, plus what a caller added, so that a test need not wait for a boot."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class Clock:
    """UTC now, moved forward by `advance`. It never goes back, as an instance's age never does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ahead = timedelta()

    def now(self) -> datetime:
        with self._lock:
            return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> datetime:
        if not 0 <= seconds <= timedelta(days=366).total_seconds():
            raise ValueError(f"{seconds} is no number of seconds from 0 to a year")
        with self._lock:
            self._ahead += timedelta(seconds=seconds)
        return self.now()
