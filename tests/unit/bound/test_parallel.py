"""A Parallel state is over as soon as one of its branches fails. Figures by hand."""

from __future__ import annotations

from typing import Any

import pytest

from modules.bound import UnboundError, bound
from tests.unit.bound.test_figures import DONE, caught, choice, machine, retry, task, wait, when

State = dict[str, Any]
FAIL: State = {"Type": "Fail", "Error": "Late"}
WORK = machine({"Work": task(300)})
ENDLESS = machine({"Work": {"Type": "Task", "Resource": "r", "End": True}})
TIMER = machine({"Timer": wait(60, Next="Late"), "Late": FAIL})
SLOW_TIMER = machine({"Slow": wait(70, Next="Later"), "Later": FAIL})
MAY_FAIL = machine({"?": choice(when("Late", "$.x", StringEquals="a"), otherwise="Ok"), "Late": FAIL, "Ok": wait(5)})
NO_RULE = machine({"Timer": wait(60, Next="?"), "?": {"Type": "Choice", "Choices": [when("Late", "$.x", IsNull=True)]}, "Late": FAIL})  # fmt: skip


def parallel(*branches: State, **more: Any) -> dict[str, State]:
    return {"P": {"Type": "Parallel", "Branches": list(branches), "Next": "Z", **more}, "Z": DONE, "Told": wait(7)}


@pytest.mark.parametrize(
    ("states", "seconds"),
    [
        # The timer fails after 60 s, and the call of up to 300 s is stopped.
        (parallel(WORK, TIMER), 60),
        (parallel(TIMER, WORK), 60),
        # Whether or not the call has a bound of its own.
        (parallel(ENDLESS, TIMER), 60),
        # The first of two timers.
        (parallel(SLOW_TIMER, ENDLESS, TIMER), 60),
        # All are over before.
        (parallel(machine({"Work": task(20)}), machine({"T": wait(10, Next="Late"), "Late": FAIL})), 10),
        # A timer that may also end well stops nothing: 300 s.
        (parallel(WORK, MAY_FAIL), 300),
        # A Choice that knows no way on fails as well.
        (parallel(WORK, NO_RULE), 60),
        # 2 tries of 60 s with 1 s between, then 7 s.
        (parallel(WORK, TIMER, Retry=[retry(MaxAttempts=1)], Catch=[caught("Told")]), 128),
    ],
)
def test_the_bound_is_what_was_computed_by_hand(states: dict[str, State], seconds: int) -> None:
    found = bound(machine(states))
    assert found.seconds == sum(row.seconds for row in found.path) == seconds


def test_the_branch_that_ends_it_is_named() -> None:
    [row] = [row for row in bound(machine(parallel(WORK, TIMER))).path if row.seconds]
    assert row.why == "one try, up to 60 s: branch 2: Timer 60 s"


def test_a_branch_without_a_bound_is_named_where_nothing_stops_it() -> None:
    with pytest.raises(UnboundError, match="Work: no TimeoutSeconds"):
        bound(machine(parallel(ENDLESS, MAY_FAIL)))


def test_a_timer_that_may_never_fail_by_what_is_given_stops_nothing() -> None:
    assert bound(machine(parallel(WORK, MAY_FAIL)), given={"$.x": "a"}).seconds == 0
    assert bound(machine(parallel(WORK, MAY_FAIL)), given={"$.x": "b"}).seconds == 300
