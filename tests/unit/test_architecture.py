"""Imports go one way: config → settings → stacks → modules, and core imports nothing but the standard library."""

from __future__ import annotations

import ast
import sys
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

OURS = {"cli", "stacks", "modules", "localaws", "recovery", "simulator", "bench", "tests", "main"}
# Folder → the packages of ours that it may import.
MAY_IMPORT = {
    "main.py": {"modules", "stacks"},
    "stacks": {"stacks", "modules", "recovery"},
    "modules": {"modules", "recovery"},
    "lambda": {"recovery"},
    "cli": {"cli", "stacks", "modules", "recovery", "localaws", "simulator"},
    "localaws": {"localaws"},
    "simulator": {"simulator", "modules", "recovery"},
}
# boto3 stays at the edges: the control plane's adapters, those of the CLI (cli/aws*.py), and localaws.
BOTO3 = ("lambda/recovery/aws/", "cli/aws", "localaws/", "simulator/services.py", "tests/", "bench/")


@cache
def imports(path: Path) -> frozenset[str]:
    """The dotted names a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


def sources(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


@pytest.mark.parametrize("place", MAY_IMPORT)
def test_imports_go_one_way(place: str) -> None:
    for path in sources(place):
        tops = {name.split(".")[0] for name in imports(path)} & OURS
        assert tops <= MAY_IMPORT[place], f"{path.relative_to(ROOT)} imports {tops - MAY_IMPORT[place]}"


def test_core_imports_the_standard_library_alone() -> None:
    for path in sources("lambda/recovery/core"):
        tops = {name.split(".")[0] for name in imports(path)} - {"recovery"}
        assert tops <= sys.stdlib_module_names, f"{path.relative_to(ROOT)} imports {tops - sys.stdlib_module_names}"
        inner = {name for name in imports(path) if name.startswith("recovery.")}
        assert all(name.startswith("recovery.core") for name in inner), f"{path.relative_to(ROOT)} leaves core: {inner}"


def test_modules_know_no_adapter_of_the_control_plane() -> None:
    for path in sources("modules"):
        assert not [name for name in imports(path) if name.startswith(("recovery.aws", "recovery.handlers"))], path


def test_boto3_stays_at_the_edges() -> None:
    for top in ("main.py", "stacks", "modules", "lambda", "cli", "localaws"):
        for path in sources(top):
            where = path.relative_to(ROOT).as_posix()
            if {"boto3", "botocore"} & {name.split(".")[0] for name in imports(path)}:
                assert where.startswith(BOTO3), f"{where} imports boto3"


def test_settings_load_without_the_framework() -> None:
    # `lastgood --help` and a bad settings file must not wait for cdktf.
    for place in ("modules/settings.py", "modules/settings_file.py", "modules/naming.py", "modules/remote_state.py"):
        assert not [name for name in imports(ROOT / place) if name.startswith("cdktf")], place


def test_a_stack_only_composes() -> None:
    for path in sources("stacks"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 200, f"{path} is no composition any more"
    assert len((ROOT / "main.py").read_text(encoding="utf-8").splitlines()) <= 60
