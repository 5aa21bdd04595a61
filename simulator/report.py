"""What a simulation came to, for machines and for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from simulator.faults import DOUBLES, SINGLES, SURROUNDINGS

if TYPE_CHECKING:
    from simulator.explore import Failure, Tally

SHOWN = 20
_VARIES = re.compile(r"[0-9a-f]{12,}|\\d+(\\.\\d+)?")


def distinct(failures: list[Failure]) -> list[Failure]:
    """One of each sort, the shortest plan of it: the same words but for numbers and names."""
    found: dict[tuple[str, ...], Failure] = {}
    for one in sorted(failures, key=lambda each: len(each.plan)):
        sort = tuple(sorted({_VARIES.sub("#", text) for text in one.violations}))
        found.setdefault(sort, one)
    return list(found.values())[:SHOWN]


def document(tally: Tally, bound: float, wall: float, shown: list[Failure]) -> dict[str, Any]:
    """As JSON.

    `worlds_per_second` is of one core: worlds by `cpu_seconds`, the processor time of the processes that simulated,
    as the kernel counts it for each, with what they compile and share out. What else a machine does costs it little.
    `wall_seconds` went by for all of them together.
    """
    return {
        "worlds": tally.worlds,
        "violations": sum(len(one.violations) for one in tally.failures),
        "failing_worlds": len(tally.failures),
        "single_fault_coverage": _share(tally.singles, tally.singles_wanted),
        "double_fault_coverage": _share(tally.pairs, tally.pairs_wanted),
        "single_faults": tally.singles_wanted,
        "double_faults": tally.pairs_wanted,
        "bound_seconds": bound,
        "max_seconds": round(tally.longest, 1),
        "max_over_bound": round(tally.longest / bound, 3),
        "worlds_per_second": round(tally.worlds / tally.seconds) if tally.seconds else 0,
        "cpu_seconds": round(tally.seconds, 1),
        "wall_seconds": round(wall, 1),
        "coverage": {
            place: {fault: count for (at, fault), count in sorted(tally.cells.items()) if at == place}
            for place in sorted({at for at, _ in tally.cells})
        },
        "failures": [
            {"scenario": one.scenario, "plan": [list(fault) for fault in one.plan], "violations": list(one.violations)}
            for one in shown
        ],
    }


def table(tally: Tally) -> list[str]:
    """States and faults: in how many worlds each was."""
    faults = sorted({fault for _, fault in tally.cells}, key=_order)
    states = sorted({at.rstrip("~").partition("+")[0] for at, _ in tally.cells})
    width = max((len(one) for one in states), default=0)
    rows = [f"{number:>3}  {fault}" for number, fault in enumerate(faults, start=1)]
    rows += ["", " " * width + "".join(f"{number:>6}" for number in range(1, len(faults) + 1))]
    for state in states:
        counts = [_count(tally, state, fault) for fault in faults]
        rows.append(f"{state:<{width}}" + "".join(f"{count or '·':>6}" for count in counts))
    return rows


def summary(found: dict[str, Any]) -> list[str]:
    """The figures, a line each."""
    return [f"{name:<24}{value}" for name, value in found.items() if name not in ("coverage", "failures")]


def failure(one: Failure, environment: str) -> list[str]:
    """A world in which something did not hold, and how to see it again."""
    plan = " ".join(f"{place}={fault}" for place, fault in one.plan)
    typed = "".join(f" --fault {place}={fault}" for place, fault in one.plan)
    return [
        f"{one.scenario}: {plan or 'without any fault'}",
        *(f"    {text}" for text in one.violations),
        f'    again: lastgood simulate --env {environment} --replay "{one.scenario}"{typed}',
    ]


def _count(tally: Tally, state: str, fault: str) -> int:
    return sum(
        count
        for (at, kind), count in tally.cells.items()
        if kind == fault and at.rstrip("~").partition("+")[0] == state
    )


def _order(fault: str) -> tuple[int, str]:
    known = list(
        dict.fromkeys([*(one for kinds in (*SINGLES.values(), *DOUBLES.values()) for one in kinds), *SURROUNDINGS])
    )
    return (known.index(fault), "") if fault in known else (len(known), fault)


def _share(done: int, wanted: int) -> float:
    return round(done / wanted, 4) if wanted else 0.0
