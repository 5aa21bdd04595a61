"""Fire the rules that have a schedule, by the emulator's clock."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Any

from moto.events.models import events_backends

from localaws.delivery import expression

if TYPE_CHECKING:
    from datetime import datetime

    from moto.events.models import Rule

    from localaws.clock import Clock
    from localaws.delivery.deliveries import Deliveries

LOOK_SECONDS = 0.05
ENABLED = "ENABLED"
# Kept with a rule: when it was made or last enabled.
SINCE = "localaws_since"


class Schedules:
    """Looks at every rule's schedule. What a jump of the clock passed over more than once is fired once."""

    def __init__(self, account: str, clock: Clock, deliveries: Deliveries) -> None:
        self._account = account
        self._clock = clock
        self._deliveries = deliveries
        # Since when a rule counts: a rule that is changed or enabled again starts anew.
        self._since: dict[tuple[str, str], datetime] = {}
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(LOOK_SECONDS):
            self._look(self._clock.now())

    def _look(self, now: datetime) -> None:
        counting: dict[tuple[str, str], datetime] = {}
        for backend in list(events_backends[self._account].values()):
            for rule in list(backend.event_buses["default"].rules.values()):
                schedule = expression.parse(rule.scheduled_expression or "")
                if schedule is None or rule.state != ENABLED:
                    continue
                key = (rule.arn, str(rule.scheduled_expression))
                made: datetime = vars(rule)[SINCE]
                since = counting[key] = self._since.get(key, made)
                if schedule.due(since, now):
                    counting[key] = schedule.advanced(since, now)
                    self._fire(rule, now)
                elif isinstance(schedule, expression.Cron):
                    counting[key] = now
        self._since = counting

    def _fire(self, rule: Rule, now: datetime) -> None:
        """EventBridge user guide, "Creating a rule that runs on a schedule": the event that it makes."""
        event: dict[str, Any] = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": rule.account_id,
            "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "region": rule.region_name,
            "resources": [rule.arn],
            "detail": {},
        }
        for target in list(rule.targets):
            self._deliveries.deliver(rule.arn, target, event)
