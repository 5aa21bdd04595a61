"""Every delivery of an event to a target: in the background, retried, held back or repeated on request."""

from __future__ import annotations

import random
import threading
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from localaws.delivery.destinations import UndeliverableError
from localaws.delivery.message import message
from localaws.delivery.targets import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from localaws.agenda import Agenda
    from localaws.clock import Clock
    from localaws.delivery.destinations import Destinations
    from localaws.delivery.targets import Targets

# EventBridge user guide, "How EventBridge retries delivering events": 24 hours and 185 times, with exponential backoff
# and jitter. Its steps are not published: from one second, doubled up to a minute.
ATTEMPTS = 185
AGE_SECONDS = 86_400
FIRST_BACKOFF, LAST_BACKOFF = 1.0, 60.0
REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one target."""

    rule_arn: str
    target: Mapping[str, Any]
    event: Mapping[str, Any]
    at: datetime
    retries: int = 0
    backoff: float = FIRST_BACKOFF
    policy: Mapping[str, int] = field(default_factory=dict[str, int])


class Deliveries:
    """At least once, in no promised order: EventBridge user guide, "Event delivery"."""

    def __init__(self, clock: Clock, agenda: Agenda, targets: Targets, destinations: Destinations) -> None:
        self._clock = clock
        self._agenda = agenda
        self._targets = targets
        self._destinations = destinations
        self._lock = threading.Lock()
        self._paused = False
        self._held: list[Delivery] = []
        self._sent: deque[Delivery] = deque(maxlen=REMEMBERED)

    def deliver(self, rule_arn: str, target: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        policy: Mapping[str, int] = target.get("RetryPolicy") or {}
        self._begin(Delivery(rule_arn, target, event, self._clock.now(), policy=policy))

    def redeliver(self, count: int) -> list[str]:
        """The last `count` events again, to each target that they went to; answers with their ids, the oldest first."""
        with self._lock:
            sent = list(self._sent)
        ids = list(dict.fromkeys(str(delivery.event["id"]) for delivery in reversed(sent)))[:count][::-1]
        for identifier in ids:
            again = {str(one.target["Id"]) + one.rule_arn: one for one in sent if one.event["id"] == identifier}
            for one in again.values():
                self.deliver(one.rule_arn, one.target, one.event)
        return ids

    def pause(self) -> None:
        with self._lock:
            self._paused = True

    def resume(self) -> None:
        with self._lock:
            self._paused = False
            held, self._held = self._held, []
        for delivery in held:
            self._begin(delivery)

    def state(self) -> dict[str, object]:
        with self._lock:
            return {"paused": self._paused, "held": len(self._held)}

    def _begin(self, delivery: Delivery) -> None:
        with self._lock:
            if self._paused:
                self._held.append(delivery)
                return
            if not delivery.retries:
                self._sent.append(delivery)
        self._agenda.soon(lambda: self._attempt(delivery))

    def _attempt(self, delivery: Delivery) -> None:
        body = message(delivery.target, delivery.event, delivery.rule_arn)
        try:
            self._targets.send(delivery.target, body, str(delivery.event["id"]), delivery.rule_arn)
        except DeliveryError as error:
            self._failed(delivery, error)

    def _failed(self, delivery: Delivery, error: DeliveryError) -> None:
        age = (self._clock.now() - delivery.at).total_seconds()
        if error.lasting:
            self._give_up(delivery, error, "")
        elif delivery.retries >= delivery.policy.get("MaximumRetryAttempts", ATTEMPTS):
            self._give_up(delivery, error, "MaximumRetryAttempts")
        elif age + delivery.backoff > delivery.policy.get("MaximumEventAgeInSeconds", AGE_SECONDS):
            self._give_up(delivery, error, "MaximumEventAgeInSeconds")
        else:
            longer = min(delivery.backoff * 2, LAST_BACKOFF)
            later = replace(delivery, retries=delivery.retries + 1, backoff=longer)
            jitter = random.uniform(0.8, 1.0)  # noqa: S311 no secret
            self._agenda.after(delivery.backoff * jitter, lambda: self._begin(later))

    def _give_up(self, delivery: Delivery, error: DeliveryError, condition: str) -> None:
        """EventBridge user guide, "Using dead-letter queues to process undelivered events": the event, and why."""
        queue: Mapping[str, str] = delivery.target.get("DeadLetterConfig") or {}
        letters = queue.get("Arn")
        if not letters:
            return
        attributes = {
            "RULE_ARN": delivery.rule_arn,
            "TARGET_ARN": str(delivery.target["Arn"]),
            "ERROR_CODE": error.code,
            "ERROR_MESSAGE": str(error),
            "RETRY_ATTEMPTS": str(delivery.retries),
            **({"EXHAUSTED_RETRY_CONDITION": condition} if condition else {}),
        }
        body = message({}, delivery.event, delivery.rule_arn)
        try:
            self._destinations.send(letters, body, attributes)
        except UndeliverableError:
            return  # the guide: an event that cannot go to the dead-letter queue is dropped
