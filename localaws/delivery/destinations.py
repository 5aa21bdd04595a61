"""Put a message into an SQS queue, or publish it to an SNS topic, from inside the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from localaws.delivery.place import Place
from localaws.refusals import REFUSED, reason

if TYPE_CHECKING:
    from collections.abc import Mapping


class UndeliverableError(Exception):
    """The queue or topic is not there, or takes no such message."""


class Destinations:
    """The queues and topics of all accounts and regions."""

    def send(self, arn: str, body: str, attributes: Mapping[str, str], group: str | None = None) -> None:
        """Raises UndeliverableError."""
        place = Place.of(arn)
        try:
            if place.service == "sqs":
                sqs_backends[place.account][place.region].send_message(
                    place.resource,
                    body,
                    message_attributes={
                        name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                    },
                    group_id=group,
                )
            elif place.service == "sns":
                sns_backends[place.account][place.region].publish(message=body, arn=arn)
            else:
                raise UndeliverableError(f"{arn} is neither a queue nor a topic")
        except REFUSED as error:
            raise UndeliverableError(reason(error).message) from error
