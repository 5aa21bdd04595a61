"""Asynchronous invocations: accepted at once, retried by the clock, and handed on when they fail for good."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.utils import make_function_arn

from localaws.delivery.destinations import Destinations, UndeliverableError
from localaws.functions.event_settings import LATEST, EventSettings, EventSettingsStore
from localaws.functions.pool import ThrottledError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from moto.awslambda.models import LambdaBackend, LambdaFunction

    from localaws.agenda import Agenda
    from localaws.clock import Clock
    from localaws.faults import Faults
    from localaws.functions.invoking import Invoker, Outcome

# Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation": one minute before the
# second attempt, two before the third; throttled events are tried again after 1 second, up to every 5 minutes.
RETRY_SECONDS = (60.0, 120.0)
FIRST_BACKOFF, LAST_BACKOFF = 1.0, 300.0


@dataclass(frozen=True, slots=True)
class Accepted:
    """An event in the function's queue."""

    request_id: str
    name: str
    qualifier: str
    arn: str
    event: str
    at: datetime
    attempts: int = 0
    backoff: float = FIRST_BACKOFF


class Asynchronous:
    """The queues of all functions."""

    def __init__(self, clock: Clock, agenda: Agenda, faults: Faults, invoker: Invoker) -> None:
        self._clock = clock
        self._agenda = agenda
        self._faults = faults
        self._invoker = invoker
        self._destinations = Destinations()
        self.settings = EventSettingsStore()

    def accept(self, backend: LambdaBackend, name: str, qualifier: str | None, event: str) -> str:
        """Queue an event; answers with its request id. Raises moto's error when there is no such function."""
        function = backend.get_function(name, qualifier)
        arn = make_function_arn(function.region, function.account_id, function.function_name)
        accepted = Accepted(
            request_id=str(uuid.uuid4()),
            name=function.function_name,
            qualifier=qualifier or LATEST,
            arn=arn,
            event=event,
            at=self._clock.now(),
        )
        self._agenda.soon(lambda: self._attempt(backend, accepted))
        return accepted.request_id

    def _attempt(self, backend: LambdaBackend, accepted: Accepted) -> None:
        try:
            function = backend.get_function(accepted.name, accepted.qualifier)
        except UnknownFunctionException:
            return  # deleted, and its queue with it
        settings = self._settings(accepted)
        if self._age(accepted) > settings.age_seconds:
            self._hand_on(function, accepted, settings, None, "EventAgeExceeded")
            return
        if self._faults.is_down("lambda"):
            self._postpone(backend, accepted)
            return
        arn = accepted.arn if accepted.qualifier == LATEST else f"{accepted.arn}:{accepted.qualifier}"
        try:
            outcome = self._invoker.invoke(function, arn, accepted.event, accepted.request_id)
        except ThrottledError:
            self._postpone(backend, accepted)
            return
        tried = replace(accepted, attempts=accepted.attempts + 1)
        if not outcome.failed:
            self._hand_on(function, tried, settings, outcome, "Success")
        elif tried.attempts > settings.retries:
            self._hand_on(function, tried, settings, outcome, "RetriesExhausted")
        else:
            self._agenda.after(RETRY_SECONDS[tried.attempts - 1], lambda: self._attempt(backend, tried))

    def _postpone(self, backend: LambdaBackend, accepted: Accepted) -> None:
        later = replace(accepted, backoff=min(accepted.backoff * 2, LAST_BACKOFF))
        self._agenda.after(accepted.backoff, lambda: self._attempt(backend, later))

    def _age(self, accepted: Accepted) -> float:
        return (self._clock.now() - accepted.at).total_seconds()

    def _settings(self, accepted: Accepted) -> EventSettings:
        found = self.settings.get(accepted.arn, accepted.qualifier)
        return found or EventSettings(accepted.arn, 0.0, {})

    def _hand_on(
        self,
        function: LambdaFunction,
        accepted: Accepted,
        settings: EventSettings,
        outcome: Outcome | None,
        condition: str,
    ) -> None:
        """Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations"."""
        succeeded = condition == "Success"
        destination = settings.destination("OnSuccess" if succeeded else "OnFailure")
        if destination:
            record = self._record(function, accepted, outcome, condition)
            self._send(destination, json.dumps(record), {})
        queue: Mapping[str, str] = vars(function).get("dead_letter_config") or {}
        letters = queue.get("TargetArn")
        if letters and not succeeded:
            message = json.loads(outcome.payload).get("errorMessage", "") if outcome else condition
            attributes = {"RequestID": accepted.request_id, "ErrorCode": "200", "ErrorMessage": message[:1024]}
            self._send(letters, accepted.event, attributes)

    def _record(
        self, function: LambdaFunction, accepted: Accepted, outcome: Outcome | None, condition: str
    ) -> dict[str, object]:
        failed = {"functionError": "Unhandled"} if outcome and outcome.failed else {}
        ran = {
            "responseContext": {"statusCode": 200, "executedVersion": str(function.version), **failed},
            "responsePayload": json.loads(outcome.payload) if outcome else None,
        }
        return {
            "version": "1.0",
            "timestamp": f"{self._clock.now():%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
            "requestContext": {
                "requestId": accepted.request_id,
                "functionArn": f"{accepted.arn}:{accepted.qualifier}",
                "condition": condition,
                "approximateInvokeCount": accepted.attempts,
            },
            "requestPayload": json.loads(accepted.event),
            **(ran if outcome else {}),
        }

    def _send(self, arn: str, body: str, attributes: dict[str, str]) -> None:
        try:
            self._destinations.send(arn, body, attributes)
        except UndeliverableError:
            return  # Lambda Developer Guide: dropped, and counted by the metric DestinationDeliveryFailures
