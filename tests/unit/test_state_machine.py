"""The synthesized state machine: what AWS would refuse, and what would leave a run hanging."""

from __future__ import annotations

import ast
import json
import random
import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from modules.bound import bound
from modules.run_limits import LIMIT, TRIES, UncountedLoopError, leads_to, most_events
from modules.settings_file import SettingsError, load
from scripts.lint_state_machines import machines, problems
from tests.conftest import ROOT, edited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.synthesized import Stack

    Synth = Callable[[str], dict[str, Stack]]
    State = dict[str, Any]

pytestmark = pytest.mark.parametrize("variant", ["dev", "prod"])
# Amazon States Language, "Errors", and the Step Functions guide, "Handle transient Lambda service exceptions".
AWS_ERRORS = {
    "States.ALL",
    "States.Timeout",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
}
# What would only be noticed by a run: an edit of one state, and what statelint has to name.
BREAKAGES: dict[str, tuple[str, State, str]] = {
    "a state that is not there": ("Smoke", {"Next": "Nowhere"}, "Nowhere"),
    "a misspelt field": ("BakePause", {"Secnds": 3}, "Secnds"),
    "a type that is none": ("Finish", {"Type": "Tsk"}, "Tsk"),
    "seconds as a text": ("Smoke", {"TimeoutSeconds": "40"}, "TimeoutSeconds"),
    "a retry without a delay": ("Smoke", {"Retry": [{"ErrorEquals": ["X"], "MaxDelaySeconds": 0}]}, "MaxDelaySeconds"),
    "a misspelt limit of a retry": ("Smoke", {"Retry": [{"ErrorEquals": ["X"], "MaxAttempt": 1}]}, "MaxAttempt"),
    "a catch behind the one for all": ("Smoke", {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Finish"}, {"ErrorEquals": ["X"], "Next": "Finish"}]}, "States.ALL"),
    "a comparison that is none": ("Smoke?", {"Choices": [{"Variable": "$.a", "StringEqual": "b", "Next": "Finish"}]}, "StringEqual"),
    "a path that is none": ("Smoke", {"ResultPath": "$.[said"}, "ResultPath"),
    "a function that is none": ("BakeCount", {"Parameters": {"n.$": "States.MathAd($.n, 1)"}}, "n.$"),
    "JSONata": ("Smoke", {"QueryLanguage": "JSONata"}, "Smoke"),
}  # fmt: skip


@pytest.fixture
def machine(synth: Synth, variant: str) -> dict[str, Any]:
    [definition] = machines(synth(variant)["control_plane"].json).values()
    return json.loads(definition)


def tasks(machine: dict[str, Any]) -> Iterator[tuple[str, State]]:
    return ((name, state) for name, state in machine["States"].items() if state["Type"] == "Task")


def test_the_linter_has_nothing_to_say(machine: dict[str, Any]) -> None:
    assert problems(json.dumps(machine)) == []


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_the_linter_sees(machine: dict[str, Any], breakage: str) -> None:
    name, edit, named = BREAKAGES[breakage]
    assert name in machine["States"]
    machine["States"][name] |= edit
    assert any(named in problem for problem in problems(json.dumps(machine))), breakage


def test_every_task_ends_and_what_fails_goes_somewhere(machine: dict[str, Any]) -> None:
    for name, state in tasks(machine):
        assert state["TimeoutSeconds"] > 0, name
        for retry in state.get("Retry", ()):
            assert retry["MaxAttempts"] >= 1, name
            assert retry["MaxDelaySeconds"] >= retry["IntervalSeconds"], name
        assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name
        assert all("ResultPath" in catch for catch in state["Catch"]), f"{name} would lose the run's document"


def test_a_function_gives_up_before_its_state_does(synth: Synth, variant: str) -> None:
    stack = synth(variant)["control_plane"]
    machine = stack.resource("aws_sfn_state_machine", "runs_machine")
    for name, state in tasks(json.loads(machine["definition"])):
        found = re.fullmatch(r"\$\{aws_lambda_alias\.(\w+)\.arn\}", state["Resource"])
        assert found, f"{name} calls {state['Resource']}, which is no published version"
        alias = stack.resource("aws_lambda_alias", found[1])
        function = re.fullmatch(r"\$\{aws_lambda_function\.(\w+)\.function_name\}", alias["function_name"])
        assert function
        timeout = stack.resource("aws_lambda_function", function[1])["timeout"]
        assert timeout < state["TimeoutSeconds"], f"{name}: {timeout} s in {function[1]}"


def test_every_error_that_is_named_exists(machine: dict[str, Any]) -> None:
    ours = {
        node.name
        for path in (ROOT / "lambda" / "recovery").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    for name, state in tasks(machine):
        named = {error for one in (*state.get("Retry", ()), *state["Catch"]) for error in one["ErrorEquals"]}
        assert named <= ours | AWS_ERRORS, f"{name}: {named - ours - AWS_ERRORS}"


def test_every_state_is_reached_and_every_way_ends(machine: dict[str, Any]) -> None:
    states = machine["States"]
    reached: set[str] = set()
    waiting = [machine["StartAt"]]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += leads_to(states[name])
    assert reached == set(states)
    ends = {name for name, state in states.items() if state["Type"] in ("Succeed", "Fail")}
    while more := {name for name, state in states.items() if name not in ends and {*leads_to(state)} & ends}:
        ends |= more
    assert ends == set(states), f"no way leads out of {set(states) - ends}"


def test_the_language_is_jsonpath(machine: dict[str, Any]) -> None:
    # JSONata does not run in the embedded AWS.
    text = json.dumps(machine)
    for word in ("QueryLanguage", "{%", '"Assign"', '"Arguments"', '"Output"'):
        assert word not in text


def test_waiting_is_the_state_machines_alone(machine: dict[str, Any]) -> None:
    assert [state for state in machine["States"].values() if state["Type"] == "Wait"]
    for path in (ROOT / "lambda" / "recovery").rglob("*.py"):
        called = {node.attr for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)}  # fmt: skip
        assert not called & {"sleep", "get_waiter", "wait"}, f"{path.name} waits"
    for name, state in tasks(machine):
        assert "waitForTaskToken" not in state["Resource"], name


def test_the_longest_run_fits_into_a_history(machine: dict[str, Any]) -> None:
    assert most_events(machine) < LIMIT


@pytest.mark.parametrize("seed", range(20))
def test_no_walk_writes_more_events_than_were_counted(machine: dict[str, Any], seed: int) -> None:
    assert walked(machine, random.Random(seed)) <= most_events(machine)  # noqa: S311 no secret


def test_a_run_that_is_late_at_every_step_comes_near_what_was_counted(machine: dict[str, Any]) -> None:
    """What is counted is of no one profile: the longest run has no drill's share in it."""
    assert walked(machine, None) > most_events(machine) * 0.5


def test_the_execution_s_timeout_is_no_shorter_than_the_proven_bound(machine: dict[str, Any]) -> None:
    """A run that times out is left to the watchdog: it is the backstop of a defect, not of a slow day."""
    proven = bound(machine)
    assert proven.timeout == machine["TimeoutSeconds"]
    assert proven.seconds <= machine["TimeoutSeconds"]
    longest = max(walked(machine, random.Random(seed), seconds) for seed in range(20))  # noqa: S311 no secret
    assert longest <= proven.seconds
    assert walked(machine, None, seconds) > machine["TimeoutSeconds"] * 0.4


def test_a_loop_that_nothing_counts_is_refused(machine: dict[str, Any]) -> None:
    loop = deepcopy(machine)
    loop["States"]["BakePause"]["Next"] = "Bake"
    with pytest.raises(UncountedLoopError, match="Bake"):
        most_events(loop)


def test_the_longest_bake_that_fits_is_what_the_message_says(variant: str, tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    long = (r"bake_minutes = \d+", "bake_minutes = 180")
    with pytest.raises(SettingsError) as refused:
        load(edited(tmp_path / "first", variant, long), variant)
    found = re.search(r"are (\d+) together: .*; make them (\d+) or less", refused.value.problems[0])
    assert found
    fitting = 180 - int(found[1]) + int(found[2])
    load(edited(tmp_path / "first", variant, (r"bake_minutes = \d+", f"bake_minutes = {fitting}")), variant)
    with pytest.raises(SettingsError):
        load(edited(tmp_path / "first", variant, (r"bake_minutes = \d+", f"bake_minutes = {fitting + 1}")), variant)


def events(state: State) -> int:
    """Every call tried twice."""
    return 2 + (3 * TRIES if state["Type"] == "Task" else 0)


def seconds(state: State) -> int:
    """A call that hangs on every try."""
    tries = 1 + sum(int(one["MaxAttempts"]) for one in state.get("Retry", ()))
    return int(state.get("Seconds", 0)) + tries * int(state.get("TimeoutSeconds", 0))


def walked(machine: dict[str, Any], chance: random.Random | None, weigh: Callable[[State], int] = events) -> int:
    """The weight of one way through; without chance the one that waits wherever it can."""
    states, name = machine["States"], machine["StartAt"]
    raised: dict[str, int] = {}
    total = 1
    while True:
        state = states[name]
        if state["Type"] in ("Succeed", "Fail"):
            return total + 3
        total += weigh(state)
        path = str(state.get("ResultPath") or "")
        if path.startswith("$.polls."):
            raised[path] = raised.get(path, 0) + 1
        ways = [*_open(state, raised)]
        later = min(ways, key=_haste)
        name = chance.choice([*ways, *[later] * 30]) if chance else later


def _haste(way: str) -> int:
    """Another look first, then the way on, failure last."""
    if way.endswith(("Pause", "Keep", "Count")):
        return 0
    return 2 if way.endswith(("Failed", "Missed", "Late", "How", "Escalate")) else 1


def _open(state: State, raised: dict[str, int]) -> Iterator[str]:
    """What may follow: a choice for another look only while its counter is below its limit."""
    limits = {
        test["Variable"].removesuffix(".n"): test["NumericGreaterThanEquals"]
        for choice in state.get("Choices", ())
        for test in choice.get("And", ())
        if "NumericGreaterThanEquals" in test
    }
    over = {path for path, limit in limits.items() if raised.get(path, 0) >= limit}
    for way in leads_to(state):
        if not (over and way.endswith(("Pause", "Again"))):
            yield way
