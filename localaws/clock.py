"""The emulator's time: faster than the machine's on request while everything waits, and never while code runs."""

from __future__ import annotations

import contextlib
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

FASTEST = 100.0
# How soon the end of a wait is noticed that nobody tells of.
LOOK_SECONDS = 0.02


class Clock:
    """UTC now, moved forward by `advance`; `speed` times as fast as the machine's but for what needs the real pace.

    It never goes back, as an instance's age never does. Everything that waits or is stamped in here goes by it, the
    functions' own `time.time()` included, so that a minute is the same minute everywhere. As its pace changes while
    something waits, no wait is a number of the machine's seconds: it is one of `wait_until` and `sleep`.
    """

    def __init__(self, speed: float = 1.0) -> None:
        if not 1.0 <= speed <= FASTEST:
            raise ValueError(f"{speed} is no speed from 1 to {FASTEST:g}")
        self.speed = speed
        self._changed = threading.Condition()
        self._changes = 0
        self._working = 0
        # What it said, and what the machine's clock did then: the pace has been the same since.
        self._said = datetime.now(UTC)
        self._ticks = time.monotonic()

    def now(self) -> datetime:
        with self._changed:
            return self._read(time.monotonic())

    def advance(self, seconds: float) -> datetime:
        if not 0 <= seconds <= timedelta(days=366).total_seconds():
            raise ValueError(f"{seconds} is no number of seconds from 0 to a year")
        with self._changed:
            self._note()
            self._said += timedelta(seconds=seconds)
            self._tell()
            return self._said

    @contextlib.contextmanager
    def at_real_pace(self) -> Generator[None]:
        """As fast as the machine's for the length of the block: what runs in it takes as long as on AWS."""
        self._work(1)
        try:
            yield
        finally:
            self._work(-1)

    def lead(self) -> float:
        """What to add to the machine's monotonic clock to have this one's time, as long as it goes at the real pace."""
        with self._changed:
            ticks = time.monotonic()
            return self._read(ticks).timestamp() - ticks

    def sleep(self, seconds: float) -> None:
        self.wait_until(self.now() + timedelta(seconds=seconds))

    def wait_until(self, moment: datetime, over: Callable[[], bool] | None = None) -> bool:
        """Whether the moment came; False when the wait was `over` before, which `look` has noticed at once."""
        while True:
            with self._changed:
                changes = self._changes
            # Not under the lock: whatever it asks may have one of its own.
            if over and over():
                return False
            with self._changed:
                left = (moment - self._read(time.monotonic())).total_seconds()
                if left <= 0:
                    return True
                if self._changes == changes:
                    longest = LOOK_SECONDS if over else threading.TIMEOUT_MAX
                    self._changed.wait(min(left / self._pace, longest))

    def look(self) -> None:
        """Something happened that may end a wait."""
        with self._changed:
            self._tell()

    @property
    def _pace(self) -> float:
        return 1.0 if self._working else self.speed

    def _read(self, ticks: float) -> datetime:
        return self._said + timedelta(seconds=(ticks - self._ticks) * self._pace)

    def _note(self) -> None:
        ticks = time.monotonic()
        self._said, self._ticks = self._read(ticks), ticks

    def _tell(self) -> None:
        self._changes += 1
        self._changed.notify_all()

    def _work(self, more: int) -> None:
        with self._changed:
            pace = self._pace
            self._note()
            self._working += more
            if self._pace != pace:
                self._tell()
