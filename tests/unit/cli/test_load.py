"""A constant load: evenly paced, each request recorded once, whatever becomes of the server."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from cli.load import Load, Sample, named_release

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

RATE = 60.0


class App(ThreadingHTTPServer):
    """Answers `status` and names its release; counts what it was asked, and on how many connections."""

    daemon_threads = False  # so that closing waits for them
    allow_reuse_address = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.status = 200
        self.body = json.dumps({"release": "f1"}).encode()
        self.going_on = threading.Event()
        self.going_on.set()
        self.asked: Counter[str] = Counter()
        self.connections: list[socket.socket] = []

    @property
    def port(self) -> int:
        port: int = self.socket.getsockname()[1]
        return port

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/shop"

    def die(self) -> None:
        """Nothing listens any more, and every connection is cut."""
        self.shutdown()
        self.going_on.set()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: App  # pyright: ignore[reportIncompatibleVariableOverride]

    def setup(self) -> None:
        super().setup()
        self.server.connections.append(self.connection)

    def do_GET(self) -> None:
        self.server.asked[self.path] += 1
        self.server.going_on.wait()
        with suppress(OSError):
            self.send_response(self.server.status)
            self.send_header("Content-Length", str(len(self.server.body)))
            self.end_headers()
            self.wfile.write(self.server.body)
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class names it so
        pass


@contextmanager
def app(port: int = 0) -> Generator[App]:
    """Up within the block, unless it dies before."""
    server = App(port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.die()
        thread.join()


def wait_for(what: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not what():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.01)


def statuses(load: Load) -> Counter[int]:
    return Counter(sample.status for sample in load.samples())


def test_the_load_is_even_and_each_request_is_recorded_once() -> None:
    before = time.time()
    with app() as server, Load(server.address, RATE, workers=8) as load:
        wait_for(lambda: len(load.samples()) >= RATE)
        load.stop()
        samples = load.samples()
        assert server.asked == {"/shop": len(samples)}
        assert len(server.connections) <= 8, "connections are kept"
    assert {(sample.status, sample.release) for sample in samples} == {(200, "f1")}
    spent = samples[-1].at - samples[0].at
    assert (len(samples) - 1) / spent == pytest.approx(RATE, rel=0.15)
    gaps = sorted(after.at - sample.at for sample, after in pairwise(samples))
    assert gaps[len(gaps) // 2] == pytest.approx(1 / RATE, rel=0.15), "no bursts"
    assert before <= samples[0].at <= samples[-1].at <= time.time()
    assert all(0 < sample.seconds < 1 for sample in samples)


def test_a_server_that_dies_is_recorded_and_found_again() -> None:
    with app() as first, Load(first.address, RATE, workers=4) as load:
        port = first.port
        wait_for(lambda: statuses(load)[200] >= 5)
        first.die()
        wait_for(lambda: statuses(load)[0] >= 10)
        with app(port) as again:
            again.body = json.dumps({"release": "f2"}).encode()
            wait_for(lambda: any(sample.release == "f2" for sample in load.samples()))
            load.stop()
    samples = load.samples()
    assert {sample.release for sample in samples if sample.status == 0} == {""}
    assert samples[-1].status == 200
    assert samples[-1].release == "f2"


def test_errors_are_answers_and_keep_their_release() -> None:
    with app() as server, Load(server.address, RATE, workers=2) as load:
        server.status = 500
        wait_for(lambda: statuses(load)[500] >= 5)
    assert {sample.release for sample in load.samples() if sample.status == 500} == {"f1"}


def test_after_a_pause_there_is_no_burst() -> None:
    with app() as server, Load(server.address, RATE, workers=2) as load:
        wait_for(lambda: len(load.samples()) >= 5)
        server.going_on.clear()
        time.sleep(1.0)
        held = len(load.samples())
        server.going_on.set()
        time.sleep(0.2)
        assert len(load.samples()) - held < RATE * 0.75, "about 12 of 0.2 s, 15 to catch up with and 2 that were held"


def test_stop_comes_back_in_time_though_a_request_hangs_and_says_nothing_more_after_it() -> None:
    with app() as server, Load(server.address, RATE, workers=3) as load:
        wait_for(lambda: len(load.samples()) >= 5)
        server.going_on.clear()
        time.sleep(0.1)
        begin = time.monotonic()
        load.stop()
        assert time.monotonic() - begin < 2.2
        known = load.samples()
        server.going_on.set()
        time.sleep(0.1)
        assert load.samples() == known
        load.stop()


def test_an_interrupted_block_stops_its_threads() -> None:
    with app() as server:
        load = Load(server.address, RATE, workers=3)
        with suppress(KeyboardInterrupt), load:
            wait_for(lambda: len(load.samples()) >= 3)
            raise KeyboardInterrupt
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("load-")]


@pytest.mark.parametrize(
    ("body", "release"),
    [
        (b'{"release": "f1", "zone": "a"}', "f1"),
        (b'{"release": null}', ""),
        (b'["release"]', ""),
        (b"<html>502 Bad Gateway</html>", ""),
        (b"\xff\xfe", ""),
        (b"", ""),
    ],
)
def test_only_an_app_names_its_release(body: bytes, release: str) -> None:
    assert named_release(body) == release


def test_another_kind_of_address_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'ftp://127.0.0.1/' is no http address"):
        Load("ftp://127.0.0.1/", 1.0)


def test_a_sample_is_a_value() -> None:
    sample = Sample(1.0, 200, "f1", 0.1)
    assert sample == Sample(1.0, 200, "f1", 0.1)
    with pytest.raises(AttributeError):
        sample.status = 0  # pyright: ignore[reportAttributeAccessIssue]
