"""A step's answer as it travels through the state machine."""

from __future__ import annotations

import json

import pytest

from recovery.core.answers import Answer, Blame, Go, blame
from recovery.core.quarantine import Level

FOUND = Blame(Level.SUSPECT, "the breach goes on")


def test_an_answer_travels_as_json_with_its_facts_beside_it() -> None:
    document = Answer(Go.FAIL, "it is bad", FOUND, {"verdict": "fail", "requests": 150}).document()
    assert json.loads(json.dumps(document)) == {
        "go": "fail",
        "reason": "it is bad",
        "blame": {"level": "suspect", "evidence": "the breach goes on"},
        "verdict": "fail",
        "requests": 150,
    }


@pytest.mark.parametrize("given", [FOUND, Blame(Level.BAD, ""), None])
def test_who_is_to_blame_is_read_back(given: Blame | None) -> None:
    assert blame(json.loads(json.dumps(Answer(Go.FAIL, "", given).document()))) == given


def test_a_step_that_has_not_spoken_blames_nobody() -> None:
    assert blame(None) is None
    assert blame({}) is None
    assert blame({"Error": "States.Timeout", "Cause": ""}) is None
