"""Run a command and measure the whole process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# ru_maxrss is in KiB on Linux and in bytes on macOS (getrusage(2) of each).
RSS_UNITS_A_MIB = 1024 if sys.platform == "linux" else 1024 * 1024


@dataclass(frozen=True)
class Run:
    """Wall seconds, and the largest resident set of any process in the tree, in MiB."""

    wall: float
    rss: float


def run(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]) -> Run:
    """Run to the end. Raises RuntimeError with the end of its output when it fails."""
    # Machine-wide switches that would slow one of the compared programs more than another.
    variables = {
        key: value for key, value in os.environ.items() if key not in {"PYTHONDONTWRITEBYTECODE", "NODE_OPTIONS"}
    }
    start = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, cwd=cwd, env={**variables, **environment}, stdout=output, stderr=output)
        # wait4, for it alone tells one child's memory (its descendants' included).
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{text[-2000:]}")
    return Run(wall, usage.ru_maxrss / RSS_UNITS_A_MIB)


def middle(runs: Sequence[Run]) -> Run:
    """The medians."""
    return Run(median(run.wall for run in runs), median(run.rss for run in runs))
