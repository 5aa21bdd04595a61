"""When a schedule expression is due."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Rate:
    """EventBridge user guide, "Rate expressions": it starts with the rule, and is first due a period later."""

    period: timedelta

    def due(self, since: datetime, until: datetime) -> bool:
        return until - since >= self.period

    def advanced(self, since: datetime, until: datetime) -> datetime:
        """The last time that it was due."""
        return since + self.period * ((until - since) // self.period)


class _Field(NamedTuple):
    first: int
    last: int
    names: tuple[str, ...] = ()


FIELDS = (_Field(0, 59), _Field(0, 23), _Field(1, 31), _Field(1, 12, MONTHS), _Field(1, 7, DAYS), _Field(1970, 2199))


@dataclass(frozen=True, slots=True)
class Cron:
    """EventBridge user guide, "Cron expressions": minutes, hours, day of month, month, day of week, year; in UTC."""

    allowed: tuple[frozenset[int], ...]

    def due(self, since: datetime, until: datetime) -> bool:
        """Whether a minute that it names began after `since` and until `until`; a long jump is looked at for a day."""
        minute = max(since, until - timedelta(days=1)).replace(second=0, microsecond=0) + MINUTE
        while minute <= until:
            if self._names(minute):
                return True
            minute += MINUTE
        return False

    def advanced(self, _since: datetime, until: datetime) -> datetime:
        return until

    def _names(self, at: datetime) -> bool:
        parts = (at.minute, at.hour, at.day, at.month, at.isoweekday() % 7 + 1, at.year)
        return all(part in allowed for part, allowed in zip(parts, self.allowed, strict=True))


def parse(expression: str) -> Rate | Cron | None:
    """None for an expression that is not known here: L, W and # among them."""
    if found := RATE.fullmatch(expression):
        return Rate(timedelta(**{f"{found[2]}s": int(found[1])}))
    found = CRON.fullmatch(expression)
    if found is None:
        return None
    try:
        return Cron(tuple(_values(text, field) for text, field in zip(found.groups(), FIELDS, strict=True)))
    except ValueError:
        return None


def _values(text: str, field: _Field) -> frozenset[int]:
    values: set[int] = set()
    for part in text.upper().split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = field.first, field.last
        elif "-" in span:
            first, last = (_number(end, field) for end in span.split("-"))
        else:
            first = _number(span, field)
            last = field.last if step else first
        values.update(range(first, last + 1, int(step or 1)))
    return frozenset(values)


def _number(text: str, field: _Field) -> int:
    return field.names.index(text) + field.first if text in field.names else int(text)
