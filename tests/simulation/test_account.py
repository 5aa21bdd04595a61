"""On clients that count, the real adapters do what they do on the fakes, and call what they may."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import pytest

from recovery.permissions import GRANTS
from simulator.account import Client, Counting, Done, wired
from simulator.engine import Engine
from simulator.installed import installed
from simulator.scenarios import HORIZON_SECONDS, SCENARIOS, Scenario, begin
from simulator.site import START, Site, site
from tests.conftest import CONFIG

if TYPE_CHECKING:
    from simulator.paths import Doc
    from simulator.world import Execution, World

ROLLBACKS = [one for one in SCENARIOS if one.name in ("rollback, warm", "rollback, cold")]
IAM = {"elbv2": "elasticloadbalancing", "stepfunctions": "states"}
NAMED = {"s3:ListObjectsV2": "s3:ListBucket", "lambda:Invoke": "lambda:InvokeFunction"}
HEALTH = "elbv2.describe_target_health"
PARTS = {"dynamodb:TransactWriteItems"}
"""Has no action of its own: those of its parts count (Service Authorization Reference)."""


@cache
def place() -> Site:
    return site(CONFIG, "prod")


def counted(scenario: Scenario) -> tuple[World, list[Done]]:
    with wired(place().settings) as account:
        world = begin(scenario, place())
        Counting(world, account).run(START + HORIZON_SECONDS)
    return world, account.done


def steps(done: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each once, in the order in which it was first come to."""
    return list(dict.fromkeys(done))


class Noting(Engine):
    """Keeps which functions were called for which step."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.done: list[tuple[str, str]] = []

    def invoke(self, function: str, event: Doc, fault: str = "", *, run: Execution | None = None) -> tuple[str, Doc]:
        self.done.append((function, str(event.get("step", ""))))
        return super().invoke(function, event, fault, run=run)


@pytest.mark.parametrize("scenario", ROLLBACKS, ids=[one.name for one in ROLLBACKS])
def test_real_adapters_on_counting_clients_come_to_the_same_end_by_the_same_steps(scenario: Scenario) -> None:
    world, done = counted(scenario)
    assert not world.violations
    assert [run.error for run in world.runs.values()] == [scenario.promises]
    with installed(place().settings):
        engine = Noting(begin(scenario, place()))
        engine.run(START + HORIZON_SECONDS)
    assert steps([(one.function, one.step) for one in done]) == steps(engine.done)


@pytest.mark.parametrize("scenario", ROLLBACKS, ids=[one.name for one in ROLLBACKS])
def test_every_call_that_is_counted_is_one_that_the_function_may_make(scenario: Scenario) -> None:
    _, done = counted(scenario)
    for one in done:
        allowed = {action for permission in GRANTS[one.function] for action in permission.actions}
        asked = {action(call) for call in one.calls} - PARTS
        assert asked <= allowed, (one.function, one.step)


def action(call: str) -> str:
    service, _, operation = call.partition(".")
    name = f"{IAM.get(service, service)}:{''.join(part.title() for part in operation.split('_'))}"
    return NAMED.get(name, name)


def test_a_look_counts_both_groups_and_a_shift_one_write() -> None:
    _, done = counted(ROLLBACKS[0])
    [shift] = [Counter(one.calls) for one in done if one.step == "Shift"]
    assert shift == {
        "dynamodb.get_item": 1,
        "dynamodb.update_item": 1,
        "elbv2.describe_target_health": 2,
        "elbv2.describe_rules": 1,
        "elbv2.describe_tags": 1,
        "autoscaling.describe_auto_scaling_groups": 1,
        "elbv2.modify_rule": 1,
    }
    assert sum("elbv2.modify_rule" in one.calls for one in done) == 1


def test_only_who_decides_by_the_targets_health_asks_for_it() -> None:
    asked = {one.step or one.function for scenario in ROLLBACKS for one in counted(scenario)[1] if HEALTH in one.calls}
    assert asked == {"Capture", "Prepare", "AwaitHealthy", "Shift", "Retire"}


def test_what_is_not_known_of_a_service_is_not_made_up() -> None:
    with pytest.raises(AttributeError, match="delete_rule"):
        _ = Client("elbv2", []).delete_rule
