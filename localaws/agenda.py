"""Do things later, by the emulator's clock."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.clock import Clock

NEVER = datetime.max.replace(tzinfo=UTC)
log = logging.getLogger(__name__)


class Agenda:
    """One thread that looks at the clock; each thing is done in a thread of its own, so none holds up another."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._order = itertools.count()
        self._heap: list[tuple[datetime, int, Callable[[], object]]] = []
        threading.Thread(target=self._run, daemon=True).start()

    def soon(self, action: Callable[[], object]) -> None:
        threading.Thread(target=_logged, args=(action,), daemon=True).start()

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        with self._lock:
            due = self._clock.now() + timedelta(seconds=seconds)
            heapq.heappush(self._heap, (due, next(self._order), action))
        self._clock.look()

    def _run(self) -> None:
        while True:
            first = self._first()
            self._clock.wait_until(first, over=lambda first=first: self._first() < first)
            with self._lock:
                due: list[Callable[[], object]] = []
                while self._heap and self._heap[0][0] <= self._clock.now():
                    due.append(heapq.heappop(self._heap)[2])
            for action in due:
                self.soon(action)

    def _first(self) -> datetime:
        with self._lock:
            return self._heap[0][0] if self._heap else NEVER


def _logged(action: Callable[[], object]) -> None:
    try:
        action()
    except Exception:
        log.exception("something left for later failed")
