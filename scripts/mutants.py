"""Change lambda/recovery/core in every small way, and see that its unit tests notice (`make mutants`, `make soak`).

A mutant that no test notices has to be listed in tests/mutants/accepted.toml, with the reason. See docs/mutants.md.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "lambda" / "recovery" / "core"
ACCEPTED = ROOT / "tests" / "mutants" / "accepted.toml"
WORK = ROOT / ".lastgood" / "mutants"
TESTS = "tests/unit/core"
LOG = "mutmut.log"
# What the tests of core import beside it.
BESIDE = ("cli", "config", "localaws", "modules", "simulator", "stacks")
# Exit statuses of pytest in a mutant's process: it passed, or no test runs the function at all. Each other one noticed.
SURVIVED = frozenset({0, 5, 33})
# mutmut passes over what is decorated: in the copy, a property is a method, and a property that calls it.
PROPERTY = re.compile(r"^    @property\n    def (\w+)\(self\)", re.MULTILINE)
AS_METHOD = r"    \1 = property(lambda self: self.\1__read())\n\n    def \1__read(self)"
READ = "__read"
# A cast does nothing but tell the type checker: its value is mutated, and its type is not.
CAST = re.compile(r'\bcast\("[^"]*", ')
NAMED = re.compile(r"recovery\.core\.(?P<module>\w+)\.x(?:_|ǁ(?P<owner>\w+)ǁ)(?P<name>\w+)__mutmut_(?P<number>\w+)$")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change of one function: the lines that are others, as they were and as they became."""

    module: str
    function: str
    was: str
    becomes: str

    def __str__(self) -> str:
        """As tests/mutants/accepted.toml lists it."""
        return f"{self.module}.{self.function}: {self.was} → {self.becomes}"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of each mutant."""

    killed: tuple[Mutant, ...]
    survived: tuple[Mutant, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Of a module, or of all."""

    mutants: int
    killed: int
    survived: int
    explained: int

    @property
    def ratio(self) -> float:
        """Of those that no reason is given for. What cannot be told from the original cannot be killed."""
        return self.killed / (self.mutants - self.explained) if self.mutants > self.explained else 1.0


class MutantsError(Exception):
    """mutmut failed, or the list of what is accepted is wrong."""


def accepted(path: Path = ACCEPTED) -> dict[str, str]:
    """Each mutant that may survive → the reason. Raises MutantsError."""
    found: dict[str, str] = {}
    for group in tomllib.loads(path.read_text(encoding="utf-8")).get("accepted", []):
        for text in group["mutants"]:
            if not group["reason"].strip() or text in found:
                raise MutantsError(f"{path.name}: listed twice, or for no reason: {text}")
            found[text] = group["reason"]
    return found


def lay_out(folder: Path) -> None:
    """A copy of what is mutated, and of its tests, for mutmut to work in: it names a mutant by its file's path."""
    shutil.rmtree(folder, ignore_errors=True)
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "lambda" / "recovery", folder / "recovery", ignore=skip)
    for name in BESIDE:
        shutil.copytree(ROOT / name, folder / name, ignore=skip)
    shutil.copytree(ROOT / TESTS, folder / TESTS, ignore=skip)
    for file in (ROOT / "tests").glob("*.py"):
        shutil.copy2(file, folder / "tests")
    shutil.copy2(ROOT / "pyproject.toml", folder)
    for file in (folder / "recovery" / "core").glob("*.py"):
        text = file.read_text(encoding="utf-8")
        file.write_text(CAST.sub("(", PROPERTY.sub(AS_METHOD, text)), encoding="utf-8")


def run(folder: Path, modules: Sequence[str], children: int) -> None:
    """Make the mutants of some modules, and run the tests of each mutant's function. Raises MutantsError."""
    command = [sys.executable, str(Path(__file__).with_name("mutating.py")), str(children), *modules]
    # The copy has to be found before what the venv knows as `recovery`.
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    with (folder / LOG).open("w", encoding="utf-8") as log:
        ended = subprocess.run(command, cwd=folder, env=environment, stdout=log, stderr=log, check=False)
    if ended.returncode:
        said = (folder / LOG).read_text(encoding="utf-8").replace("\r", "\n").splitlines()
        raise MutantsError("\n".join(["mutmut failed:", *said[-20:]]))


def read(folder: Path, modules: Iterable[str]) -> Result:
    """What mutmut found. Raises MutantsError where it left a mutant out."""
    killed: list[Mutant] = []
    survived: list[Mutant] = []
    for module in modules:
        file = folder / "mutants" / "recovery" / "core" / f"{module}.py"
        statuses = _statuses(file)
        functions = _functions(file.read_text(encoding="utf-8"))
        for name, status in statuses.items():
            if status is None:
                raise MutantsError(f"mutmut did not try {name}")
            (survived if status in SURVIVED else killed).append(_mutant(name, functions))
    return Result(tuple(killed), tuple(survived))


def counts(result: Result, reasons: Mapping[str, str], module: str | None = None) -> Counts:
    """Of one module, or of all."""
    killed = [one for one in result.killed if module in {None, one.module}]
    survived = [one for one in result.survived if module in {None, one.module}]
    explained = sum(str(one) in reasons for one in survived)
    return Counts(len(killed) + len(survived), len(killed), len(survived), explained)


def table(result: Result, reasons: Mapping[str, str], modules: Iterable[str]) -> Iterator[str]:
    """A line a module, and one for all."""
    yield f"{'module':<16}{'mutants':>9}{'killed':>8}{'survived':>10}{'explained':>11}{'ratio':>8}"
    for name, found in [*((one, counts(result, reasons, one)) for one in modules), ("all", counts(result, reasons))]:
        figures = f"{found.mutants:>9}{found.killed:>8}{found.survived:>10}{found.explained:>11}"
        yield f"{name:<16}{figures}{found.ratio:>8.1%}"


def main(arguments: list[str]) -> int:
    """1 where a mutant survives that is not listed."""
    everything = sorted(file.stem for file in CORE.glob("*.py") if file.stem != "__init__")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="module", help="of core, by name; all of them where none is said")
    parser.add_argument("--json", action="store_true", help="the figures as JSON")
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1, help="how many mutants at a time")
    chosen = parser.parse_args(arguments)
    modules: list[str] = chosen.modules or everything
    if unknown := sorted(set(modules) - set(everything)):
        parser.error(f"core has no {', '.join(unknown)}")
    try:
        reasons = accepted()
        lay_out(WORK)
        run(WORK, modules, chosen.children)
        result = read(WORK, modules)
    except MutantsError as error:
        print(error, file=sys.stderr)
        return 1
    if chosen.json:
        found = counts(result, reasons)
        figures = {name: getattr(found, name) for name in ("mutants", "killed", "survived", "explained")}
        print(json.dumps({**figures, "ratio": round(found.ratio, 4)}))
    else:
        print("\n".join(table(result, reasons, modules)))
    left = [one for one in map(str, result.survived) if one not in reasons]
    for text, times in Counter(left).items():
        print(f"survived{f' ({times} times)' if times > 1 else ''}: {text}", file=sys.stderr)
    alive = set(map(str, result.survived))
    for text in reasons:
        if text.partition(".")[0] in modules and text not in alive:
            print(f"listed, and survives no more: {text}", file=sys.stderr)
    return 1 if left else 0


def _statuses(file: Path) -> dict[str, int | None]:
    meta = file.with_name(file.name + ".meta")
    # A module without a function has nothing to mutate.
    return json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"] if meta.exists() else {}


def _functions(source: str) -> dict[str, list[str]]:
    """The lines of each function's body and signature, its name left out."""
    lines = source.splitlines()
    found: dict[str, list[str]] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            own = [line.strip() for line in lines[node.lineno - 1 : node.end_lineno]]
            found[node.name] = [own[0].replace(node.name, "", 1), *own[1:]]
    return found


def _mutant(key: str, functions: Mapping[str, Sequence[str]]) -> Mutant:
    named = NAMED.match(key)
    if named is None:
        raise MutantsError(f"a mutant's name that is not understood: {key}")
    mangled = key.rpartition(".")[2]
    original = functions[mangled.removesuffix(named["number"]) + "orig"]
    changed = [line for line in difflib.ndiff(original, functions[mangled]) if line[0] in "+-"]
    was, becomes = (" ".join(line[2:] for line in changed if line[0] == sign) for sign in "-+")
    function = named["name"].removesuffix(READ)
    return Mutant(named["module"], f"{named['owner']}.{function}" if named["owner"] else function, was, becomes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
