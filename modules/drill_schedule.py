"""When drills are begun: what an operator may write, and EventBridge's expression for it."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta

from recovery.core.blackout import Blackout

DAILY, WEEKLY, OFF = "daily", "weekly", "off"
AT_HOUR = 4
TUESDAY = 1
RIGHT = 'write "daily", "weekly", "off", rate(3 days) or cron(0 4 ? * TUE *)'
RATE = re.compile(r"rate\((?:1 (?:hour|day)|(?:[2-9]|[1-9]\d+) (?:hours|days))\)")
# EventBridge user guide, "Cron expressions": six fields, and a ? in exactly one of day of month and day of week.
CRON = re.compile(r"cron\([\d*,/-]+ [\d*,/-]+ ([\dLW*,/?-]+) [\dA-Z*,/-]+ ([\dA-Z#*,/?-]+) [\d*,/-]+\)")
# A year has every date that a zone's clocks are changed on.
SOME_MONDAY, WEEKS = datetime(2026, 1, 5, tzinfo=UTC), 53


def checked_schedule(text: str) -> str:
    """As it is, where it is one. Raises ValueError."""
    cron = CRON.fullmatch(text)
    if text in (DAILY, WEEKLY, OFF) or RATE.fullmatch(text) or (cron and (cron[1] == "?") != (cron[2] == "?")):
        return text
    raise ValueError(f"{text!r} is no schedule of EventBridge's, or more often than hourly; {RIGHT}")


def checked_blackout(text: str) -> str:
    """As it is, where it is one. Raises BlackoutError."""
    Blackout.of(text).holds(SOME_MONDAY.timestamp())
    return text


def never(text: str, blackouts: tuple[str, ...]) -> bool:
    """Whether every time that a daily or weekly schedule names is a blackout time. Of other schedules nobody knows."""
    days = {DAILY: range(7), WEEKLY: (TUESDAY,)}.get(text)
    if days is None or not blackouts:
        return False
    parsed = [Blackout.of(one) for one in blackouts]
    times = (
        SOME_MONDAY + timedelta(weeks=week, days=day, hours=AT_HOUR, minutes=minute)
        for week in range(WEEKS)
        for day in days
        for minute in (0, 59)
    )
    return all(any(one.holds(at.timestamp()) for one in parsed) for at in times)


def expression(text: str, app: str) -> str:
    """EventBridge's; empty for none. Each app has a minute of its own: many in one account launch not all at once."""
    minute = int(hashlib.sha256(app.encode()).hexdigest(), 16) % 60
    match text:
        case "daily":
            return f"cron({minute} {AT_HOUR} * * ? *)"
        case "weekly":
            return f"cron({minute} {AT_HOUR} ? * TUE *)"
        case "off":
            return ""
        case _:
            return text
