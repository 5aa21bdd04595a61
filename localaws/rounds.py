"""What happens again and again by the emulator's clock, in order, whether time passes or is moved on."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from localaws.clock import Clock

# A clock that is moved on by more has this much of it played: no test asks what happened in between.
LONGEST_REPLAY = timedelta(hours=1)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """Something done every so many seconds, an offset after them, and told the time at which it was due."""

    name: str
    every_seconds: float
    act: Callable[[datetime], None]
    offset_seconds: float = 0.0

    def first_after(self, at: datetime) -> datetime:
        passed = (at.timestamp() - self.offset_seconds) // self.every_seconds + 1
        return datetime.fromtimestamp(passed * self.every_seconds + self.offset_seconds, UTC)


class Rounds:
    """A thread of its own does what is due; whoever moves the clock on has it done before anything else happens."""

    def __init__(self, clock: Clock, rounds: Sequence[Round]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._due = {one: one.first_after(clock.now()) for one in rounds}

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True).start()

    def catch_up(self) -> None:
        """All that is due by now, in the order of the times at which it was."""
        with self._lock:
            now = self._clock.now()
            for one, due in self._due.items():
                if due < now - LONGEST_REPLAY:
                    self._due[one] = one.first_after(now - LONGEST_REPLAY)
            while (due := min(self._due.values())) <= now:
                one = next(one for one, at in self._due.items() if at == due)
                self._due[one] = one.first_after(due)
                _do(one, due)

    def _run(self) -> None:
        while True:
            self.catch_up()
            self._clock.wait_until(min(self._due.values()))


def _do(one: Round, at: datetime) -> None:
    """A round that fails is told of, and is done again when it is due again."""
    try:
        one.act(at)
    except Exception:
        log.exception("the round of %s failed", one.name)
