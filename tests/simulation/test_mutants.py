"""Deliberate defects, one a file in mutants/: the simulator finds each of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MUTANTS = sorted((ROOT / "tests/simulation/mutants").glob("*.toml"))
WANTED = 12


def simulated(tree: Path, only: str) -> subprocess.CompletedProcess[str]:
    """Until something does not hold, with the control plane of a folder."""
    path = os.pathsep.join((str(tree), str(tree / "lambda"), str(ROOT)))
    command = [sys.executable, "-m", "simulator", "--until-failure", "--processes", "1", "--only", only]
    return subprocess.run(
        command, cwd=tree, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )


def test_there_are_enough_of_them() -> None:
    assert len(MUTANTS) >= WANTED


@pytest.mark.parametrize("path", MUTANTS, ids=[one.stem for one in MUTANTS])
def test_a_deliberate_defect_is_found(path: Path, tmp_path: Path) -> None:
    mutant = tomllib.loads(path.read_text(encoding="utf-8"))
    for folder in ("lambda", "modules"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    source = tmp_path / mutant["file"]
    before = source.read_text(encoding="utf-8")
    assert before.count(mutant["old"]) == 1, f"{mutant['file']} has changed: write {path.name} anew"
    source.write_text(before.replace(mutant["old"], mutant["new"]), encoding="utf-8")
    found = simulated(tmp_path, mutant.get("only", ""))
    assert found.returncode == 1, f"{mutant['why']} Nothing was found:\n{found.stdout}{found.stderr}"
    assert "again: lastgood simulate" in found.stdout, found.stderr
    if "invariant" in mutant:
        assert f"    {mutant['invariant']}: " in found.stdout, found.stdout
