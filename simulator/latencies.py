"""How long things take in worlds without a fault: one table, with where each figure is from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Protocol

from modules.recovery_budget import EVALUATION_SECONDS, PROPAGATION_SECONDS, WATCH_SECONDS

if TYPE_CHECKING:
    import random


class Draw(Protocol):
    """A distribution of seconds."""

    @property
    def says(self) -> str:
        """For people."""
        ...

    def of(self, chance: random.Random) -> float:
        """One value."""
        ...


@dataclass(frozen=True, slots=True)
class Uniform:
    low: float
    high: float

    @property
    def says(self) -> str:
        return f"{self.low:g} to {self.high:g} s, evenly"

    def of(self, chance: random.Random) -> float:
        return chance.uniform(self.low, self.high)


@dataclass(frozen=True, slots=True)
class Skewed:
    """Log-normal: never below zero, and a long tail; where it has an end, what lies beyond comes at the end."""

    median: float
    rank: float
    """0.9 or 0.99: how many lie below `at_rank`."""
    at_rank: float
    most: float = math.inf

    @property
    def says(self) -> str:
        end = "" if math.isinf(self.most) else f", never over {self.most:g} s"
        return f"half below {self.median:g} s, {100 * self.rank:g} in 100 below {self.at_rank:g} s{end}"

    def of(self, chance: random.Random) -> float:
        spread = math.log(self.at_rank / self.median) / NormalDist().inv_cdf(self.rank)
        return min(self.most, self.median * math.exp(spread * chance.gauss(0.0, 1.0)))


@dataclass(frozen=True, slots=True)
class Latency:
    """A row."""

    what: str
    draw: Draw
    source: str
    """Where nothing is cited, it says so: assumed."""


API_CALL = Latency("a call of an AWS API", Uniform(0.05, 0.2), "assumed; tens of milliseconds is what people see")
COLD_START = Latency(
    "a function's cold start, where it has not been called for five minutes",
    Uniform(0.2, 2.0),
    "bench: importing boto3 and every client; at most A8",
)
METRIC_DELAY = Latency(
    "a minute's metrics are published, after its end",
    Uniform(60.0, 180.0),
    "one to three minutes are reported (AWS re:Post), read here as after its end; AWS gives no figure. "
    "**A4 allows 120 s**",
)
EVALUATED = Latency(
    "when in the minute the alarm is evaluated",
    Uniform(0.0, float(EVALUATION_SECONDS)),
    'CloudWatch guide, "Evaluating an alarm": once a minute',
)
WATCHED = Latency(
    "when in the minute the watchdog looks", Uniform(0.0, float(WATCH_SECONDS)), "its schedule, once a minute"
)
DELIVERY = Latency(
    "an alarm's event reaches its function",
    Skewed(0.03, 0.9, 0.08),
    "90 in 100 within 80 ms (Amazon Key team 2026, earezki.com); the median is assumed",
)
LOST_SHARE = 0.02
LOST_SAYS = "an alarm's event is lost"
LOST_SOURCE = "EventBridge reference: delivery is durable; assumed, so that the watchdog's look shows"
REACTS = Latency(
    "Auto Scaling begins to launch",
    Uniform(3.0, 45.0),
    "assumed; AWS gives no figure, and people see 5 to 60 s",
)
LAUNCHES = Latency(
    "an instance answers on the network",
    Skewed(27.0, 0.99, 45.0),
    "29 s, c5.xlarge (daemonology.net 2021-08-12); 25.8 s on average (brevdev/ec2-coldboot-research); encrypted "
    "volumes are slower (martysweet.co.uk/ec2-launch-times); the spread is assumed",
)
APP_STARTS = Latency("the app starts", Skewed(15.0, 0.99, 45.0), "assumed: it is yours")
CHECKED = Latency(
    "the load balancer's checks pass",
    Uniform(5.0, 10.0),
    "two checks, 5 s apart, the first within 5 s (modules/target_group.py)",
)
PROPAGATES = Latency(
    "a node of the load balancer obeys new weights",
    Skewed(5.0, 0.99, 60.0, float(PROPAGATION_SECONDS)),
    "assumed: seconds, as people see; none took longer than 120 s (argo-rollouts#4595)",
)
TABLE = (
    EVALUATED,
    WATCHED,
    METRIC_DELAY,
    DELIVERY,
    COLD_START,
    API_CALL,
    REACTS,
    LAUNCHES,
    APP_STARTS,
    CHECKED,
    PROPAGATES,
)


def slowest_boot(count: int, chance: random.Random) -> float:
    """From the call that sets a group's size until the last of its new instances is healthy."""
    each = (LAUNCHES, APP_STARTS, CHECKED)
    return REACTS.draw.of(chance) + max(sum(one.draw.of(chance) for one in each) for _ in range(count))
