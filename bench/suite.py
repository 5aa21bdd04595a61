"""The test suite by layer: how many tests, how long, and which are the slowest."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from bench.measure import run

ROOT = Path(__file__).resolve().parent.parent
SLOWEST = 3


@dataclass(frozen=True)
class Layer:
    """One folder of tests/, run in a process of its own."""

    tests: int
    seconds: float
    slowest: dict[str, float]
    """The longest tests' own seconds, by name; what they share (a deployment) counts for the one that came first."""


def measure() -> dict[str, Layer]:
    """Every layer. Raises RuntimeError when a test fails."""
    found = sorted(path for path in (ROOT / "tests").iterdir() if any(path.glob("**/test_*.py")))
    return {path.name: _layer(path) for path in found}


def as_json(result: dict[str, Layer]) -> dict[str, object]:
    return {name: asdict(layer) for name, layer in result.items()}


def table(result: dict[str, Layer]) -> str:
    """The result for people."""
    lines = ["layer      tests  seconds  slowest"]
    for name, layer in result.items():
        slowest = ", ".join(f"{test} {seconds:.1f}" for test, seconds in layer.slowest.items())
        lines.append(f"{name:<10} {layer.tests:5}  {layer.seconds:7.1f}  {slowest}")
    return "\n".join(lines)


def _layer(folder: Path) -> Layer:
    print(f"  {folder.name}", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={report}", str(folder)]
        taken = run(command, cwd=ROOT, environment={})
        cases = [*ET.parse(report).getroot().iter("testcase")]  # noqa: S314 a file that pytest wrote just now
    times = sorted(((float(case.get("time", 0)), case.get("name", "")) for case in cases), reverse=True)
    return Layer(len(cases), round(taken.wall, 1), {name: round(seconds, 1) for seconds, name in times[:SLOWEST]})
