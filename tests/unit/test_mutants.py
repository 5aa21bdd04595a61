"""What `make mutants` says of what mutmut left behind, and what it does not let it mutate."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import libcst as cst
import pytest
from mutmut.mutation import mutators

from scripts.mutants import CORE, Counts, Mutant, MutantsError, accepted, counts, read, table
from scripts.mutating import without_wording, words

if TYPE_CHECKING:
    from pathlib import Path

MUTATED = """
def x_free__mutmut_orig(now: float) -> bool:
    return now > 3

def x_free__mutmut_1(now: float) -> bool:
    return now >= 3

def x_free__mutmut_2(now: float) -> bool:
    return now > 4

class Lease:
    def xǁLeaseǁheld__read__mutmut_orig(self) -> bool:
        if self.run:
            return True
        return False

    def xǁLeaseǁheld__read__mutmut_1(self) -> bool:
        if self.run:
            return False
        return False
"""
KEY = "recovery.core.lease."
STATUSES = {"x_free__mutmut_1": 0, "x_free__mutmut_2": 1, "xǁLeaseǁheld__read__mutmut_1": 33}
LATER = Mutant("lease", "free", "return now > 3", "return now >= 3")
UNTESTED = Mutant("lease", "Lease.held", "return True", "return False")


def left_behind(folder: Path, statuses: dict[str, int | None]) -> Path:
    core = folder / "mutants" / "recovery" / "core"
    core.mkdir(parents=True)
    (core / "lease.py").write_text(MUTATED, encoding="utf-8")
    body = {"exit_code_by_key": {KEY + name: status for name, status in statuses.items()}}
    (core / "lease.py.meta").write_text(json.dumps(body), encoding="utf-8")
    return folder


def test_a_mutant_that_passed_or_that_no_test_runs_survived_and_is_told_by_its_lines(tmp_path: Path) -> None:
    found = read(left_behind(tmp_path, {**STATUSES}), ["lease"])
    assert found.survived == (LATER, UNTESTED)
    assert [str(one) for one in found.killed] == ["lease.free: return now > 3 → return now > 4"]
    assert counts(found, {str(LATER): "why"}) == Counts(mutants=3, killed=1, survived=2, explained=1)
    assert counts(found, {str(LATER): "why"}).ratio == 0.5
    assert [line.split()[0] for line in table(found, {}, ["lease", "rules"])] == ["module", "lease", "rules", "all"]


def test_a_mutant_that_was_not_tried_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(MutantsError, match="mutmut did not try recovery"):
        read(left_behind(tmp_path, {**STATUSES, "x_free__mutmut_1": None}), ["lease"])


def test_what_may_survive_is_in_modules_that_there_are_and_has_a_reason() -> None:
    assert {text.partition(".")[0] for text in accepted()} <= {file.stem for file in CORE.glob("*.py")}


@pytest.mark.parametrize("reason", ["because", " "])
def test_what_is_listed_twice_or_for_no_reason_is_refused(tmp_path: Path, reason: str) -> None:
    group = f'[[accepted]]\nreason = "{reason}"\nmutants = ["lease.free: a → b"]\n'
    path = tmp_path / "accepted.toml"
    path.write_text(group * (2 if reason.strip() else 1), encoding="utf-8")
    with pytest.raises(MutantsError, match="listed twice, or for no reason"):
        accepted(path)


def test_how_a_sentence_is_worded_is_not_mutated_and_a_key_is() -> None:
    def made(text: str) -> list[str]:
        return [cst.Module([]).code_for_node(one) for one in words(cst.SimpleString(text))]

    assert made('"nobody holds the lease"') == []
    assert made('"epoch"') == ['"XXepochXX"', '"EPOCH"']
    replaced = without_wording(mutators.mutation_operators)
    assert len(replaced) == len(mutators.mutation_operators)
    assert words in [operator for _, operator in replaced]
    with pytest.raises(LookupError):
        without_wording([])
