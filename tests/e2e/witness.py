"""Sees what is done to a deployment while a test runs, and tells what must never be done."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Self

from tests.e2e.invariants import violations

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from tests.e2e.plane import Plane

LOOK_SECONDS = 0.3


@dataclass(frozen=True)
class Glance:
    """Both groups and the rule, nearly at one moment. Everything is by colour."""

    weights: Mapping[str, int]
    healthy: Mapping[str, int]
    desired: Mapping[str, int]
    epoch: int
    enough: int
    """How many healthy instances a group needs to be given traffic."""
    hand: bool
    """A person is at it."""


class Witness:
    """Looks a few times a second for as long as the block lasts."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._glances: list[Glance] = []
        self._hand = False
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join(10)

    @contextmanager
    def by_hand(self) -> Generator[None]:
        """What is done in this block is the test's own doing."""
        self._hand = True
        yield
        time.sleep(LOOK_SECONDS * 2)
        self._hand = False

    def violations(self) -> list[str]:
        """Against invariants 1 and 3. Who saw nothing can vouch for nothing."""
        glances = tuple(self._glances)
        return seen_wrong(glances) if len(glances) > 1 else ["the witness saw nothing"]

    def _look_on(self) -> None:
        """Until the end, and once more: the shortest test is seen from two sides."""
        ended = False
        while not ended:
            self._glance()
            ended = self._ends.wait(LOOK_SECONDS)
        self._glance()

    def _glance(self) -> None:
        hand = self._hand
        try:
            colours = self._plane.service["record"]["groups"]
            glance = Glance(
                weights=self._plane.weights(),
                healthy={colour: self._plane.healthy(colour) for colour in colours},
                desired={colour: self._plane.group(colour)["DesiredCapacity"] for colour in colours},
                epoch=int(self._plane.item("lease").get("epoch", 0)),
                enough=self._plane.minimum,
                hand=hand or self._hand,
            )
        except Exception:  # noqa: BLE001 a service is down on purpose: there is nothing to see
            return
        self._glances.append(glance)


def seen_wrong(glances: Sequence[Glance]) -> list[str]:
    """What must never be done between two looks."""
    found: list[str] = []
    for before, after in pairwise(glances):
        if before.hand or after.hand:
            continue
        if after.epoch < before.epoch:
            found.append(f"3: the lease's epoch went from {before.epoch} to {after.epoch}")
        for colour, weight in after.weights.items():
            healthy = max(before.healthy[colour], after.healthy[colour])
            if weight > before.weights[colour] and healthy < before.enough:
                found.append(f"1: {colour} was given {weight} % with {healthy} healthy instances")
            shrunk = after.desired[colour] < before.desired[colour]
            if shrunk and min(weight, before.weights[colour]) > 0:
                found.append(f"1: {colour} was shrunk to {after.desired[colour]} while it had traffic")
    return found


@contextmanager
def witnessed(plane: Plane) -> Generator[Witness]:
    """Sees the whole block, and then, once nobody is at work any more, everything is looked at."""
    plane.restored = True
    with Witness(plane) as looking:
        yield looking
        plane.well_behaved()
        plane.idle()
    found = [*looking.violations(), *violations(plane)]
    assert not found, "\n".join(found)
