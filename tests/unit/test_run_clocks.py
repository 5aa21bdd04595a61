"""What is tried again, what is looked at again, and until when: the state machine's guards, asked as Step Functions does."""

from __future__ import annotations

import json
from functools import reduce
from typing import TYPE_CHECKING, Any

import pytest

from cli.timeline import step_of
from modules.state_machine import ADDED, LOOK_ROUND_SECONDS, STEP_SECONDS
from recovery.core.moments import seconds, timestamp
from recovery.core.protocol import LOOK_TIMEOUT_SECONDS, Function, Profile, Step, table
from scripts.lint_state_machines import machines
from scripts.protocol_page import default_rules
from tests.unit.core.scenes import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized import Stack

    Synth = Callable[[str], dict[str, Stack]]
    State = dict[str, Any]

STEPS: dict[str, Step] = {step.name: step for step in table(default_rules())}
"""Of no environment in particular: only what all have in common is asked of them."""
LOOKS = {name for name, step in STEPS.items() if step.poll and step.function in (Function.OBSERVE, Function.PROBE)}
PAGES = {"Alert", "Page", "Tell", "Escalate"}
SOON, NOW_, LATER = (timestamp(NOW + after) for after in (-0.001, 0, 60))


@pytest.fixture(params=["dev", "prod"])
def states(synth: Synth, request: pytest.FixtureRequest) -> dict[str, State]:
    [definition] = machines(synth(request.param)["control_plane"].json).values()
    return json.loads(definition)["States"]


def holds(test: State, document: State, entered: str) -> bool:
    """One test of a Choice. A path that leads nowhere fails the execution, so it raises KeyError."""
    if "And" in test:
        return all(holds(one, document, entered) for one in test["And"])
    if "Not" in test:
        return not holds(test["Not"], document, entered)

    def at(path: str) -> Any:
        return (
            entered
            if path == "$$.State.EnteredTime"
            else reduce(lambda here, key: here[key], path.split(".")[1:], document)
        )

    value = at(test["Variable"])
    [(comparison, given)] = [item for item in test.items() if item[0] not in ("Variable", "Next")]
    match comparison:
        case "StringEquals":
            return value == given
        case "NumericGreaterThanEquals":
            return value >= given
        case "TimestampGreaterThanEqualsPath":
            return seconds(value) >= seconds(at(given))
        case _:
            pytest.fail(f"{comparison} is not known here")


def after(choice: State, document: State, entered: str = NOW_) -> str:
    return next(
        (one["Next"] for one in choice["Choices"] if holds(one, document, entered)), choice.get("Default", "nowhere")
    )


def document(step: str, go: str, *, kind: str = "rollback", n: int = 0, by: str = NOW_) -> State:
    """A run whose clocks all go off at `by`."""
    clocks = {"lease_by": by, "launch_from": by, "launch_by": by}
    profile = {"rollback": "rollback", "release": "release", "drill": "drill"}[kind]
    said = {"Acquire": {"go": "on", **clocks}, step: {"go": go, **(clocks if step == "Acquire" else {})}}
    return {"kind": kind, "profile": profile, "said": said, "polls": {step: {"n": n}}}


def limits(states: dict[str, State], step: str) -> list[int]:
    found = json.dumps([state.get("Choices", ()) for name, state in states.items() if name.startswith(f"{step}?")])
    tests = [one for choice in json.loads(found)[0] for one in choice.get("And", ())]
    return sorted({one["NumericGreaterThanEquals"] for one in tests if "NumericGreaterThanEquals" in one})


GUARDED = [("Acquire", "wait"), ("AwaitHealthy", "wait"), ("AwaitHealthy", "again"), ("Shift", "again")]


@pytest.mark.parametrize(("step", "go"), GUARDED)
def test_a_rollbacks_clock_ends_its_looks_and_repetitions_however_few_they_were(
    states: dict[str, State], step: str, go: str
) -> None:
    choice, on = states[f"{step}?"], f"{step}{'Pause' if go == 'wait' else 'Again'}"
    assert after(choice, document(step, go), SOON) == on
    assert after(choice, document(step, go), NOW_) == f"{step}Failed"
    assert after(choice, document(step, go), LATER) == f"{step}Failed"


@pytest.mark.parametrize(("step", "go"), GUARDED)
@pytest.mark.parametrize("kind", ["release", "drill"])
def test_the_count_ends_those_of_any_other_run_however_late_it_is(
    states: dict[str, State], step: str, go: str, kind: str
) -> None:
    choice, on = states[f"{step}?"], f"{step}{'Pause' if go == 'wait' else 'Again'}"
    least = limits(states, step)[0]
    assert after(choice, document(step, go, kind=kind, n=least - 1), LATER) == on
    assert after(choice, document(step, go, kind=kind, n=least), SOON) == f"{step}Failed"


@pytest.mark.parametrize(("step", "go"), GUARDED)
def test_a_rollbacks_looks_are_counted_too_in_case_its_clock_stands_still(
    states: dict[str, State], step: str, go: str
) -> None:
    choice, on = states[f"{step}?"], f"{step}{'Pause' if go == 'wait' else 'Again'}"
    most = limits(states, step)[-1]
    assert after(choice, document(step, go, n=most - 1), SOON) == on
    assert after(choice, document(step, go, n=most), SOON) == f"{step}Failed"


@pytest.mark.parametrize("step", ["Acquire", "AwaitHealthy"])
def test_a_rollbacks_clock_goes_off_before_its_looks_are_counted_out(states: dict[str, State], step: str) -> None:
    """Between two looks lies a pause, however quick the looks are."""
    clocks = {"Acquire": "lease_seconds", "AwaitHealthy": "launch_seconds"}
    pause = states[f"{step}Pause"]["Seconds"]
    # The prod and dev deadlines are the default one.
    assert limits(states, step)[-1] * pause >= getattr(default_rules(), clocks[step])


@pytest.mark.parametrize("step", sorted(LOOKS))
def test_a_look_that_fails_is_a_look_that_saw_nothing(states: dict[str, State], step: str) -> None:
    """No second try, which would take the time of the next look: that one comes anyway, and is counted."""
    state, missed = states[step], states[f"{step}Missed"]
    assert "Retry" not in state
    assert state["Catch"] == [
        {"ErrorEquals": ["States.ALL"], "ResultPath": f"$.missed.{step}", "Next": f"{step}Missed"}
    ]
    least, most = limits(states, step)[0], limits(states, step)[-1]
    release, rollback = document(step, "-", kind="release"), document(step, "-")
    del release["said"][step], rollback["said"][step]
    assert after(missed, release, SOON) == after(missed, rollback, SOON) == f"{step}Pause"
    for run, limit in ((release, least), (rollback, most)):
        run["polls"][step]["n"] = limit - 1
        assert after(missed, run, SOON) == f"{step}Pause"
        run["polls"][step]["n"] = limit
        late = after(missed, run, SOON)
        assert late == after(states[f"{step}?"], {**run, "said": {**run["said"], step: {"go": "wait"}}}, SOON)
        assert late.endswith(("Late", "Failed"))


def test_a_rollbacks_clock_ends_looks_that_fail_too(states: dict[str, State]) -> None:
    run = document("AwaitHealthy", "-")
    assert after(states["AwaitHealthyMissed"], run, SOON) == "AwaitHealthyPause"
    assert after(states["AwaitHealthyMissed"], run, NOW_) == "AwaitHealthyFailed"


def test_nothing_else_is_without_a_second_try(states: dict[str, State]) -> None:
    """But the lease's renewal between two looks, which outlasts several of them."""
    once = {name for name, state in states.items() if state["Type"] == "Task" and "Retry" not in state}
    assert once == LOOKS | {f"{name}Keep" for name in LOOKS}
    assert {name.removesuffix("Missed") for name in states if name.endswith("Missed")} == LOOKS
    assert "Retry" in states["Acquire"]
    assert "Retry" in states["DrainKeep1"]


def test_no_step_of_a_rollback_takes_longer_than_its_budget_says(states: dict[str, State]) -> None:
    """Until the traffic has moved: what the deadline is divided by is what the states may take."""
    for name in ("Acquire", "Load", "Capture", "Begin", "Prepare", "Shift"):
        [retry] = states[name]["Retry"]
        tries = 1 + retry["MaxAttempts"]
        assert tries * states[name]["TimeoutSeconds"] + (tries - 1) * retry["MaxDelaySeconds"] == STEP_SECONDS, name
    look, keep, pause = (states[f"AwaitHealthy{what}"] for what in ("", "Keep", "Pause"))
    assert look["TimeoutSeconds"] == LOOK_TIMEOUT_SECONDS
    assert pause["Seconds"] + keep["TimeoutSeconds"] + look["TimeoutSeconds"] == LOOK_ROUND_SECONDS
    # A group that was not ready for its traffic is looked at again: no more than that.
    assert states["ShiftWait"]["Seconds"] + look["TimeoutSeconds"] <= STEP_SECONDS + LOOK_TIMEOUT_SECONDS


def test_every_step_is_tried_twice_and_a_page_three_times(states: dict[str, State]) -> None:
    for name, state in states.items():
        if state["Type"] == "Task" and "Retry" in state:
            [retry] = state["Retry"]
            assert (retry["IntervalSeconds"], retry["MaxDelaySeconds"]) == (1, 1), name
            assert retry["MaxAttempts"] == (2 if name in PAGES else 1), name
            assert {"States.Timeout", "AwsBusyError", "Lambda.TooManyRequestsException"} <= set(retry["ErrorEquals"])
    assert {name for name, state in states.items() if "Retry" in state and name in PAGES} == PAGES


@pytest.mark.parametrize("kind", ["rollback", "release", "drill"])
def test_a_launch_that_the_deadline_cannot_pay_for_is_not_begun_whatever_capture_says(
    states: dict[str, State], kind: str
) -> None:
    choice = states["Capture?"]
    for profile in Profile:
        run = document("Capture", "on", kind=kind)
        run["said"]["Capture"]["profile"] = str(profile)
        assert after(choice, run, SOON) == "Profile"
        assert after(choice, run, NOW_) == ("CaptureLate" if profile is Profile.ROLLBACK else "Profile")
    page = states["CaptureLate"]
    assert (page["Next"], page["ResultPath"], page["Result"]["go"]) == ("Escalate", "$.said.Capture", "escalate")
    assert "the deadline does not pay" in page["Result"]["reason"]
    assert after(choice, document("Capture", "refused", kind=kind), LATER) == "Finish"
    assert after(choice, document("Capture", "escalate", kind=kind), LATER) == "Escalate"


@pytest.mark.parametrize("step", ["Canary", "Shift"])
def test_a_group_that_was_not_ready_has_time_before_it_is_looked_at_again(states: dict[str, State], step: str) -> None:
    """And it is no look of AwaitHealthy's own that is counted for it."""
    again = states[f"{step}Again"]
    assert again["ResultPath"] == f"$.polls.{step}"
    wait = states[again["Next"]]
    assert (wait["Type"], wait["Seconds"], wait["Next"]) == ("Wait", 10, "AwaitHealthy")


def test_a_runs_clock_starts_with_its_execution_and_nothing_is_missed_yet(states: dict[str, State]) -> None:
    """Not with a step of its own: what comes before the first one is in its deadline."""
    given = states["Start"]["Parameters"]
    assert given["began.$"] == "$$.Execution.StartTime"
    assert given["missed"] == {}
    assert given["polls"] == {name: {"n": 0} for name, step in STEPS.items() if step.repeats}


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_page_is_no_change_that_a_lost_lease_could_stop(states: dict[str, State], page: str) -> None:
    assert [one["ErrorEquals"] for one in states[page]["Catch"]] == [["States.ALL"]]


def test_whatever_state_a_run_is_in_is_shown_as_a_step(states: dict[str, State]) -> None:
    before = {name for field in ADDED for name in (f"{field}?", f"{field}Missing")}
    odd = (
        {"Start", "Profile", "Outcome"}
        | before
        | {name for name, one in states.items() if one["Type"] in ("Succeed", "Fail")}
    )
    drains = {name for name in states if name.startswith("Drain")}
    shown = {name: step_of(name, STEPS) for name in states.keys() - odd - drains}
    assert {name for name, step in shown.items() if step is None or not name.startswith(step)} == set()
