"""The model of the lease: that its figures are no kinder than what is deployed, and what its check says of a search."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from scripts.model_check import CHECKS, MODEL, TWO_WRITERS, Check, Found, ModelError, Promise, kept, main, read, row

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.synthesized import Stack

TEXT = MODEL.read_text(encoding="utf-8")
FIGURES = {
    name: int(value) for name, value in re.findall(r"^#define (LEASE|GRACE|TIMEOUT|AIR|SKEW) (\d+)", TEXT, re.MULTILINE)
}
# What pan prints at its end, and where a promise is broken.
SEARCHED = "State-vector 168 byte, depth reached 125, errors: {errors}\n   334189 states, stored\n"
TAKEN_OVER = "pan:1: assertion violated (call[me].epoch==epoch) (at depth 70)\n"
ALL = [check for checks in CHECKS.values() for check in checks]


@pytest.fixture
def deployed(synth: Callable[[str], dict[str, Stack]]) -> dict[str, int]:
    """The same figures of the function that changes, in seconds."""
    function = synth("prod")["control_plane"].resource("aws_lambda_function", "change_function")
    environment = function["environment"]["variables"]
    return {
        "LEASE": int(environment["LASTGOOD_LEASE_SECONDS"]),
        "GRACE": int(environment["LASTGOOD_CHANGE_SECONDS"]),
        "TIMEOUT": int(function["timeout"]),
    }


def test_a_takeover_waits_for_at_least_as_long_as_a_change_may_take(deployed: dict[str, int]) -> None:
    for figures in (FIGURES, deployed):
        assert figures["GRACE"] >= figures["TIMEOUT"]
        assert figures["LEASE"] > figures["GRACE"], "a lease that is renewed in time would be taken over"


def test_the_model_has_the_least_room_that_is_enough_and_what_is_deployed_has_more(deployed: dict[str, int]) -> None:
    """Room: how late a change may be, by its request on the way or by a clock, until the lease is another's."""
    room = {
        where: figures["LEASE"] + figures["GRACE"] - figures["TIMEOUT"]
        for where, figures in (("model", FIGURES), ("deployed", deployed))
    }
    assert FIGURES["AIR"] + FIGURES["SKEW"] == room["model"] - 1
    assert room["deployed"] / deployed["TIMEOUT"] >= room["model"] / FIGURES["TIMEOUT"]


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.says)
def test_the_model_knows_every_option(check: Check) -> None:
    """One that it does not know would change nothing, and what it stands for would hold unseen."""
    for option in check.options:
        name = option.partition("=")[0]
        assert re.search(rf"^\s*#\s*(ifdef|ifndef) {name}$", TEXT, re.MULTILINE), name


def test_both_bugs_that_a_lease_is_for_are_seeded() -> None:
    seeded = {option for check in CHECKS["Seeded bugs"] for option in check.options}
    assert {"NO_WAIT", "NO_RENEWAL"} <= seeded
    assert all(check.breaks for check in CHECKS["Seeded bugs"])
    assert not any(check.breaks for check in CHECKS["What holds"])


@pytest.mark.parametrize(
    ("printed", "broken"),
    [
        (SEARCHED.format(errors=0), None),
        (TAKEN_OVER + SEARCHED.format(errors=1), Promise.TAKEN_OVER),
        ("pan:1: acceptance cycle (at depth 99)\n" + SEARCHED.format(errors=1), Promise.PROGRESS),
        (
            "pan:1: assertion violated  !(call[me].late) (at depth 81)\n" + SEARCHED.format(errors=1),
            Promise.LATE,
        ),
    ],
)
def test_what_a_search_printed_is_understood(printed: str, broken: Promise | None) -> None:
    assert read(printed) == Found(334189, broken)


@pytest.mark.parametrize(
    "printed",
    [
        "pan: out of memory\n" + SEARCHED.format(errors=0),
        "error: max search depth too small\n" + SEARCHED.format(errors=0),
        "pan:1: invalid end state (at depth 3)\n" + SEARCHED.format(errors=1),
        "pan:1: assertion violated (no one knows it) (at depth 3)\n" + SEARCHED.format(errors=1),
        "",
    ],
)
def test_a_search_that_was_not_finished_proves_nothing(printed: str) -> None:
    with pytest.raises(ModelError):
        read(printed)


def test_a_bug_that_is_not_found_and_a_property_that_is_broken_are_both_wrong() -> None:
    bug, property_ = Check("a bug", ("NO_WAIT",), TWO_WRITERS), Check("a property", ())
    unfound, broken, other = Found(7, None), Found(7, Promise.TAKEN_OVER), Found(7, Promise.LATE)
    assert kept(bug, broken)
    assert kept(property_, unfound)
    assert not kept(bug, unfound)
    assert not kept(bug, other)
    assert not kept(property_, broken)
    assert "has to be: a change after a takeover or two runs change at once" in row(bug, unfound)
    assert "BROKEN: a change after a takeover" in row(property_, broken)


def test_without_spin_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["--if-installed"]) == 0
    skipped = capsys.readouterr().out
    assert skipped.count("\n") == 1
    assert "was skipped" in skipped
    assert "apt-get install spin" in skipped
    assert main([]) == 1
    assert "cannot be checked" in capsys.readouterr().out
