"""What the proof reads of the synthesized stacks: state machine, functions, schedules, alarms, target groups."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from recovery.core.rules import Rules
from recovery.settings import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RATE = re.compile(r"rate\((\d+) (minute|minutes|hour|hours|day|days)\)")
UNITS = {"minute": 60, "hour": 3600, "day": 86_400}


class SynthesizedError(Exception):
    """A stack lacks what the proof needs. `problems` holds a line each, naming stack and resource."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Alarm:
    """Of a group: how many of its periods have to be bad, of how many."""

    name: str
    period_seconds: int
    bad_periods: int
    periods: int


@dataclass(frozen=True, slots=True)
class Deployed:
    """As it would be deployed. All times in seconds."""

    machine: Mapping[str, Any]
    """The state machine's definition."""
    rules: Rules
    """What the functions decide by."""
    timeouts: Mapping[str, int]
    """Function → its own timeout."""
    watch_seconds: int
    """The watchdog's period."""
    alarms: tuple[Alarm, ...]
    deregistration_seconds: int

    @property
    def worst_alarm(self) -> Alarm:
        """The one that takes longest to fire."""
        return max(self.alarms, key=lambda one: (one.bad_periods * one.period_seconds, one.name))


def deployed(service: Mapping[str, Any], control_plane: Mapping[str, Any]) -> Deployed:
    """Of the two stacks' Terraform JSON. Raises SynthesizedError."""
    problems: list[str] = []
    machines = _every(control_plane, "aws_sfn_state_machine")
    functions = {
        str(one["handler"]).split(".")[-2]: one for one in _every(control_plane, "aws_lambda_function").values()
    }
    schedules = [
        seconds
        for one in _every(control_plane, "aws_cloudwatch_event_rule").values()
        if (seconds := _period(one.get("schedule_expression"))) is not None
    ]
    alarms = tuple(_alarms(service))
    delays = [int(one.get("deregistration_delay", 300)) for one in _every(service, "aws_lb_target_group").values()]
    wanted = {
        "control_plane: one aws_sfn_state_machine": len(machines) == 1,
        "control_plane: aws_lambda_function of submit and watchdog": {"submit", "watchdog"} <= set(functions),
        "control_plane: an aws_cloudwatch_event_rule with a rate": bool(schedules),
        "service: aws_cloudwatch_metric_alarm": bool(alarms),
        "service: aws_lb_target_group": bool(delays),
    }
    problems += [f"{what} is missing" for what, there in wanted.items() if not there]
    if problems:
        raise SynthesizedError(problems)
    [machine] = machines.values()
    variables = cast("Mapping[str, str]", functions["submit"]["environment"]["variables"])
    return Deployed(
        machine=json.loads(machine["definition"]),
        rules=Rules.of(json.loads(variables[f"{PREFIX}RULES"])),
        timeouts={name: int(one.get("timeout", 3)) for name, one in functions.items()},
        watch_seconds=min(schedules),
        alarms=alarms,
        deregistration_seconds=max(delays),
    )


def _alarms(service: Mapping[str, Any]) -> Iterator[Alarm]:
    for one in _every(service, "aws_cloudwatch_metric_alarm").values():
        queries = cast("list[dict[str, Any]]", one.get("metric_query", []))
        periods = {int(query["metric"]["period"]) for query in queries if "metric" in query}
        periods |= {int(one["period"])} if "period" in one else set()
        evaluated = int(one["evaluation_periods"])
        yield Alarm(str(one["alarm_name"]), max(periods), int(one.get("datapoints_to_alarm", evaluated)), evaluated)


def _every(stack: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    resources = cast("dict[str, dict[str, dict[str, Any]]]", stack.get("resource", {}))
    return resources.get(kind, {})


def _period(expression: object) -> int | None:
    found = RATE.fullmatch(str(expression))
    return int(found[1]) * UNITS[found[2].removesuffix("s")] if found else None
