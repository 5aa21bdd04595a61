"""When a drill may begin, and how its alarm is told from a real one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from recovery.core.drilling import drill_of, expected, marked, may_drill, name_of, unanswered
from recovery.core.incident import Alarm, firing
from recovery.core.lease import Kind
from recovery.core.quarantine import Level, Mark
from tests.unit.core.scenes import FIRED, FREE, NOW, V2, held

SUSPECT = Mark(V2.fingerprint, Level.SUSPECT, "it stayed unclear", "rollback-1", NOW - 3600)
ALWAYS = ("daily 00:00-24:00",)
FORCED = replace(FIRED, reason=marked("drill-1"))
RECORD = {"sk": "drill-1", "alarm": FIRED.name, "asked_at": repr(FIRED.at)}


def drilled(**more: Any) -> str:
    given: dict[str, Any] = {"held": FREE, "marks": [], "firing": [], "blackout": (), **more}
    return may_drill(NOW, **given)


def test_a_drill_may_begin_where_nothing_is_the_matter() -> None:
    assert drilled() == ""
    assert drilled(marks=[replace(SUSPECT, level=Level.BAD), SUSPECT.lift("ana", NOW)]) == ""


@pytest.mark.parametrize("kind", list(Kind))
def test_no_drill_begins_while_a_run_is_on(kind: Kind) -> None:
    assert drilled(held=held(kind)) == f"a-{kind} is in progress"
    # It may have died: somebody sees to it first.
    assert drilled(held=held(kind, expires_at=NOW - 3600))


def test_no_drill_begins_while_it_is_not_known_what_was_wrong() -> None:
    assert f"release {V2.fingerprint[:12]} is quarantined as suspect" in drilled(marks=[SUSPECT])


def test_no_drill_begins_while_an_alarm_fires() -> None:
    assert drilled(firing=["b", "a"]) == "alarms are firing (a, b)"


def test_no_drill_begins_in_a_blackout_time() -> None:
    assert "blackout time (daily 00:00-24:00)" in drilled(blackout=ALWAYS)


def test_whoever_asks_twice_asks_once() -> None:
    """A schedule's event is of its hour, however late, or often, it arrives."""
    at = {"by": "the schedule", "at": "2026-11-24T04:17:00Z"}
    assert name_of(at, NOW) == name_of({**at, "at": "2026-11-24T04:59:59Z"}, NOW + 300) == "drill-20261124T04"
    assert name_of({**at, "at": "2026-11-24T05:00:00Z"}, NOW) != name_of(at, NOW)
    assert name_of({"id": "monday"}, NOW) == name_of({"id": "monday"}, NOW + 9) == "drill-monday"
    assert name_of({}, NOW) == f"drill-{int(NOW)}"


def test_an_alarm_is_a_drills_where_both_say_so() -> None:
    assert drill_of(FORCED) == "drill-1"
    assert expected(RECORD, FORCED)
    assert expected(RECORD, replace(FORCED, at=FIRED.at + 120))


@pytest.mark.parametrize(
    ("record", "alarm"),
    [
        (None, FORCED),
        ({}, FORCED),
        ({**RECORD, "alarm": "another"}, FORCED),
        (RECORD, replace(FORCED, at=FIRED.at + 121)),
        (RECORD, replace(FORCED, at=FIRED.at - 121)),
    ],
)
def test_an_alarm_that_no_drill_expects_is_as_real_as_any(record: dict[str, Any] | None, alarm: Alarm) -> None:
    assert not expected(record, alarm)


@pytest.mark.parametrize("reason", ["", "40 over 5", "a lastgood-drill drill-1", "lastgood-drilled"])
def test_a_real_alarm_names_no_drill(reason: str) -> None:
    assert drill_of(replace(FIRED, reason=reason)) == ""


def test_a_drills_alarm_says_nothing_of_a_group_without_requests_and_all_of_one_with_some() -> None:
    names = {"blue": (), "green": (FIRED.name,)}
    assert firing([FORCED], {"blue": 100, "green": 0}) == {"blue": (), "green": ()}
    assert firing([FORCED], {"blue": 100}) == {"blue": (), "green": ()}
    assert firing([FORCED], {"blue": 95, "green": 5}) == names
    assert firing([FIRED], {"blue": 100, "green": 0}) == names
    assert firing([replace(FIRED, state="OK")], {"blue": 0, "green": 100}) == {"blue": (), "green": ()}


def test_an_alarm_that_was_not_handed_on_is_told_once() -> None:
    later = FIRED.at + 181
    assert "put shop-green-errors into ALARM 181 s ago" in unanswered(RECORD, later)
    assert unanswered(RECORD, FIRED.at + 180) == ""
    for done in ("answered_at", "told_at"):
        assert unanswered({**RECORD, done: repr(later)}, later) == ""
    assert unanswered(None, later) == ""
