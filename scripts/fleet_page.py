"""Write how many apps of one account can roll back in the same minute (`make fleet`)."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from scripts.chart import BLACK, BLUE, GREY, ORANGE, Axis, Chart, Curve, Mark
from scripts.distribution_page import ENVIRONMENT, PAGE, ROOT, proof
from scripts.generated import replaced
from simulator.many import (
    AS_IT_IS,
    BEST,
    DESIGNS,
    WAYS,
    Design,
    Outcome,
    Way,
    calls_of,
    counted,
    holds_up_to,
    replayed,
    watchdogs_fit,
)
from simulator.throttles import CONCURRENT, CONCURRENT_SOURCE, LIMITS, TRANSITIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COMMAND = "make fleet"
PICTURE = ROOT / "docs" / "pictures" / "fleet.svg"
MOST = 5000
SHOWN = (1, 100, 1000, MOST)
SIZES = (1, 2, 5, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 1000, 2000, MOST)
TOP, PAGED = 1000.0, 950.0
"""Of the picture: where sizes stand at which somebody is paged instead."""
COLOURS = {"warm": BLUE, "cold": ORANGE}

Found = dict[tuple[str, str], tuple[int, str]]
Shown = dict[tuple[str, str, int], Outcome]


@cache
def ways() -> dict[str, Way]:
    return counted(ROOT / "config", ENVIRONMENT)


def edges(bound: float, processes: int) -> Found:
    """Design and way → up to how many apps every one is served, and what breaks then."""
    wanted = [(design, way) for design in DESIGNS for way in WAYS]
    with _pool(processes) as pool:
        found = pool.map(partial(_edge, bound), wanted)
        return {(design.name, way): one for (design, way), one in zip(wanted, found, strict=True)}


def outcomes(bound: float, processes: int) -> Shown:
    """Design, way and size → what became of them."""
    wanted = [(design, way, size) for size in reversed(SIZES) for design in (AS_IT_IS, BEST) for way in WAYS]
    with _pool(processes) as pool:
        found = pool.map(partial(_outcome, bound), wanted)
        return {(design.name, way, size): one for (design, way, size), one in zip(wanted, found, strict=True)}


def _pool(processes: int) -> ProcessPoolExecutor:
    # Counted once, before the processes are forked.
    ways()
    return ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("fork"))


def _edge(bound: float, wanted: tuple[Design, str]) -> tuple[int, str]:
    design, way = wanted
    return holds_up_to(ways()[way], design, MOST, bound=bound)


def _outcome(bound: float, wanted: tuple[Design, str, int]) -> Outcome:
    design, way, size = wanted
    return replayed(ways()[way], design, size, deadline=bound)


def text(found: Found, shown: Shown, bound: float) -> str:
    """The generated part of the page."""
    warm, cold = (found[AS_IT_IS.name, way][0] for way in WAYS)
    fit, bucket = watchdogs_fit(ways()["cold"])
    return "\n".join(
        [
            (
                f"**As it is, {warm} apps with a warm group, or {cold} without one, roll back in the same minute, and "
                f"all are served within the bound of {bound:.0f} s.** Of more apps some page instead, as "
                f"*{found[AS_IT_IS.name, WAYS[0]][1]}* are refused. And with nobody rolling back, the watchdogs of "
                f"{fit} apps alone ask as much as *{bucket}* get back."
            ),
            "",
            f"![The slowest app's seconds to served, over how many roll back]({PICTURE.relative_to(PAGE.parent)})",
            "",
            "What becomes of them by then, as it is (served / a person paged by the run / neither):",
            "",
            "| apps | warm | cold |",
            "|---|---|---|",
            *(
                f"| {size:,} | " + " | ".join(_became(shown[AS_IT_IS.name, way, size]) for way in WAYS) + " |"
                for size in SHOWN
            ),
            "",
            "What would help, each tried in the same way; only the first is built:",
            "",
            "| how | what | warm: all served up to | cold: up to | what breaks then |",
            "|---|---|---|---|---|",
            *_designs(found),
            "",
            "What is asked, counted in the steps themselves, and what an account may ask in a region:",
            "",
            "| bucket | tokens | a watchdog's look | until warm serves | until cold serves | in all | from where |",
            "|---|---|---|---|---|---|---|",
            *call_rows(),
            f"| {TRANSITIONS.name} | {TRANSITIONS.says} | | | | | {TRANSITIONS.source} |",
            f"| lambda: functions at work at once | {CONCURRENT:,} | | | | | {CONCURRENT_SOURCE} |",
        ]
    )


def _became(one: Outcome) -> str:
    return f"{len(one.served):,} / {one.paged:,} / {one.silent:,}"


def _designs(found: Found) -> Iterable[str]:
    for design in DESIGNS:
        (warm, breaks), (cold, _) = (found[design.name, way] for way in WAYS)
        yield f"| {design.name} | {design.says} | {warm:,} | {cold:,} | {breaks} |"


def call_rows() -> Iterable[str]:
    """A line a bucket: how often each part of a rollback asks it, and what it allows."""
    warm, cold = (calls_of(ways()[way]) for way in WAYS)
    for limit in LIMITS:
        watch, until_cold, whole = cold[limit.name]
        row = (limit.says, watch, warm[limit.name][1], until_cold, whole, limit.source)
        yield f"| {limit.name} | " + " | ".join(str(one) for one in row) + " |"


def picture(shown: Shown, bound: float) -> str:
    """The slowest app's seconds; where not all are served, at the top."""
    curves: list[Curve] = []
    for way, colour in COLOURS.items():
        for design in (AS_IT_IS, BEST):
            points = [(float(size), _seconds(shown[design.name, way, size])) for size in SIZES]
            dashed = design is not AS_IT_IS
            name = f"{way}, {design.name}{' of what would help (dotted)' if dashed else ''}"
            label = (1.15, 215.0 - 50 * len(curves))
            curves.append(Curve(name, colour, points, label, dots=True, dashed=dashed))
    return Chart(
        title="Many apps of one account roll back in the same minute",
        says="when the slowest app is served by its last known good release, after the first bad minute began",
        x=Axis("apps that roll back in the same minute", 1, MOST, (1, 10, 100, 1000, MOST), log=True),
        y=Axis("seconds to served", 0, TOP, range(0, 901, 100)),
        curves=curves,
        marks=[
            Mark(f"bound: {bound:.0f} s", BLACK, y=bound, label=0.01),
            Mark("not all are served: people are paged", GREY, y=PAGED, label=0.01),
        ],
    ).svg()


def _seconds(one: Outcome) -> float:
    return PAGED if one.slowest is None else one.slowest


def main() -> None:
    proven: Mapping[str, Any] = proof()
    bound, processes = float(proven["bound_seconds"]), os.cpu_count() or 1
    shown, found = outcomes(bound, processes), edges(bound, processes)
    PICTURE.write_text(picture(shown, bound), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(replaced(page, COMMAND, text(found, shown, bound)), encoding="utf-8")


if __name__ == "__main__":
    main()
