"""A notification has a text."""

from __future__ import annotations

from typing import Any

from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.models import SNSBackend

from localaws.patches.replacing import original, replace


def apply() -> None:
    """SNS API, MessageAttributeValue: "the message body should not be empty or null"; moto sends an empty one."""
    publish = original(SNSBackend, "publish", needs=("message",))

    def published(self: SNSBackend, message: str, *args: Any, **settings: Any) -> str:
        if not message:
            raise SNSInvalidParameter("Invalid parameter: Empty message")
        return publish(self, message, *args, **settings)

    replace(SNSBackend, "publish", published)
