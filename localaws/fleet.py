"""What runs on the instances and what is measured of it: all that moto does not know about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.groups.activities import Activities
from localaws.groups.attachments import Attachments
from localaws.groups.capacity import Capacity
from localaws.groups.scaling import Scaling
from localaws.groups.upkeep import Upkeep
from localaws.live_behaviours import LiveBehaviours
from localaws.metrics.alarms import Alarms
from localaws.metrics.recorder import Recorder
from localaws.metrics.sampling import Sampling
from localaws.rounds import Round, Rounds

if TYPE_CHECKING:
    from datetime import datetime

    from localaws.clock import Clock

UPKEEP_SECONDS = 5
SAMPLES_SECONDS = 20
MINUTE_SECONDS = 60


class Fleet:
    """One of each for an account."""

    def __init__(self, account: str, clock: Clock, metric_delay_seconds: float) -> None:
        self.account = account
        self.clock = clock
        self.behaviours = LiveBehaviours()
        self.capacity = Capacity()
        self.activities = Activities()
        self.attachments = Attachments()
        self.recorder = Recorder(metric_delay_seconds)
        self.scaling = Scaling(clock, self.capacity, self.activities)
        self.upkeep = Upkeep(account, self.scaling, self.attachments, self.behaviours)
        sampling = Sampling(account, self.recorder, self.behaviours)
        alarms = Alarms(account, self.recorder)
        self.rounds = Rounds(
            clock,
            (
                Round("upkeep", UPKEEP_SECONDS, self.upkeep.round),
                Round("sampling", SAMPLES_SECONDS, sampling.sample, offset_seconds=SAMPLES_SECONDS / 2),
                # A minute's metrics can be read, and so are evaluated, the delay after its end.
                Round("alarms", MINUTE_SECONDS, alarms.evaluate, offset_seconds=metric_delay_seconds % MINUTE_SECONDS),
            ),
        )

    def advance(self, seconds: float) -> datetime:
        """Move the clock on; what became due meanwhile is done when this returns."""
        self.rounds.catch_up()
        now = self.clock.advance(seconds)
        self.rounds.catch_up()
        return now
