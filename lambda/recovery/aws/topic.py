"""Notifications go out on a topic, and a copy of each is kept in a queue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from recovery.aws.clients import ask, client
from recovery.core.parts import Listening
from recovery.permissions import (
    CALL_NOTIFY,
    COUNT_DEAD_LETTERS,
    KEEP_COPY,
    PUBLISH,
    READ_SUBSCRIPTIONS,
    USE_KEY,
    needs,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.settings import Settings

SUBJECT_LIMIT = 100  # SNS API, Publish


class Topic:
    """Of one environment."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @needs(PUBLISH, USE_KEY)
    def publish(self, subject: str, text: str, attributes: Mapping[str, str]) -> None:
        """Tell everybody who subscribed."""
        ask(
            client("sns").publish,
            TopicArn=self._settings.topic_arn,
            Subject=subject[:SUBJECT_LIMIT],
            Message=text,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )

    @needs(KEEP_COPY, USE_KEY)
    def keep(self, document: Mapping[str, Any]) -> None:
        """Put a copy into the queue."""
        ask(client("sqs").send_message, QueueUrl=self._settings.outbox_url, MessageBody=json.dumps(document))

    @needs(READ_SUBSCRIPTIONS)
    def listening(self) -> Listening:
        """Who would hear of it. One that waits has no ARN yet (SNS API, ListSubscriptionsByTopic)."""
        arns: list[str] = []
        token: dict[str, str] = {}
        while True:
            page = ask(client("sns").list_subscriptions_by_topic, TopicArn=self._settings.topic_arn, **token)
            listed: list[Mapping[str, str]] = page.get("Subscriptions") or []
            arns += [one["SubscriptionArn"] for one in listed]
            if not page.get("NextToken"):
                confirmed = sum(one.startswith("arn:") for one in arns)
                return Listening(confirmed, len(arns) - confirmed)
            token = {"NextToken": page["NextToken"]}


class DeadLetters:
    """What could not be delivered, and waits for a person."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.dead_letters_url

    @needs(COUNT_DEAD_LETTERS)
    def count(self) -> int:
        """Roughly how many, those that somebody reads at this moment included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = ask(client("sqs").get_queue_attributes, QueueUrl=self._url, AttributeNames=names)["Attributes"]
        return sum(int(found.get(name, 0)) for name in names)


class Notify:
    """The notifying function, for who is no state machine."""

    def __init__(self, settings: Settings) -> None:
        self._name = settings.notify_function

    @needs(CALL_NOTIFY)
    def page(self, state: Mapping[str, Any]) -> None:
        """Have a person paged; Lambda tries again by itself, and keeps what it could not deliver."""
        payload = json.dumps({"step": "Escalate", "state": state}).encode()
        ask(client("lambda").invoke, FunctionName=self._name, InvocationType="Event", Payload=payload)
