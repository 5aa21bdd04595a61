"""The metrics that AWS itself would publish here: what was measured in each minute."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from localaws.metrics.series import MINUTE, Metric, floor

if TYPE_CHECKING:
    from datetime import datetime

# CloudWatch keeps a minute's data for 15 days; nobody here looks further back than this.
KEPT = timedelta(hours=3)


class Recorder:
    """Counts exactly, whichever thread records; a minute can be read once it is over and `delay_seconds` have passed.

    ELB guide, "CloudWatch metrics for your Application Load Balancer": "measures and sends its metrics in 60-second
    intervals". How long after them they can be read is not documented.
    """

    def __init__(self, delay_seconds: float) -> None:
        self.delay = timedelta(seconds=delay_seconds)
        self._lock = threading.Lock()
        self._regions: dict[str, dict[Metric, dict[datetime, Counter[float]]]] = {}

    def record(self, region: str, metric: Metric, value: float, at: datetime) -> None:
        minute = floor(at, MINUTE)
        with self._lock:
            minutes = self._regions.setdefault(region, {}).setdefault(metric, {})
            if minute not in minutes:
                for old in [one for one in minutes if one < minute - KEPT]:
                    del minutes[old]
                minutes[minute] = Counter()
            minutes[minute][value] += 1

    def readable(self, region: str, metric: Metric, now: datetime) -> dict[datetime, Counter[float]]:
        """Minute → how often each value was measured in it."""
        with self._lock:
            minutes = self._regions.get(region, {}).get(metric, {})
            return {minute: Counter(counts) for minute, counts in minutes.items() if self._is_readable(minute, now)}

    def metrics(self, region: str, now: datetime) -> list[Metric]:
        """Those with a readable minute."""
        with self._lock:
            return [
                metric
                for metric, minutes in self._regions.get(region, {}).items()
                if any(self._is_readable(minute, now) for minute in minutes)
            ]

    def _is_readable(self, minute: datetime, now: datetime) -> bool:
        return minute + MINUTE + self.delay <= now
