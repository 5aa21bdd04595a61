"""docs/guarantees.md: the calls and limits beside many apps' rollbacks are those that there are."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from scripts.distribution_page import PAGE
from scripts.fleet_page import COMMAND, PICTURE, call_rows
from simulator.many import DESIGNS

STALE = f"run: {COMMAND}"


def test_calls_limits_and_ways_out_are_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for row in call_rows():
        assert row in page, STALE
    for one in DESIGNS:
        assert f"| {one.name} | {one.says} | " in page, STALE


def test_the_picture_is_one() -> None:
    assert ET.parse(PICTURE).getroot().tag.endswith("svg")  # noqa: S314 our own file
