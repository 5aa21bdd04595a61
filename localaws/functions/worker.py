"""One process that runs one function, one invocation at a time."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNNER = Path(__file__).with_name("runner.py")
REAP_SECONDS = 2.0
EXIT = "Runtime.ExitError"


@dataclass(frozen=True, slots=True)
class Invocation:
    """What the runner is told, in a line, with the end of its time.

    `lead` is how far the emulator's clock is ahead of the machine's monotonic one, which all processes share.
    """

    id: str
    arn: str
    event: str
    seconds: float
    lead: float
    log_group: str
    log_stream: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A result or an error, each as JSON text, and the lines that were logged on the way."""

    payload: str
    failed: bool
    log: tuple[str, ...]


class Worker:
    """Started once, invoked often. After a failure that ended or stopped the process it is no longer alive."""

    def __init__(self, task: Path, runtime: Path, handler: str, environment: Mapping[str, str]) -> None:
        answers, descriptor = os.pipe()
        try:
            # -I and -S: nothing of this project, of the user's or of the installation is on the path.
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(RUNNER), str(descriptor), str(task), str(runtime), handler],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=task,
                env=dict(environment),
                pass_fds=(descriptor,),
                start_new_session=True,
            )
        finally:
            os.close(descriptor)
        self._frames: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(answers,), daemon=True).start()

    def invoke(self, invocation: Invocation) -> Reply:
        log: list[str] = []
        ends = time.monotonic() + invocation.seconds
        self._send(invocation, ends)
        while True:
            try:
                frame = self._frames.get(timeout=max(0.0, ends - time.monotonic()))
            except queue.Empty:
                return self._timed_out(invocation, log)
            if frame is None:
                return self._ended(invocation, log)
            if "log" in frame:
                log.append(str(frame["log"]))
            elif "error" in frame:
                if frame["error"]["errorType"] == EXIT:
                    self.kill()
                return Reply(json.dumps(frame["error"]), failed=True, log=tuple(log))
            else:
                return Reply(str(frame["result"]), failed=False, log=tuple(log))

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(REAP_SECONDS)
        if self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def _send(self, invocation: Invocation, ends: float) -> None:
        if self._process.stdin:
            # A process that is gone is noticed by its answers, which end.
            with contextlib.suppress(OSError):
                self._process.stdin.write(json.dumps({**asdict(invocation), "ends": ends}).encode() + b"\n")
                self._process.stdin.flush()

    def _timed_out(self, invocation: Invocation, log: list[str]) -> Reply:
        """Lambda Developer Guide, "Troubleshoot invocation issues": the message of a function that is stopped."""
        self.kill()
        cause = f"RequestId: {invocation.id} Error: Task timed out after {invocation.seconds:.2f} seconds"
        return Reply(json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": cause}), failed=True, log=tuple(log))

    def _ended(self, invocation: Invocation, log: list[str]) -> Reply:
        self.kill()
        cause = f"RequestId: {invocation.id} Error: Runtime exited without providing a reason"
        return Reply(json.dumps({"errorType": EXIT, "errorMessage": cause}), failed=True, log=tuple(log))

    def _read(self, descriptor: int) -> None:
        with os.fdopen(descriptor, encoding="utf-8") as answers:
            for line in answers:
                self._frames.put(json.loads(line))
        self._frames.put(None)
