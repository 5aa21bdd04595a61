"""python -m simulator: `lastgood simulate` for a bound that is given, which reads the settings and nothing else."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from simulator.asked import UnknownError, again, simulated
from simulator.parallel import Job, Wanted

CONFIG = Path(__file__).resolve().parent.parent / "config"
DEADLINE = 900.0


def main(arguments: list[str] | None = None) -> int:
    """Exit status 1 where something does not hold, 2 where what is asked for does not exist."""
    asked = _parser().parse_args(arguments)
    job = Job(str(asked.config), asked.env, asked.bound, quick=not asked.full)
    if asked.replay:
        try:
            lines, holds = again(job, asked.replay, asked.fault)
        except UnknownError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        print(*lines, sep="\n")
        return 0 if holds else 1
    cores = asked.processes or os.cpu_count() or 1
    found = simulated(
        job, Wanted(asked.worlds, asked.seed, cores, asked.kill_at == "every-step", asked.only, asked.until_failure)
    )
    print(json.dumps(found.json()) if asked.json else "\n".join(found.lines(table=asked.table)))
    return 0 if found.holds else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("simulator", description=__doc__)
    parser.add_argument("--env", default="dev", help="whose settings (default: dev)")
    parser.add_argument("--config", type=Path, default=CONFIG, help="the folder with the settings")
    parser.add_argument("--worlds", type=int, default=0, help="about so many; default: every fault and every pair")
    parser.add_argument("--seed", type=int, default=1, help="of the order of the pairs, and of random worlds")
    parser.add_argument("--processes", type=int, default=0, help="default: one a core")
    parser.add_argument("--bound", type=float, default=DEADLINE, help="seconds from the first bad answer")
    parser.add_argument("--full", action="store_true", help="bake and canary as long as the settings say")
    parser.add_argument("--kill-at", choices=["every-step"], help="the run dies, at each visit of each state")
    parser.add_argument("--only", default="", metavar="SCENARIO", help="no other scenario")
    parser.add_argument("--until-failure", action="store_true", help="stop at the first thing that does not hold")
    parser.add_argument("--table", action="store_true", help="show states and faults")
    parser.add_argument("--json", action="store_true", help="say it as JSON")
    parser.add_argument("--replay", metavar="SCENARIO", help="one world again, told")
    parser.add_argument("--fault", action="append", default=[], metavar="PLACE=FAULT", help="of the world told again")
    return parser


if __name__ == "__main__":
    sys.exit(main())
