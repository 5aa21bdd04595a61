"""Every single fault and every pair of faults, at every step that worlds come to: nothing is violated, all in time."""

from __future__ import annotations

import os
from functools import cache

import pytest

from simulator.asked import Found, simulated
from simulator.parallel import Job, Wanted
from tests.conftest import CONFIG

# One worker has the whole domain, once.
pytestmark = pytest.mark.xdist_group("proof")
SEED = 1
DEADLINE = 900.0
WORLDS = 2_000


@cache
def whole() -> Found:
    """The whole domain, on as many cores as there are."""
    return simulated(Job(str(CONFIG), "dev", DEADLINE, quick=True), Wanted(0, SEED, os.cpu_count() or 1))


def test_no_fault_and_no_pair_of_faults_violates_an_invariant() -> None:
    assert whole().holds, "\n".join(whole().lines(table=False))


def test_every_single_and_every_double_fault_is_covered() -> None:
    found = whole().json()
    assert found["worlds"] >= WORLDS
    assert (found["single_fault_coverage"], found["double_fault_coverage"]) == (1.0, 1.0)


def test_the_promise_is_kept_within_the_bound_in_every_world() -> None:
    found = whole()
    assert 0.0 < found.json()["max_over_bound"] <= 1.0, found.tally.longest_of
