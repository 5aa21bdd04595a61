"""The operator's numbers arrive as they were set, and say how much is kept warm."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from recovery.core.rules import Rules
from tests.unit.core.scenes import ERRORS, LATENCY, RULES


def test_rules_read_back_as_they_were_written_but_for_what_signals_say_to_people() -> None:
    read = Rules.of(json.loads(json.dumps(RULES.document())))
    assert read == replace(RULES, signals=(replace(ERRORS, says=""), LATENCY))


def test_a_number_too_many_or_too_few_is_refused() -> None:
    with pytest.raises(TypeError):
        Rules.of({**RULES.document(), "patience": 3})
    with pytest.raises(TypeError):
        Rules.of({name: value for name, value in RULES.document().items() if name != "minimum"})
    with pytest.raises(KeyError):
        Rules.of({name: value for name, value in RULES.document().items() if name != "signals"})


@pytest.mark.parametrize(
    ("warm", "serving", "kept"),
    [
        ("full", 5, 5),
        ("full", 1, 2),
        ("full", 9, 8),
        ("full", 0, 2),
        ("minimum", 5, 2),
        ("minimum", 1, 2),
        ("none", 5, 0),
    ],
)
def test_how_much_is_kept_warm(warm: Any, serving: int, kept: int) -> None:
    assert replace(RULES, warm=warm).warm_size(serving) == kept
