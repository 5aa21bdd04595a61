"""Many requests at once: none is lost to a change of weights or of capacity, and there is room for what tests need."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.blue_green import BlueGreen

CLIENTS = 4
ENOUGH_A_SECOND = 200


class Load:
    """Clients that ask as fast as they can, each on a connection of its own that stays open."""

    def __init__(self, address: str) -> None:
        self._place = urlsplit(address)
        self._over = threading.Event()
        self.answers: Counter[tuple[int, str]] = Counter()
        self.errors: list[Exception] = []
        self._lock = threading.Lock()
        self._clients = [threading.Thread(target=self._ask) for _ in range(CLIENTS)]
        for client in self._clients:
            client.start()

    def stop(self) -> None:
        self._over.set()
        for client in self._clients:
            client.join()

    def asked(self) -> int:
        with self._lock:
            return self.answers.total()

    def ask_more(self, count: int) -> None:
        """Return when so many more answers have come."""
        wanted = self.asked() + count
        while self.asked() < wanted and not self.errors:
            time.sleep(0.005)

    def _ask(self) -> None:
        connection = HTTPConnection(self._place.hostname or "", self._place.port, timeout=10)
        try:
            while not self._over.is_set():
                connection.request("GET", "/")
                answer = connection.getresponse()
                body = answer.read().decode()
                with self._lock:
                    self.answers[answer.status, json.loads(body)["release"] if answer.status == 200 else ""] += 1
        except Exception as error:  # noqa: BLE001 the test shows it
            self.errors.append(error)
        finally:
            connection.close()


@pytest.fixture
def load(stage: BlueGreen) -> Iterator[Load]:
    """On release b in blue, with g beside it in green; an answer takes a while."""
    stage.group(stage.version("boot=0s latency=5ms", release="b"), 3)
    stage.group(stage.version("boot=0s latency=5ms", release="g"), 3, colour="green")
    made = Load(stage.address())
    yield made
    made.stop()


def test_no_request_fails_when_weights_change_and_groups_scale_in(load: Load, stage: BlueGreen) -> None:
    """ELB guide, "Deregistration delay": "in-flight requests ... complete" and a target that leaves gets no new ones."""
    blue, green = stage.group_names
    autoscaling = stage.account.autoscaling
    for live, idle, weights in ((green, blue, (0, 100)), (blue, green, (100, 0)), (green, blue, (0, 100))):
        autoscaling.set_desired_capacity(AutoScalingGroupName=live, DesiredCapacity=3)
        load.ask_more(20)
        stage.weigh(blue=50, green=50)
        load.ask_more(20)
        stage.weigh(blue=weights[0], green=weights[1])
        autoscaling.set_desired_capacity(AutoScalingGroupName=live, DesiredCapacity=1)
        autoscaling.set_desired_capacity(AutoScalingGroupName=idle, DesiredCapacity=0)
        load.ask_more(20)
    load.stop()
    assert load.errors == []
    assert {status for status, _ in load.answers} == {200}
    assert min(load.answers.values()) >= 20


def test_a_listener_has_room_for_more_than_tests_ask(load: Load) -> None:
    load.ask_more(20)
    began, before = time.monotonic(), load.asked()
    load.ask_more(300)
    assert (load.asked() - before) / (time.monotonic() - began) > ENOUGH_A_SECOND
