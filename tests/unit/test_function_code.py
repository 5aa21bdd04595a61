"""The functions' zip: the same from any checkout, small, and only what runs in AWS."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from modules.function_code import build
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LIMIT_BYTES = 350_000
SOURCES = ROOT / "lambda"
BUILD = """
import sys, zlib
from pathlib import Path
if sys.argv[2] == "another-zlib":
    compressor = zlib.compressobj
    zlib.compressobj = lambda level=-1, *more: compressor(1, *more)
from modules import function_code
assert Path.cwd() in function_code.ROOT.parents, function_code.ROOT
print(function_code.build(Path(sys.argv[1])).sha256)
"""


def clone(folder: Path, *, mode: int, at: int, backwards: bool) -> Path:
    """A copy of what the zip is made from, as another checkout would have it."""
    files = sorted([*SOURCES.rglob("*.py"), ROOT / "modules" / "__init__.py", ROOT / "modules" / "function_code.py"])
    for source in reversed(files) if backwards else files:
        copy = folder / source.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
        copy.chmod(mode)
        os.utime(copy, (at, at))
    return folder


def built(folder: Path, *, umask: int, zone: str, zlib: str) -> str:
    """The hash that a process of its own gets there."""
    environment = {**os.environ, "TZ": zone, "PYTHONPATH": f"{folder}{os.pathsep}{folder / 'lambda'}"}
    return subprocess.run(
        [sys.executable, "-c", BUILD, str(folder / "out"), zlib],
        cwd=folder, env=environment, umask=umask, check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip


def test_two_checkouts_make_the_same_zip(tmp_path: Path) -> None:
    ours = clone(tmp_path / "a", mode=0o644, at=1_000_000_000, backwards=False)
    theirs = clone(tmp_path / "another folder" / "deep", mode=0o600, at=1_700_000_001, backwards=True)
    # What a checkout that was worked in has, and no function needs.
    (theirs / "lambda" / "recovery" / "__pycache__").mkdir()
    (theirs / "lambda" / "recovery" / "__pycache__" / "errors.cpython-311.pyc").write_bytes(b"old")
    (theirs / "lambda" / "recovery" / "errors.py~").write_text("a draft")
    first = built(ours, umask=0o022, zone="UTC", zlib="zlib")
    second = built(theirs, umask=0o077, zone="Pacific/Kiritimati", zlib="another-zlib")
    assert first == second == build(tmp_path / "here").sha256


def test_another_source_is_another_zip(tmp_path: Path) -> None:
    changed = clone(tmp_path / "a", mode=0o644, at=1_000_000_000, backwards=False)
    with (changed / "lambda" / "recovery" / "errors.py").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert built(changed, umask=0o022, zone="UTC", zlib="zlib") != build(tmp_path / "here").sha256


def test_the_zip_holds_the_package_readable_for_everybody_and_nothing_else(tmp_path: Path) -> None:
    code = build(tmp_path)
    with zipfile.ZipFile(code.path) as archive:
        assert archive.testzip() is None
        held = {entry.filename: entry for entry in archive.infolist()}
    assert set(held) == {path.relative_to(SOURCES).as_posix() for path in (SOURCES / "recovery").rglob("*.py")}
    assert [*held] == sorted(held, key=lambda name: name.split("/")), "a folder's own order is the file system's"
    assert {entry.external_attr >> 16 for entry in held.values()} == {0o444}, "Lambda runs them as another user"
    assert code.path.stat().st_size <= LIMIT_BYTES


def test_both_digests_are_the_files(tmp_path: Path) -> None:
    code = build(tmp_path)
    digest = hashlib.sha256(code.path.read_bytes()).digest()
    assert code.sha256 == digest.hex()
    assert base64.b64decode(code.base64_sha256) == digest


def test_a_folder_that_cannot_be_written_is_an_oserror(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        build(tmp_path / "file" / "out")
