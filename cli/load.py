"""A constant load of real requests on one address, and what became of each of them."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from types import TracebackType

NO_ANSWER = 0
# Longer than any app of the demo takes; a request without an answer by then is one that failed.
TIMEOUT_SECONDS = 5.0
STOP_SECONDS = 2.0
# What may be caught up with after a pause. The rest is left out: a burst would be another load than the one promised.
CATCH_UP_SECONDS = 0.25
HEADERS = {"User-Agent": "lastgood-load", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One request: when it was sent, in seconds since the epoch, and what came back."""

    at: float
    status: int
    """0 when nobody answered."""
    release: str
    """The fingerprint that the answer names; empty when it names none."""
    seconds: float


class Load:
    """Sends `per_second` GET requests, evenly paced, from threads of its own, until it is stopped.

    Nothing is sent twice: a request that fails is recorded as such, and only the next one gets a new connection.
    """

    def __init__(self, address: str, per_second: float, workers: int = 8) -> None:
        """Raises ValueError for an address that is not http."""
        parts = urlsplit(address)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"'{address}' is no http address")
        self._host, self._port, self._path = parts.hostname, parts.port, parts.path or "/"
        self._interval = 1 / per_second
        self._lock = threading.Lock()
        self._samples: list[Sample] = []
        self._stopping = threading.Event()
        self._closed = False
        # The wall clock is read once: a clock that is set meanwhile must not bend the picture.
        self._epoch = time.time() - time.monotonic()
        self._due = 0.0
        self._threads = [
            threading.Thread(target=self._work, name=f"load-{number}", daemon=True) for number in range(workers)
        ]

    def __enter__(self) -> Self:
        self._due = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def samples(self) -> tuple[Sample, ...]:
        """Those so far, in the order in which they were sent."""
        with self._lock:
            recorded = tuple(self._samples)
        return tuple(sorted(recorded, key=lambda sample: sample.at))

    def stop(self) -> None:
        """Send nothing more, and wait up to two seconds for the answers that are on their way. Safe to call again."""
        self._stopping.set()
        until = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))
        with self._lock:
            self._closed = True

    def _work(self) -> None:
        connection = HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)
        while not self._stopping.wait(self._wait()):
            sample = self._ask(connection)
            with self._lock:
                if not self._closed:
                    self._samples.append(sample)
        connection.close()

    def _wait(self) -> float:
        """Take the next turn; how long until it comes."""
        with self._lock:
            now = time.monotonic()
            turn = max(self._due, now - CATCH_UP_SECONDS)
            self._due = turn + self._interval
        return max(0.0, turn - now)

    def _ask(self, connection: HTTPConnection) -> Sample:
        begin = time.monotonic()
        try:
            connection.request("GET", self._path, headers=HEADERS)
            response = connection.getresponse()
            status, release = response.status, named_release(response.read())
        except (OSError, HTTPException):
            connection.close()  # the next request opens another
            status, release = NO_ANSWER, ""
        return Sample(self._epoch + begin, status, release, time.monotonic() - begin)


def named_release(body: bytes) -> str:
    """The release that an answer says it is from, or nothing: a load balancer's own answers name none."""
    try:
        content: object = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(content, dict):
        return ""
    named = cast("dict[str, Any]", content).get("release")
    return named if isinstance(named, str) else ""
