"""The one line of the user data that says how an instance behaves."""

from __future__ import annotations

import math

import pytest

from localaws.behaviour import Behaviour, BehaviourError, parse


@pytest.mark.parametrize(
    ("user_data", "expected"),
    [
        ("", Behaviour()),
        ("#!/bin/bash\necho localaws: boot=9s\n", Behaviour()),
        ("#!/bin/bash\n# localaws: boot=3s status=500 latency=250ms\n", Behaviour(3.0, 500, 0.25)),
        ("  #localaws: boot=never health=503", Behaviour(math.inf, health_status=503)),
        ("# localaws: boot=1.5m\r\n# localaws: status=404\r\n", Behaviour(90.0, 404)),
        ("# localaws: boot=1s\n# localaws: boot=2s", Behaviour(2.0)),
    ],
)
def test_it_is_read_from_comments(user_data: str, expected: Behaviour) -> None:
    assert parse(user_data) == expected


@pytest.mark.parametrize(
    "word", ["boot=soon", "boot=3", "status=99", "status=600", "health=ok", "latency=-1s", "Boot=1s", "x"]
)
def test_what_it_does_not_say_rightly_is_refused(word: str) -> None:
    with pytest.raises(BehaviourError, match=f"'{word}'"):
        parse(f"# localaws: {word}")
