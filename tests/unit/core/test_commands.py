"""What is to be changed, as a person reads it, and nothing where all is as it should be."""

from __future__ import annotations

import pytest

from recovery.core.commands import PAUSED, Command, SetGroup, SetProcesses, SetWeights, processes
from tests.unit.core.scenes import V1, V2, full

ALL_PAUSED = ("AZRebalance", "AlarmNotification", "ScheduledActions")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (SetGroup("green", V2, 4, 4), "green: version 2, min 4, desired 4"),
        (SetGroup("blue", None, 0, 2), "blue: min 0, desired 2"),
        (SetProcesses("green", suspend=("A", "B")), "green: suspend A, B, resume -"),
        (SetProcesses("green", resume=("A", "B")), "green: suspend -, resume A, B"),
        (SetWeights({"green": 10, "blue": 90}), "weights blue 90, green 10"),
    ],
)
def test_a_command_says_in_one_line_what_it_does(command: Command, says: str) -> None:
    assert command.says() == says


def test_what_could_keep_instances_from_getting_healthy_is_never_paused() -> None:
    assert not {"Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AddToLoadBalancer"} & set(PAUSED)
    assert sorted(PAUSED) == list(ALL_PAUSED)


@pytest.mark.parametrize(
    ("suspended", "paused", "expected"),
    [
        ((), True, [SetProcesses("blue", suspend=ALL_PAUSED)]),
        (ALL_PAUSED, True, []),
        (ALL_PAUSED[:1], True, [SetProcesses("blue", suspend=ALL_PAUSED[1:])]),
        ((*ALL_PAUSED, "Launch"), True, [SetProcesses("blue", resume=("Launch",))]),
        (("Terminate", "Launch"), True, [SetProcesses("blue", suspend=ALL_PAUSED, resume=("Launch", "Terminate"))]),
        ((), False, []),
        (ALL_PAUSED, False, [SetProcesses("blue", resume=ALL_PAUSED)]),
        (("Launch",), False, [SetProcesses("blue", resume=("Launch",))]),
    ],
)
def test_exactly_the_right_processes_run_afterwards(
    suspended: tuple[str, ...], paused: bool, expected: list[Command]
) -> None:
    assert processes(full("blue", V1, 2, suspended=suspended), paused=paused) == expected
