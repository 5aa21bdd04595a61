"""Cold import: each function's handler, from its zip, beside boto3 alone with the same clients."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.clients import HANDLERS, services
from modules.function_code import build

if TYPE_CHECKING:
    from collections.abc import Sequence

PROMISED = 1.5
# Each in a process of its own, in CPU seconds: neither the interpreter's start nor what else the machine does counts.
HANDLER = """
import sys, time
start = time.process_time()
__import__(sys.argv[1])
if sys.argv[2:]:
    from recovery.aws.clients import client
    for service in sys.argv[2:]:
        client(service)
taken = time.process_time() - start
assert sys.modules["recovery"].__path__[0].startswith(sys.path[1]), "not the zip's"
print(taken)
"""
BOTO3 = """
import sys, time
start = time.process_time()
import boto3
for service in sys.argv[2:]:
    boto3.client(service)
print(time.process_time() - start)
"""


@dataclass(frozen=True)
class Import:
    """One handler: medians, in milliseconds of CPU time."""

    clients: tuple[str, ...]
    handler_ms: float
    boto3_ms: float

    @property
    def ratio(self) -> float:
        return self.handler_ms / self.boto3_ms


def measure(rounds: int) -> dict[str, Import]:
    """Medians of `rounds` interleaved rounds after a warm-up."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "task"
        with zipfile.ZipFile(build(Path(scratch)).path) as archive:
            archive.extractall(folder)
        needs = {path.stem: services(folder, path.stem) for path in _handlers(folder)}
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in needs}
        for number in range(rounds + 1):
            _say("warming up" if number == 0 else f"round {number} of {rounds}")
            for name, clients in needs.items():
                # Whichever comes first meets colder caches: they take turns.
                order = (HANDLER, BOTO3) if number % 2 else (BOTO3, HANDLER)
                taken = {program: _one(program, folder, name, clients) for program in order}
                if number:
                    runs[name].append((taken[HANDLER], taken[BOTO3]))
    return {name: summed(needs[name], of) for name, of in runs.items()}


def summed(clients: Sequence[str], runs: Sequence[tuple[float, float]]) -> Import:
    """Of each side's seconds, in the order in which they were taken."""
    handler, boto3 = (1000 * median(side) for side in zip(*runs, strict=True))
    return Import(tuple(clients), round(handler, 1), round(boto3, 1))


def as_json(result: dict[str, Import]) -> dict[str, object]:
    handlers = {
        name: {
            "clients": list(of.clients),
            "handler_ms": of.handler_ms,
            "boto3_ms": of.boto3_ms,
            "handler_over_boto3": round(of.ratio, 2),
        }
        for name, of in result.items()
    }
    return {
        "handlers": handlers,
        "worst_ratio": round(max(of.ratio for of in result.values()), 2),
        "promised": PROMISED,
    }


def table(result: dict[str, Import]) -> str:
    """The result for people."""
    lines = ["handler    handler    boto3  ratio  clients"]
    for name, of in result.items():
        figures = f"{of.handler_ms:4.0f} ms  {of.boto3_ms:4.0f} ms  {of.ratio:5.2f}"
        lines.append(f"{name:<10} {figures}  {', '.join(of.clients) or 'none'}")
    return "\n".join([*lines, f"worst ratio {max(of.ratio for of in result.values()):.2f}, promised {PROMISED}"])


def _handlers(folder: Path) -> list[Path]:
    """Modules with Lambda's entry point."""
    found = (folder / HANDLERS.replace(".", "/")).glob("*.py")
    return sorted(path for path in found if "\ndef handler(" in path.read_text(encoding="utf-8"))


def _one(program: str, folder: Path, handler: str, clients: Sequence[str]) -> float:
    """Seconds. As in Lambda: the code is not compiled before, cannot be kept compiled, and finds its credentials."""
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTHON"))},
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
    }
    command = [sys.executable, "-c", program, f"{HANDLERS}.{handler}", *clients]
    ended = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    return float(ended.stdout)


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
