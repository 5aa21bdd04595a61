"""A signal: one series per group, and the level at which it says that the group is bad."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# ELB publishes its metrics once a minute (ELB guide, "CloudWatch metrics for your Application Load Balancer").
PERIOD_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One CloudWatch metric of a target group."""

    id: str
    name: str
    statistic: str


@dataclass(frozen=True, kw_only=True)
class Signal:
    """A series per group and the level above which it is bad, for `bad_minutes` of the last `window_minutes`."""

    name: str
    metrics: tuple[Metric, ...]
    expression: str
    threshold: float
    bad_minutes: int
    window_minutes: int
    says: str = ""
    """What it measures, for people who look at alarms and dashboards."""

    def document(self) -> dict[str, Any]:
        """The JSON object that `signal` reads: what decides. A function's environment holds 4 KB in all."""
        return {name: value for name, value in asdict(self).items() if name != "says"}


def signal(document: Mapping[str, Any]) -> Signal:
    """Of a JSON object."""
    given = dict(document)
    metrics = tuple(Metric(**metric) for metric in given.pop("metrics"))
    return Signal(metrics=metrics, **given)
