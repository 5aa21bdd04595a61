"""Write how long detection and recovery take in worlds without a fault (`make distribution`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modules.recovery_budget import METRIC_DELAY_SECONDS
from scripts.chart import BLACK, BLUE, GREEN, ORANGE, Axis, Chart, Curve, Mark
from scripts.generated import replaced
from simulator.distribution import CASES, Times, Wanted, measured, percentile
from simulator.latencies import LOST_SAYS, LOST_SHARE, LOST_SOURCE, TABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from simulator.distribution import Missed

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "guarantees.md"
PICTURE = ROOT / "docs" / "pictures" / "distribution.svg"
COMMAND = "make distribution"
ENVIRONMENT = "prod"
WORLDS = 2000
PROVEN = {"release return": "release: Bake", "warm rollback": "warm, unhindered", "cold rollback": "cold, unhindered"}
"""Case → the proof's."""
CLOCKS = ("detection", "recovery", "total")
COLOURS = {"release return": GREEN, "warm rollback": BLUE, "cold rollback": ORANGE}

Found = dict[str, list[Times]]


def proof() -> dict[str, Any]:
    """What is proven of the environment, as `lastgood bound` says it."""
    command = [sys.executable, "-m", "cli", "bound", "--env", ENVIRONMENT, "--json"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)


def bounds(proven: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Case → clock → what the proof says of it at the most."""
    found: dict[str, dict[str, float]] = {}
    for case, name in PROVEN.items():
        [one] = [each for each in proven["cases"] if each["case"] == name]
        clocks = {clock: sum(step["seconds"] for step in one["path"] if step["phase"] == clock) for clock in CLOCKS[:2]}
        found[case] = {**clocks, "total": one["seconds"]}
    return found


def text(all_: Mapping[str, Sequence[Times | Missed]], proven: Mapping[str, Any]) -> str:
    """The generated part of the page."""
    served = {case: [one for one in times if isinstance(one, Times)] for case, times in all_.items()}
    picture = PICTURE.relative_to(PAGE.parent)
    return "\n".join(
        [
            f"{WORLDS:,} worlds of each case, of the settings of `{ENVIRONMENT}`:",
            "",
            f"![How many worlds are served by what is good, over the seconds since the first bad minute]({picture})",
            "",
            "| case | clock | half within | 99 in 100 within | longest seen | at the most, by the proof |",
            "|---|---|---|---|---|---|",
            *_rows(served, bounds(proven)),
            "",
            *_remarks(all_, served, bounds(proven)),
            "",
            "What was drawn:",
            "",
            "| what | how long | from where |",
            "|---|---|---|",
            *(f"| {one.what} | {one.draw.says} | {one.source} |" for one in TABLE),
            f"| {LOST_SAYS} | {100 * LOST_SHARE:g} in 100 | {LOST_SOURCE} |",
        ]
    )


def _rows(served: Found, most: Mapping[str, Mapping[str, float]]) -> Iterable[str]:
    for case in CASES:
        for clock in CLOCKS:
            values = [float(getattr(one, clock)) for one in served[case.name]]
            shown = [percentile(values, 0.5), percentile(values, 0.99), max(values), most[case.name][clock]]
            name = f"**{case.name}**: {case.says}" if clock == CLOCKS[0] else ""
            yield f"| {name} | {clock} | " + " | ".join(f"{value:.0f} s" for value in shown) + " |"


def _remarks(
    all_: Mapping[str, Sequence[Times | Missed]], served: Found, most: Mapping[str, Mapping[str, float]]
) -> Iterable[str]:
    everywhere = [one for times in served.values() for one in times]
    late = [one for one in everywhere if one.published_late]
    over = sum(one.detection > most[case]["detection"] for case, times in served.items() for one in times)
    beyond = sum(one.total > most[case]["total"] for case, times in served.items() for one in times)
    felt = [one.felt for one in everywhere]
    alarmed = [one for case in CASES if not case.in_step for one in served[case.name]]
    yield (
        f"Metrics that told of the bad minutes came later than A4's {METRIC_DELAY_SECONDS} s in {len(late):,} of "
        f"{len(everywhere):,} worlds, as reported delays do; so detection took longer than proven in {over:,}, and the "
        f"whole in {beyond:,}."
    )
    yield (
        "From the first bad answer, instead of the start of its minute, half of all worlds take "
        f"{percentile(felt, 0.5):.0f} s, and the longest {max(felt):.0f} s. In "
        f"{sum(one.by_watchdog for one in alarmed):,} of {len(alarmed):,} rollbacks the watchdog was there before the "
        "alarm's event."
    )
    for case, times in all_.items():
        for missed in sorted({one for one in times if not isinstance(one, Times)}):
            count = sum(one is missed for one in times)
            yield f"Left out of *{case}*: {count:,} of {len(times):,}, where {missed}."


def picture(served: Found, proven: Mapping[str, Any]) -> str:
    """Three cumulative curves, each with its bound."""
    most = bounds(proven)
    deadline = float(proven["deadline_seconds"])
    curves: list[Curve] = []
    marks: list[Mark] = []
    for number, case in enumerate(CASES):
        totals = sorted(one.total for one in served[case.name])
        # A point a percent is as smooth as the picture can show.
        steps = [(percentile(totals, share / 200), share / 2) for share in range(1, 201)]
        points = [(0.0, 0.0), (totals[0], 0.0), *steps, (deadline, 100.0)]
        says = f"{case.name}: half by {percentile(totals, 0.5):.0f} s"
        curves.append(Curve(says, COLOURS[case.name], points, (12.0, 90.0 - 7 * number)))
        bound = most[case.name]["total"]
        marks.append(Mark(f"{case.name}: proven, {bound:.0f} s", COLOURS[case.name], x=bound, label=0.3 - 0.1 * number))
    marks.append(Mark(f"deadline: {deadline:.0f} s", BLACK, x=deadline, label=0.02))
    return Chart(
        title="From the first bad minute until what is good serves every request",
        says=f"share of {WORLDS:,} simulated worlds of each case, and by when the proof says that all are served",
        x=Axis("seconds since the first bad minute began", 0, deadline, range(0, int(deadline) + 1, 100), unit=" s"),
        y=Axis("worlds served", 0, 100, range(0, 101, 20), unit=" %"),
        curves=curves,
        marks=marks,
    ).svg()


def main() -> None:
    wanted = Wanted(ROOT / "config", ENVIRONMENT, WORLDS, float(METRIC_DELAY_SECONDS), os.cpu_count() or 1)
    found = measured(wanted)
    proven = proof()
    served = {case: [one for one in times if isinstance(one, Times)] for case, times in found.items()}
    PICTURE.write_text(picture(served, proven), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(replaced(page, COMMAND, text(found, proven)), encoding="utf-8")


if __name__ == "__main__":
    main()
