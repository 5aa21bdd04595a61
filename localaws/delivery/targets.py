"""Hand an event to a target of a rule: a function, a state machine, a queue or a topic."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from moto.awslambda.models import lambda_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from localaws.delivery.destinations import Destinations, UndeliverableError
from localaws.delivery.place import Place
from localaws.faults import FaultError
from localaws.functions.environment import access_key
from localaws.operations import Call
from localaws.refusals import REFUSED, reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localaws.faults import Faults
    from localaws.functions.asynchronous import Asynchronous

SERVICES = ("lambda", "states", "sqs", "sns")
OPERATIONS = {"lambda": "Invoke", "states": "StartExecution", "sqs": "SendMessage", "sns": "Publish"}
EVENTS = "events.amazonaws.com"


class DeliveryError(Exception):
    """The target did not take the event; `lasting` when another attempt would be refused as well."""

    def __init__(self, code: str, message: str, *, lasting: bool) -> None:
        super().__init__(message)
        self.code = code
        self.lasting = lasting


class Targets:
    """EventBridge user guide, "Event bus targets in Amazon EventBridge": those that this project uses."""

    def __init__(self, faults: Faults, asynchronous: Asynchronous) -> None:
        self._faults = faults
        self._asynchronous = asynchronous
        self._destinations = Destinations()

    def send(self, target: Mapping[str, Any], body: str, event_id: str, rule_arn: str) -> None:
        """Raises DeliveryError."""
        arn = str(target["Arn"])
        place = Place.of(arn)
        caller = access_key(str(target["RoleArn"])) if target.get("RoleArn") else EVENTS
        try:
            self._faults.require(Call(place.service, OPERATIONS[place.service], caller))
            if place.service == "lambda":
                self._invoke(arn, place.account, place.region, body)
            elif place.service == "states":
                name = execution_name(event_id, rule_arn, str(target["Id"]))
                self._start(arn, place.account, place.region, name, body)
            else:
                queue: Mapping[str, str] = target.get("SqsParameters") or {}
                self._destinations.send(arn, body, {}, queue.get("MessageGroupId"))
        except FaultError as error:
            raise DeliveryError(error.fault.code, str(error), lasting=False) from error
        except UndeliverableError as error:
            raise DeliveryError("SDK_CLIENT_ERROR", str(error), lasting=True) from error
        except REFUSED as error:
            why = reason(error)
            raise DeliveryError(why.code, why.message, lasting=why.code != "TooManyRequestsException") from error

    def _invoke(self, arn: str, account: str, region: str, body: str) -> None:
        """EventBridge invokes functions asynchronously: what the function makes of it is Lambda's to retry."""
        name, _, qualifier = arn.partition(":function:")[2].partition(":")
        self._asynchronous.accept(lambda_backends[account][region], name, qualifier or None, body)

    def _start(self, arn: str, account: str, region: str, name: str, body: str) -> None:
        """A second delivery of the event finds its execution, running or closed, and that is all it does."""
        try:
            stepfunctions_parser_backends[account][region].start_execution(arn, name, body)
        except REFUSED as error:
            if reason(error).code != "ExecutionAlreadyExists":
                raise


def execution_name(event_id: str, rule_arn: str, target_id: str) -> str:
    """Made of the event's id, as EventBridge's are seen to be; AWS does not document it."""
    return f"{event_id}_{uuid.uuid5(uuid.NAMESPACE_URL, f'{rule_arn}/{target_id}')}"
