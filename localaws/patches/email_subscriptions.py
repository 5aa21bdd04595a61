"""An e-mail subscription waits until somebody has followed its link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.sns.models import SNSBackend, Subscription
from moto.sns.responses import SNSResponse

from localaws.patches.replacing import original, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

EMAIL = ("email", "email-json")
WAITS = "PendingConfirmation"
CONFIRMED = "localaws_confirmed"


class _Waiting:
    """A subscription as it is listed before it is confirmed: without an ARN."""

    def __init__(self, subscription: Subscription) -> None:
        self.arn = self.subscription_arn = WAITS
        self.owner = self.account_id = subscription.account_id
        self.protocol, self.endpoint = subscription.protocol, subscription.endpoint
        self.topic, self.topic_arn = subscription.topic, subscription.topic.arn


def apply() -> None:
    """SNS API, ListSubscriptionsByTopic: one that is not confirmed has `PendingConfirmation` for its ARN.

    moto takes every subscription for confirmed. Nothing is mailed here, so ConfirmSubscription takes any token and
    confirms what waits on its topic.
    """
    listed = original(SNSBackend, "list_subscriptions_by_topic", needs=("topic_arn",))
    confirm = original(SNSResponse, "confirm_subscription")

    def shown(self: SNSBackend, topic_arn: str, next_token: Any = None) -> tuple[list[Any], Any]:
        found, token = listed(self, topic_arn, next_token)
        return [_Waiting(one) if _waits(one) else one for one in found], token

    def confirmed(self: SNSResponse) -> Any:
        parameters: Mapping[str, Any] = self.params
        for one in self.backend.subscriptions.values():
            if one.topic.arn == parameters.get("TopicArn"):
                vars(one)[CONFIRMED] = True
        return confirm(self)

    replace(SNSBackend, "list_subscriptions_by_topic", shown)
    replace(SNSResponse, "confirm_subscription", confirmed)


def _waits(subscription: Subscription) -> bool:
    return subscription.protocol in EMAIL and CONFIRMED not in vars(subscription)
