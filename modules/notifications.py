"""Where notifications go, where a copy of each is kept, and where what could not be delivered waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from cdktf_cdktf_provider_aws.sns_topic_subscription import SnsTopicSubscription
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from constructs import Construct

from modules.policy import Statement, document, statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modules.naming import Naming

FORTNIGHT_SECONDS = 14 * 24 * 3600  # SQS API, SetQueueAttributes: the longest retention


class Notifications(Construct):
    """Exposes `topic_arn`, the `outbox` and the `dead_letters` queue."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        naming: Naming,
        key_arn: str,
        emails: Sequence[str],
        services: Sequence[str],
    ) -> None:
        """`services`: the service principals that may publish (CloudWatch) or leave dead letters (EventBridge)."""
        super().__init__(scope, id_)
        self._naming, self._key_arn = naming, key_arn
        topic = SnsTopic(self, "topic", name=naming.name("runs"), kms_master_key_id=key_arn)
        SnsTopicPolicy(
            self,
            "topic_policy",
            arn=topic.arn,
            policy=document(
                _tls_only("sns:Publish", topic.arn),
                statement(
                    "Services",
                    ["sns:Publish"],
                    [topic.arn],
                    principals={"Service": list(services)},
                    conditions={"StringEquals": {"aws:SourceAccount": naming.account}},
                ),
            ),
        )
        for number, address in enumerate(emails, start=1):
            SnsTopicSubscription(self, f"email_{number}", topic_arn=topic.arn, protocol="email", endpoint=address)
        self.topic_arn = topic.arn
        self.outbox = self._queue("outbox", "notifications", services=())
        self.dead_letters = self._queue("dead_letters", "dead-letters", services=services)

    def _queue(self, id_: str, thing: str, *, services: Sequence[str]) -> SqsQueue:
        name = self._naming.name(thing, 80)
        arn = self._naming.arn("sqs", name)
        statements = [_tls_only("sqs:*", arn)]
        if services:
            statements.append(
                statement(
                    "Services",
                    ["sqs:SendMessage"],
                    [arn],
                    principals={"Service": list(services)},
                    conditions={"StringEquals": {"aws:SourceAccount": self._naming.account}},
                )
            )
        # The policy in the queue itself: the provider waits half a minute for each of the two where they come apart.
        return SqsQueue(
            self,
            id_,
            name=name,
            kms_master_key_id=self._key_arn,
            message_retention_seconds=FORTNIGHT_SECONDS,
            policy=document(*statements),
        )


def _tls_only(action: str, arn: str) -> Statement:
    return statement(
        "TlsOnly",
        [action],
        [arn],
        effect="Deny",
        principals={"AWS": "*"},
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )
