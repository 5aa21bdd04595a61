"""The deadline is proven of what would be deployed, and the proof notices what is changed of it."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from modules.proof import Proof, SynthesizedError, deployed, prove
from modules.proof.segments import Phase
from recovery.core.protocol import Function
from tests.unit.bound.test_explaining import changed, places

if TYPE_CHECKING:
    from collections.abc import Callable

    from modules.proof import Deployed
    from tests.synthesized import Stack

    Synth = Callable[[str], dict[str, Stack]]

ON_A_ROLLBACKS_WAY = ("Load", "Capture", "Begin", "Prepare", "AwaitHealthy", "Shift")


def read(synth: Synth, variant: str) -> Deployed:
    stacks = synth(variant)
    return deployed(stacks["service"].json, stacks["control_plane"].json)


@pytest.fixture
def prod(synth: Synth) -> Deployed:
    return read(synth, "prod")


def figures(proof: Proof) -> dict[str, Any]:
    """Every number that it comes to."""
    cases = {case.name: (case.seconds, dict(case.outcomes)) for case in (*proof.cases, *proof.restored)}
    return {**cases, "boot": proof.boot_seconds, "backstop": proof.backstop_seconds}


@pytest.mark.parametrize("variant", ["dev", "prod"])
def test_each_environment_meets_its_deadline_with_a_path_that_adds_up(synth: Synth, variant: str) -> None:
    proof = prove(read(synth, variant))
    found = proof.json()
    assert found["problems"] == []
    assert found["deadline_seconds"] == 900
    assert found["bound_seconds"] == sum(part["seconds"] for part in found["path"]) <= 840
    assert found["detection_seconds"] == sum(p["seconds"] for p in found["path"] if p["phase"] == Phase.DETECTION)
    assert found["warm_recovery_seconds"] <= 240
    assert found["backstop_seconds"] <= 900
    for case in found["cases"]:
        assert case["seconds"] == sum(part["seconds"] for part in case["path"]), case["case"]
        assert case["seconds"] <= found["bound_seconds"], case["case"]


def test_what_a_path_rests_on_stands_in_the_ledger_with_a_source(prod: Deployed) -> None:
    proof = prove(prod)
    ledger = {one.id: one for one in proof.assumptions}
    rested_on = {part.rests_on for case in (*proof.cases, *proof.restored) for part in case.path if part.rests_on}
    assert rested_on <= set(ledger)
    assert {"A2", "A4", "A5", "A6", "A8", "A9"} <= rested_on
    assert all(one.source and one.measured for one in proof.assumptions)
    for part in (part for case in proof.cases for part in case.path if part.rests_on not in ("", "A8")):
        assert ledger[part.rests_on].seconds == part.seconds, part


def test_the_case_that_begins_with_a_person_has_no_detection_in_it(prod: Deployed) -> None:
    cases = {case.name: case for case in prove(prod).cases}
    for name in ("cold", "warm"):
        asked = cases[f"{name}, asked for"]
        assert asked.of(Phase.DETECTION) == 0
        assert asked.of(Phase.RECOVERY) == cases[name].of(Phase.RECOVERY)


def test_each_number_of_the_machine_changes_the_proof_or_its_state_says_why_not(prod: Deployed) -> None:
    before = figures(prove(prod))
    cases = prove(prod).cases

    @cache
    def explained(name: str) -> dict[str, Any]:
        case = next(one for one in cases if one.name == name)
        return {one.state: one for one in case.run.explain()}

    moved: set[str] = set()
    numbers = list(places(prod.machine["States"]))
    assert {way[-1] for _, way in numbers} >= {"TimeoutSeconds", "Seconds", "MaxAttempts", "NumericGreaterThanEquals"}
    for name, way in numbers:
        if figures(prove(replace(prod, machine=changed(dict(prod.machine), name, way, 1)))) != before:
            moved.add(name)
            continue
        for case in cases:
            if name in case.outcomes:
                continue  # the way ends where it is entered
            one = explained(case.name)[name]
            told = f"{case.name}: {name} {way}: {one}"
            if way[0] == "Choices":
                assert one.latest is None or any("one more changes nothing" in count for count in one.counts), told
            else:
                assert not one.on_path, told
                assert one.why.startswith(("after ", "not reached", "overtaken ", "a longer way ", "another end ")), (
                    told
                )
    assert {*ON_A_ROLLBACKS_WAY, "Acquire", "AcquirePause", "Alert", "Escalate", "Return"} <= moved


def later_looks(found: Deployed) -> Deployed:
    return replace(found, watch_seconds=found.watch_seconds + 7)


def slower_watchdog(found: Deployed) -> Deployed:
    return replace(found, timeouts={**found.timeouts, "watchdog": found.timeouts["watchdog"] + 7})


def longer_periods(found: Deployed) -> Deployed:
    return replace(found, alarms=tuple(replace(one, bad_periods=1, period_seconds=127) for one in found.alarms))


def later_clock(found: Deployed) -> Deployed:
    return replace(found, rules=replace(found.rules, launch_seconds=found.rules.launch_seconds + 7))


@pytest.mark.parametrize("change", [later_looks, slower_watchdog, longer_periods, later_clock])
def test_what_lies_outside_of_the_machine_is_in_the_bound(
    prod: Deployed, change: Callable[[Deployed], Deployed]
) -> None:
    assert prove(change(prod)).worst.seconds == prove(prod).worst.seconds + 7


def test_a_deadline_that_is_not_met_is_named_with_its_path(prod: Deployed) -> None:
    late = prove(replace(prod, rules=replace(prod.rules, deadline_seconds=800)))
    [over, page] = late.problems
    assert over.startswith("recovery.deadline_seconds = 800: ")
    assert "820 s from the first bad minute" in over
    assert "the watchdog pages as late as 900 s" in page


def test_a_clock_that_pages_though_instances_boot_in_time_is_a_problem(prod: Deployed) -> None:
    slow = prove(replace(prod, rules=replace(prod.rules, healthy_seconds=154)))
    assert [problem.partition(":")[0] for problem in slow.problems] == ["recovery.healthy_seconds = 154"]


@pytest.mark.parametrize(
    ("kind", "stack"),
    [
        ("aws_sfn_state_machine", "control_plane"),
        ("aws_cloudwatch_event_rule", "control_plane"),
        ("aws_cloudwatch_metric_alarm", "service"),
        ("aws_lb_target_group", "service"),
    ],
)
def test_a_stack_without_what_the_proof_reads_is_named(synth: Synth, kind: str, stack: str) -> None:
    stacks = {name: copy.deepcopy(one.json) for name, one in synth("prod").items()}
    del stacks[stack]["resource"][kind]
    with pytest.raises(SynthesizedError, match=rf"{stack}: .*{kind}"):
        deployed(stacks["service"], stacks["control_plane"])


def test_a_function_ends_before_the_state_that_waits_for_it(prod: Deployed) -> None:
    """Or a retry could run beside it."""
    for name, state in prod.machine["States"].items():
        if state["Type"] == "Task":
            function = next(one for one in Function if f".{one}_alias." in state["Resource"])
            assert prod.timeouts[function] < state["TimeoutSeconds"], name
