"""The emulator's time: the machine's, faster on request, plus what a caller added, so that nobody waits for a boot."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

FASTEST = 100.0


class Clock:
    """UTC now, moved forward by `advance` and `speed` times as fast as the machine's.

    It never goes back, as an instance's age never does. Everything that waits or is stamped in here goes by it, the
    functions' own `time.time()` included, so that a minute is the same minute everywhere.
    """

    def __init__(self, speed: float = 1.0) -> None:
        if not 1.0 <= speed <= FASTEST:
            raise ValueError(f"{speed} is no speed from 1 to {FASTEST:g}")
        self.speed = speed
        self._lock = threading.Lock()
        self._ahead = timedelta()
        self._began = datetime.now(UTC)
        self._ticks = time.monotonic()

    def now(self) -> datetime:
        with self._lock:
            passed = timedelta(seconds=(time.monotonic() - self._ticks) * self.speed)
            return self._began + passed + self._ahead

    def advance(self, seconds: float) -> datetime:
        if not 0 <= seconds <= timedelta(days=366).total_seconds():
            raise ValueError(f"{seconds} is no number of seconds from 0 to a year")
        with self._lock:
            self._ahead += timedelta(seconds=seconds)
        return self.now()

    def real(self, seconds: float) -> float:
        """How long `seconds` of this clock take on the machine's."""
        return seconds / self.speed
