"""The warm workers: which exist, which are busy, and which must go."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws.functions.worker import Worker

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.functions.worker import Invocation, Reply

# Of all functions together; a worker costs some tens of megabytes.
IDLE_AT_MOST = 24


@dataclass(frozen=True, slots=True)
class Build:
    """All that makes a worker what it is: a change of any of it takes a new worker."""

    arn: str
    version: str
    handler: str
    task: Path
    environment: tuple[tuple[str, str], ...]


class ThrottledError(Exception):
    """As many invocations run as the function's reserved concurrency allows."""


@dataclass(eq=False, slots=True)
class _Slot:
    build: Build
    worker: Worker
    busy: bool = True
    retired: bool = False

    @property
    def ready(self) -> bool:
        return not self.busy and not self.retired and self.worker.alive


class Pool:
    """Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle": an invocation at a time each.

    An environment is kept for the next invocation, and none outlives the code or configuration that it was made of.
    """

    def __init__(self, runtime: Path) -> None:
        self._runtime = runtime
        self._lock = threading.Lock()
        self._slots: list[_Slot] = []  # in the order of their last use
        self._closed = False

    def invoke(self, build: Build, invocation: Invocation, reserved: int | None) -> Reply:
        """Raises ThrottledError, and RuntimeError once the pool is closed."""
        slot = self._take(build, reserved)
        try:
            return slot.worker.invoke(invocation)
        finally:
            self._give_back(slot)

    def retire(self, arn: str, version: str) -> None:
        """That version was changed or deleted: idle workers go at once, busy ones when they are done."""
        self._drop([slot for slot in self._slots if (slot.build.arn, slot.build.version) == (arn, version)])

    def count(self) -> int:
        return len(self._slots)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            slots, self._slots = self._slots, []
        for slot in slots:
            slot.worker.kill()

    def _take(self, build: Build, reserved: int | None) -> _Slot:
        with self._lock:
            if self._closed:
                raise RuntimeError("the emulator is stopping")
            busy = sum(slot.busy for slot in self._slots if slot.build.arn == build.arn)
            if reserved is not None and busy >= reserved:
                raise ThrottledError(build.arn)
            found = next((slot for slot in self._slots if slot.build == build and slot.ready), None)
            if found:
                found.busy = True
                return found
            made = _Slot(build, Worker(build.task, self._runtime, build.handler, dict(build.environment)))
            self._slots.append(made)
            return made

    def _give_back(self, slot: _Slot) -> None:
        with self._lock:
            slot.busy = False
            if slot in self._slots:
                self._slots.remove(slot)
                self._slots.append(slot)
            idle = [other for other in self._slots if not other.busy]
        gone = [slot] if slot.retired or not slot.worker.alive else []
        self._drop([*gone, *idle[: max(0, len(idle) - IDLE_AT_MOST)]])

    def _drop(self, slots: list[_Slot]) -> None:
        with self._lock:
            for slot in slots:
                slot.retired = True
            idle = [slot for slot in slots if not slot.busy and slot in self._slots]
            self._slots = [slot for slot in self._slots if slot not in idle]
        for slot in idle:
            slot.worker.kill()
