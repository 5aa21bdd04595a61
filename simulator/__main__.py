"""python -m simulator: run worlds, say what they came to, show one again."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

from simulator import report
from simulator.explore import Failure, Plan, replay, shrunk
from simulator.installed import installed
from simulator.parallel import Job, Wanted, place_of, simulate
from simulator.scenarios import SCENARIOS

CONFIG = Path(__file__).resolve().parent.parent / "config"
DEADLINE = 900.0


def main(arguments: list[str] | None = None) -> int:
    """Exit status 1 where something did not hold."""
    asked = _parser().parse_args(arguments)
    job = Job(str(asked.config), asked.env, asked.bound, quick=not asked.full)
    if asked.replay:
        return _again(job, asked.replay[0], tuple(_fault(one) for one in asked.replay[1:]))
    began = time.monotonic()
    wanted = Wanted(asked.worlds, asked.seed, asked.processes or os.cpu_count() or 1, asked.kill_at == "every-step")
    tally = simulate(job, wanted)
    wall = time.monotonic() - began
    shown = [_shrunk(job, one) for one in report.distinct(tally.failures)]
    if asked.json:
        sys.stdout.write(json.dumps(report.document(tally, job.bound, wall, shown), indent=2) + "\n")
    else:
        lines = report.table(tally) if asked.table else []
        for one in shown:
            lines += report.failure(one, job.environment)
        found = report.document(tally, job.bound, wall, [])
        lines += [f"{name:<24}{found[name]}" for name in found if name not in ("coverage", "failures")]
        sys.stdout.write("\n".join(lines) + "\n")
    return 1 if tally.failures else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("simulator", description=__doc__)
    parser.add_argument("--env", default="dev", help="whose settings (default: dev)")
    parser.add_argument("--config", type=Path, default=CONFIG, help="the folder with the settings")
    parser.add_argument("--worlds", type=int, default=2000, help="at least so many worlds")
    parser.add_argument("--seed", type=int, default=1, help="of the order of the pairs, and of random worlds")
    parser.add_argument("--processes", type=int, default=0, help="default: one a core")
    parser.add_argument("--bound", type=float, default=DEADLINE, help="seconds from the first bad answer")
    parser.add_argument("--full", action="store_true", help="bake and canary as long as the settings say")
    parser.add_argument("--kill-at", choices=["every-step"], help="the run dies, at each visit of each state")
    parser.add_argument("--table", action="store_true", help="show states x faults")
    parser.add_argument("--json", action="store_true", help="say it as JSON")
    parser.add_argument("--replay", nargs="+", metavar="SCENARIO PLACE=FAULT", help="one world again, told")
    return parser


def _fault(text: str) -> tuple[str, str]:
    place, _, fault = text.partition("=")
    return place, fault


def _again(job: Job, name: str, plan: Plan) -> int:
    number = next((at for at, one in enumerate(SCENARIOS) if one.name == name), None)
    if number is None:
        sys.stderr.write("scenarios: " + "; ".join(one.name for one in SCENARIOS) + "\n")
        return 2
    place = place_of(job, number)
    with installed(place.settings):
        told = replay(SCENARIOS[number], place, plan, job.bound)
    sys.stdout.write("\n".join([*told.story, *(told.violations or ["everything holds"])]) + "\n")
    return 1 if told.violations else 0


def _shrunk(job: Job, failure: Failure) -> Failure:
    number = next(at for at, one in enumerate(SCENARIOS) if one.name == failure.scenario)
    place = place_of(job, number)
    with installed(place.settings):
        return shrunk(SCENARIOS[number], place, failure, job.bound)


if __name__ == "__main__":
    sys.exit(main())
