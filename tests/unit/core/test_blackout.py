"""When no drill is begun: what an operator may write, and what it means at the edges of a day, a week and a zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from recovery.core.blackout import Blackout, BlackoutError, UnknownZoneError, blacked_out

OFFICE = "Mon-Fri 08:00-18:00"


def at(text: str) -> float:
    """2026-11-23 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "moment", "expected"),
    [
        (OFFICE, "2026-11-23 07:59:59", False),
        (OFFICE, "2026-11-23 08:00:00", True),
        (OFFICE, "2026-11-27 17:59:59", True),
        (OFFICE, "2026-11-27 18:00:00", False),
        (OFFICE, "2026-11-28 12:00:00", False),
        ("Sat,Sun 00:00-24:00", "2026-11-28 00:00:00", True),
        ("Sat,Sun 00:00-24:00", "2026-11-29 23:59:59", True),
        ("Sat,Sun 00:00-24:00", "2026-11-30 00:00:00", False),
        ("Fri-Mon 10:00-11:00", "2026-11-30 10:30:00", True),
        ("Fri-Mon 10:00-11:00", "2026-11-27 10:30:00", True),
        ("Fri-Mon 10:00-11:00", "2026-11-26 10:30:00", False),
        ("Fri-Mon 10:00-11:00", "2026-11-24 10:30:00", False),
        ("Mon 08:30-09:15", "2026-11-23 08:29:59", False),
        ("Mon 08:30-09:15", "2026-11-23 08:30:00", True),
        ("Mon 08:30-09:15", "2026-11-23 09:14:59", True),
        ("Mon 08:30-09:15", "2026-11-23 09:15:00", False),
        # It begins on these days, and ends on the next.
        ("Fri 22:00-06:00", "2026-11-27 22:00:00", True),
        ("Fri 22:00-06:00", "2026-11-28 05:59:00", True),
        ("Fri 22:00-06:00", "2026-11-28 06:00:00", False),
        ("Fri 22:00-06:00", "2026-11-27 05:00:00", False),
        ("daily 22:00-06:00", "2026-11-25 03:00:00", True),
        # By the zone's own clock, in summer and in winter.
        (f"{OFFICE} Europe/Berlin", "2026-11-23 07:00:00", True),
        (f"{OFFICE} Europe/Berlin", "2026-11-23 06:59:00", False),
        (f"{OFFICE} Europe/Berlin", "2026-07-06 06:00:00", True),
        (f"{OFFICE} Europe/Berlin", "2026-07-06 16:00:00", False),
        # There it is Monday already.
        ("Mon 00:00-01:00 Pacific/Auckland", "2026-11-22 11:30:00", True),
    ],
)
def test_a_moment_lies_in_it_or_not(text: str, moment: str, expected: bool) -> None:
    assert Blackout.of(text).text == text
    assert Blackout.of(text).holds(at(moment)) is expected
    assert bool(blacked_out((text,), at(moment))) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "08:00-18:00",
        "Mon-Fri",
        "Mon-Fri 8:00-18:00",
        "Mon-Fri 08:60-18:00",
        "Mon-Fri 08:00-18:60",
        "Mon-Fri 24:00-25:00",
        "Mon-Fri 24:00-06:00",
        "Mon-Fri 08:00-24:01",
        "Mon-Fri 08:00-08:00",
        "mon 08:00-18:00",
        "Mon- 08:00-18:00x",
        "Mon,,Tue 08:00-18:00",
        "Montag 08:00-18:00",
        "Mon-Freitag 08:00-18:00",
        "Montag-Fri 08:00-18:00",
        "Mon-Fri 08:00-18:00 Europe/Berlin please",
    ],
)
def test_what_is_no_time_of_the_week_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(BlackoutError, match="write it as Mon-Fri 08:00-18:00") as refused:
        Blackout.of(text)
    assert str(refused.value).startswith(f"{text!r} ")


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "/etc/passwd", "../UTC"])
def test_a_zone_that_a_host_does_not_know_lets_no_drill_begin(zone: str) -> None:
    text = f"{OFFICE} {zone}"
    with pytest.raises(UnknownZoneError, match="is not known"):
        Blackout.of(text).holds(at("2026-11-28 12:00:00"))
    assert "cannot be told" in blacked_out((text,), at("2026-11-28 12:00:00"))


def test_one_of_several_is_enough_and_is_named() -> None:
    texts = (OFFICE, "Sat 00:00-24:00")
    assert blacked_out(texts, at("2026-11-28 12:00:00")) == "this is a blackout time (Sat 00:00-24:00)"
    assert blacked_out(texts, at("2026-11-29 12:00:00")) == ""
    assert blacked_out((), at("2026-11-28 12:00:00")) == ""
