"""Times in which no drill is begun, as an operator writes them: `Mon-Fri 08:00-18:00 Europe/Berlin`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
RIGHT = "write it as Mon-Fri 08:00-18:00, or daily 22:00-06:00, and a time zone after it where it is not UTC"
WRITTEN = re.compile(r"(\S+) (\d\d):(\d\d)-(\d\d):(\d\d)(?: (\S+))?")
HOUR, DAY = 60, 24 * 60


class BlackoutError(ValueError):
    """The text is none; the message says what would be right."""


class UnknownZoneError(BlackoutError):
    """The zone may be one elsewhere: hosts differ in what they know."""


@dataclass(frozen=True, slots=True)
class Blackout:
    """Begins on each of these days; one that ends before it begins lasts into the next day. Minutes of the day."""

    text: str
    days: frozenset[int]
    begin: int
    end: int
    zone: str

    @classmethod
    def of(cls, text: str) -> Blackout:
        """Raises BlackoutError."""
        found = WRITTEN.fullmatch(text)
        if found is None:
            raise BlackoutError(f"{text!r} is no time of the week; {RIGHT}")
        days, zone = found[1], found[6] or "UTC"
        begin, end = int(found[2]) * HOUR + int(found[3]), int(found[4]) * HOUR + int(found[5])
        if int(found[3]) >= HOUR or int(found[5]) >= HOUR or begin >= DAY or end > DAY or begin == end:
            raise BlackoutError(f"{text!r} does not last from one time of day to another; {RIGHT}")
        return cls(text, _days(days, text), begin, end, zone)

    def holds(self, now: float) -> bool:
        """Whether a moment (seconds since 1970) lies in it. Raises UnknownZoneError."""
        local = datetime.fromtimestamp(now, zone_of(self.zone))
        minute, yesterday = local.hour * HOUR + local.minute, (local - timedelta(days=1)).weekday()
        if self.begin < self.end:
            return local.weekday() in self.days and self.begin <= minute < self.end
        return (local.weekday() in self.days and minute >= self.begin) or (yesterday in self.days and minute < self.end)


def zone_of(name: str) -> tzinfo:
    """By its name. Raises UnknownZoneError."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownZoneError(
            f"the time zone {name} is not known; write it as Europe/Berlin, or not at all"
        ) from error


def blacked_out(texts: tuple[str, ...], now: float) -> str:
    """Why no drill is begun at a moment, or nothing. What cannot be told is no reason to begin one."""
    for text in texts:
        try:
            if Blackout.of(text).holds(now):
                return f"this is a blackout time ({text})"
        except BlackoutError as error:
            return f"whether this is a blackout time ({text}) cannot be told: {error}"
    return ""


def _days(text: str, whole: str) -> frozenset[int]:
    if text == "daily":
        return frozenset(range(len(DAYS)))
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise BlackoutError(f"{whole!r} names no days of the week; {RIGHT}")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found |= {number % len(DAYS) for number in range(begin, end + 1 if end >= begin else end + len(DAYS) + 1)}
    return frozenset(found)
