"""StartExecution and DescribeExecution (Step Functions API)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recovery.errors import AwsBusyError, AwsError
from tests.contract.fakes.side import FAILS

if TYPE_CHECKING:
    from tests.contract.fakes.side import Side

DOCUMENT = {"kind": "release", "cause": "a test", "release": None, "accepted": False}


def test_a_run_that_is_started_is_running(side: Side) -> None:
    assert side.runs.start("release-1", DOCUMENT) is True
    assert side.runs.status("release-1") == "RUNNING"


def test_a_run_that_nobody_started_is_gone(side: Side) -> None:
    assert side.runs.status("release-1") == "gone"


def test_the_same_input_while_it_runs_is_the_same_run(side: Side) -> None:
    """StartExecution: "the call succeeds and returns the same response", whatever the order of the input's keys."""
    assert side.runs.start("release-1", DOCUMENT) is True
    assert side.runs.start("release-1", dict(reversed(DOCUMENT.items()))) is True


def test_another_input_under_the_same_name_starts_nothing(side: Side) -> None:
    """StartExecution: ExecutionAlreadyExists."""
    side.runs.start("release-1", DOCUMENT)
    assert side.runs.start("release-1", {**DOCUMENT, "cause": FAILS}) is False
    side.finish("release-1")
    assert side.runs.status("release-1") == "SUCCEEDED"


@pytest.mark.parametrize(("cause", "status"), [("a test", "SUCCEEDED"), (FAILS, "FAILED")])
def test_a_run_that_has_ended_says_how_and_is_not_started_again(side: Side, cause: str, status: str) -> None:
    document = {**DOCUMENT, "cause": cause}
    side.runs.start("release-1", document)
    side.finish("release-1")
    assert side.runs.status("release-1") == status
    assert side.runs.start("release-1", document) is False


def test_a_run_that_was_stopped_is_aborted_and_its_name_stays_taken(side: Side) -> None:
    side.runs.start("release-1", DOCUMENT)
    side.stop("release-1")
    assert side.runs.status("release-1") == "ABORTED"
    assert side.runs.start("release-1", DOCUMENT) is False


def test_two_names_are_two_runs(side: Side) -> None:
    side.runs.start("release-1", DOCUMENT)
    side.runs.start("release-2", DOCUMENT)
    side.stop("release-1")
    assert [side.runs.status(name) for name in ("release-1", "release-2")] == ["ABORTED", "RUNNING"]


@pytest.mark.parametrize("name", ["r" * 81, "release 1", "release:1"], ids=["too long", "space", "colon"])
def test_a_name_that_step_functions_does_not_take_starts_nothing(side: Side, name: str) -> None:
    """StartExecution.name: 1 to 80 characters, no white space, no wildcards, none of `" # % \\ ^ | ~ ` $ & , ; : /`."""
    with pytest.raises(AwsError) as refused:
        side.runs.start(name, DOCUMENT)
    assert not isinstance(refused.value, AwsBusyError)


def test_a_name_of_eighty_characters_is_taken(side: Side) -> None:
    assert side.runs.start("r" * 80, DOCUMENT) is True
