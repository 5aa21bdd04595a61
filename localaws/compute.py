"""All that runs in the emulator by itself: functions, deliveries, schedules, and the faults that they meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.agenda import Agenda
from localaws.delivery.deliveries import Deliveries
from localaws.delivery.destinations import Destinations
from localaws.delivery.executions import ExecutionEvents
from localaws.delivery.schedules import Schedules
from localaws.delivery.targets import Targets
from localaws.faults import Faults
from localaws.functions.asynchronous import Asynchronous
from localaws.functions.invoking import Invoker

if TYPE_CHECKING:
    from localaws.clock import Clock


class Compute:
    """One of each for an emulator; `close` ends every process that it started."""

    def __init__(self, account: str, endpoint: str, clock: Clock) -> None:
        self.account = account
        self.clock = clock
        self.faults = Faults()
        self.agenda = Agenda(clock)
        self.invoker = Invoker(clock, endpoint)
        self.asynchronous = Asynchronous(clock, self.agenda, self.faults, self.invoker)
        targets = Targets(self.faults, self.asynchronous)
        self.deliveries = Deliveries(clock, self.agenda, targets, Destinations())
        self.executions = ExecutionEvents(clock, self.agenda)
        Schedules(account, clock, self.deliveries)

    def close(self) -> None:
        self.invoker.close()
