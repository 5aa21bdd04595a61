"""What is asked of the simulator that does not exist is said, with what there is."""

from __future__ import annotations

import pytest

from simulator.asked import UnknownError, again
from simulator.parallel import Job
from tests.conftest import CONFIG

JOB = Job(str(CONFIG), "dev", 900.0, quick=True)


@pytest.mark.parametrize(
    ("scenario", "fault", "says"),
    [
        ("nosuch", "drill:Finish=hang", "there is no scenario 'nosuch'; there are: first release"),
        ("drill", "hang", "say PLACE=FAULT"),
        ("drill", "drill:Finish=", "there is no fault '' at drill:Finish; there are: busy"),
        ("drill", "drill:Nowhere=hang", "say PLACE=FAULT"),
        ("drill", "drill:Smoke=stale", "there is no fault 'stale' at drill:Smoke"),
        ("drill", "laws=seven", "say PLACE=FAULT"),
    ],
)
def test_what_there_is_not_is_said(scenario: str, fault: str, says: str) -> None:
    with pytest.raises(UnknownError, match=says.replace("?", r"\?")):
        again(JOB, scenario, [fault])


def test_a_fault_that_a_world_never_comes_to_is_said() -> None:
    lines, holds = again(JOB, "drill", ["drill:Finish+9=hang", "laws=7", "drill:Smoke=hang"])
    assert holds
    assert [line for line in lines if "never came" in line] == ["the world never came to drill:Finish+9"]


def test_what_does_not_hold_is_said_last() -> None:
    lines, holds = again(Job(str(CONFIG), "dev", 10.0, quick=True), "rollback, warm", [])
    assert not holds
    assert "over the bound of 10 s" in lines[-1]
