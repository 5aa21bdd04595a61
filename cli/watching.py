"""Sees what happens to a deployment while a demo runs: alarms, weights, and verdicts."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Self

from cli.story import Mark

if TYPE_CHECKING:
    from cli.aws_demo import Deployed

LOOK_SECONDS = 0.2


class Watch:
    """Looks a few times a second from a thread of its own, for as long as the block lasts."""

    def __init__(self, deployed: Deployed) -> None:
        self._deployed = deployed
        self._marks: list[Mark] = []
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self._firing: set[str] = set()
        self._weights: dict[str, int] = {}
        self._going_back = ""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join(LOOK_SECONDS * 10)

    def say(self, label: str, detail: str = "") -> None:
        """Something that the demo itself did."""
        self._marks.append(Mark(time.time(), label, detail))

    @property
    def marks(self) -> tuple[Mark, ...]:
        return tuple(sorted(self._marks, key=lambda mark: mark.at))

    def _look_on(self) -> None:
        while not self._ends.wait(LOOK_SECONDS):
            self._see_verdict()
            self._see_alarms()
            self._see_weights()

    def _see_verdict(self) -> None:
        run = self._deployed.going_back()
        if run and run != self._going_back:
            self._marks.append(Mark(time.time(), "verdict: bad", "the run's own look at the signals", "alarm"))
            self._going_back = run

    def _see_alarms(self) -> None:
        firing = set(self._deployed.firing())
        for name in sorted(firing - self._firing):
            self._marks.append(Mark(time.time(), "alarm", name, "alarm"))
        self._firing = firing

    def _see_weights(self) -> None:
        weights = self._deployed.weights()
        if self._weights and weights != self._weights:
            text = ", ".join(f"{colour} {weight} %" for colour, weight in sorted(weights.items()))
            self._marks.append(Mark(time.time(), text))
        self._weights = weights
