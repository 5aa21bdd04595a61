"""`lastgood bound --measured`: what is shown beside each assumption, and when one is violated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cli import exits, proving
from cli.__main__ import main
from cli.measured import Figures, Measured, lines, measured, nearest_rank, violated
from cli.rows import Rows
from modules.proof import deployed, prove
from recovery.core.measuring import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from modules.proof import Assumption
    from tests.synthesized import Stack

    Synth = Callable[[str], dict[str, Stack]]


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([7.0], 50, 7.0),
        ([7.0], 99, 7.0),
        ([3.0, 1.0, 2.0, 4.0], 50, 2.0),
        ([3.0, 1.0, 2.0], 50, 2.0),
        ([float(n) for n in range(1, 101)], 99, 99.0),
        ([float(n) for n in range(1, 102)], 99, 100.0),
        ([float(n) for n in range(1, 11)], 0, 1.0),
    ],
)
def test_a_percentile_is_one_of_the_values(values: Sequence[float], percent: float, expected: float) -> None:
    assert nearest_rank(values, percent) == expected


@pytest.fixture
def seen(synth: Synth) -> Callable[..., tuple[tuple[Measured, ...], tuple[Assumption, ...]]]:
    stacks = synth("prod")
    found = deployed(stacks["service"].json, stacks["control_plane"].json)
    ledger = prove(found).assumptions

    def of(*records: dict[str, Any]) -> tuple[tuple[Measured, ...], tuple[Assumption, ...]]:
        return measured(ledger, found, records), ledger

    return of


def by_name(found: Sequence[Measured]) -> dict[str, Measured]:
    return {one.assumption: one for one in found}


def test_what_nobody_has_measured_is_said_to_be_so_and_violates_nothing(seen: Any) -> None:
    found, ledger = seen({"sk": "release-1"}, {"sk": "drill-1", "measured": {}})
    assert set(by_name(found)) == {"A1", "A2", "A4", "A6", ""}
    assert all((one.figures, one.holds) == (None, None) for one in found)
    assert not violated(found)
    table, rest, *more = lines(found, ledger)
    assert isinstance(table, Rows)
    assert [line.endswith("not measured yet") for line in table.plain()] == [False, *[True] * 5]
    # A5 is measured with A4: nobody sees where the one ends and the other begins.
    assert str(rest).startswith("no run measures A3, A7, A8, A9, A10, ")
    assert more == []


def test_each_run_counts_once_and_what_another_version_measured_not_at_all(seen: Any) -> None:
    found, _ = seen(
        {"measured": {"boot_seconds": "40.0", "shift_seconds": "61.0", "warmth_seconds": "999.0"}},
        {"measured": {"boot_seconds": "60.5"}},
        {"measured": {"delivery_seconds": "1.25"}},
    )
    named = by_name(found)
    assert named["A1"].figures == Figures(2, 40.0, 60.5, 60.5)
    assert named["A2"].figures == Figures(1, 61.0, 61.0, 61.0)
    assert named["A6"].figures == Figures(1, 1.25, 1.25, 1.25)
    assert [named[one].holds for one in ("A1", "A2", "A4", "A6")] == [True, True, None, True]
    assert named["A1"].json() == {
        "assumption": "A1",
        "quantity": "boot_seconds",
        "most_seconds": 150,
        "n": 2,
        "p50": 40.0,
        "p99": 60.5,
        "max": 60.5,
        "holds": True,
    }


def test_one_measurement_over_what_is_assumed_violates_it_however_many_hold(seen: Any) -> None:
    good = [{"measured": {"boot_seconds": "40.0"}} for _ in range(500)]
    assert not violated(seen(*good, {"measured": {"boot_seconds": "150.0"}})[0])
    found, ledger = seen(*good, {"measured": {"boot_seconds": "150.1"}})
    assert violated(found)
    assert by_name(found)["A1"].holds is False
    assert "A1 is VIOLATED" in str(list(lines(found, ledger))[-1])


def test_a_recovery_is_shown_and_not_judged(seen: Any) -> None:
    found, _ = seen({"measured": {"recovery_seconds": "5000.0"}})
    assert by_name(found)[""].quantity is Quantity.RECOVERY
    assert not violated(found)


@pytest.mark.parametrize(("boot", "status"), [("149.0", exits.DONE), ("151.0", exits.NOT_DONE)])
def test_the_exit_status_says_whether_one_is_violated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], boot: str, status: int
) -> None:
    def records(_environment: str) -> list[dict[str, Any]]:
        return [{"measured": {"boot_seconds": boot}}]

    monkeypatch.setattr(proving, "records", records)
    assert main(["bound", "--env", "prod", "--measured", "--json"]) == status
    assert f'"max": {boot}' in capsys.readouterr().out


def test_a_file_has_no_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bound", "some.asl.json", "--measured"]) == exits.CHANGE_FIRST
    assert "leave one of them out" in capsys.readouterr().err
