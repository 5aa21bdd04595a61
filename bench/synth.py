"""Synthesis side by side: this project's stacks and three resources, fast and stock, and the peers on the latter."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from bench.measure import Run, middle, run
from modules.fast_synth import enable

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".lastgood" / "bench"
STOCK = {"LASTGOOD_STOCK_SYNTH": "1"}


@dataclass(frozen=True)
class Case:
    """One way to synthesize one thing."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]


def measure(rounds: int) -> dict[str, object]:
    """Medians of `rounds` interleaved rounds after a warm-up, and the ratios that are promised."""
    enable()  # every case runs on the same Node
    with tempfile.TemporaryDirectory() as scratch:
        cases = _cases(Path(scratch))
        _say("warming up (bytecode, jsii's package cache)")
        for case in cases:
            _one(case)
        runs: dict[str, list[Run]] = {case.name: [] for case in cases}
        for number in range(rounds):
            _say(f"round {number + 1} of {rounds}")
            for case in cases:
                runs[case.name].append(_one(case))
    result = {name: middle(of) for name, of in runs.items()}
    fast, stock = result["service_fast"], result["service_stock"]
    three = result["three_fast"]
    return {
        "rounds": rounds,
        "cases": {name: {key: round(value, 2) for key, value in asdict(of).items()} for name, of in result.items()},
        "stock_over_fast_wall": round(stock.wall / fast.wall, 2),
        "stock_over_fast_rss": round(stock.rss / fast.rss, 2),
        "cdktf_over_fast_wall": round(result["three_stock"].wall / three.wall, 2),
        "cdktn_over_fast_wall": round(result["three_cdktn"].wall / three.wall, 2),
        "awscdk_over_fast_wall": round(result["three_awscdk"].wall / three.wall, 2),
    }


def table(result: dict[str, object]) -> str:
    """The result for people."""
    cases = cast("dict[str, dict[str, float]]", result["cases"])
    lines = ["case             wall      memory"]
    lines += [f"{name:<15} {of['wall']:5.2f} s  {of['rss']:6.0f} MiB" for name, of in cases.items()]
    lines += [f"{name} = {value}" for name, value in result.items() if name.endswith(("_wall", "_rss"))]
    return "\n".join(lines)


def _cases(scratch: Path) -> list[Case]:
    def main_py(name: str, extra: dict[str, str]) -> Case:
        return Case(
            name, (sys.executable, "main.py"), {"LASTGOOD_ENV": "dev", "LASTGOOD_OUTDIR": str(scratch / name), **extra}
        )

    def three(name: str, script: str, python: str, extra: dict[str, str]) -> Case:
        return Case(name, (python, f"bench/three/{script}.py", str(scratch / name)), {"PYTHONPATH": str(ROOT), **extra})

    return [
        main_py("service_fast", {}),
        main_py("service_stock", STOCK),
        three("three_fast", "cdktf_aws", sys.executable, {}),
        three("three_stock", "cdktf_aws", sys.executable, STOCK),
        three("three_cdktn", "cdktn_aws", _peer("cdktn"), {}),
        three("three_awscdk", "awscdk_aws", _peer("awscdk"), {}),
    ]


def _one(case: Case) -> Run:
    return run(case.command, cwd=ROOT, environment=case.environment)


def _peer(name: str) -> str:
    """The Python of a peer's own virtual environment, made from its lock file when it is not there yet."""
    home = PEERS / name
    python = home / "bin" / "python"
    ready = home / ".ready"
    if not ready.exists():
        _say(f"installing {name} into {home.relative_to(ROOT)}")
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        lock = ROOT / "bench" / "peers" / f"{name}.lock"
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-compile"]
        subprocess.run(
            [str(python), *install, "--require-hashes", "--requirement", str(lock)],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        ready.touch()
    return str(python)


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
