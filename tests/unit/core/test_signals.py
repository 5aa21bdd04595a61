"""A signal travels to the functions as what decides, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from recovery.core.signals import Signal, signal
from tests.unit.core.scenes import ERRORS, LATENCY


@pytest.mark.parametrize("given", [ERRORS, LATENCY])
def test_a_signal_reads_back_as_what_decides(given: Signal) -> None:
    assert signal(json.loads(json.dumps(given.document()))) == replace(given, says="")


def test_what_it_says_to_people_stays_behind() -> None:
    assert ERRORS.says
    assert ERRORS.says not in json.dumps(ERRORS.document())


def test_reading_a_signal_leaves_its_document_as_it_was() -> None:
    document = ERRORS.document()
    assert signal(document) == signal(document)


@pytest.mark.parametrize("document", [{**ERRORS.document(), "colour": "blue"}, {"name": "errors", "metrics": []}])
def test_a_document_of_another_shape_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        signal(document)
