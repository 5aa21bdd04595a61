"""A queue's redrive policy is read back as compact JSON."""

from __future__ import annotations

import json
from typing import Any

from moto.sqs.models import Queue

from localaws.patches.replacing import original, replace


def apply() -> None:
    """SQS API, GetQueueAttributes: its examples show a RedrivePolicy without spaces.

    Terraform compares the text, and plans to change what moto writes with spaces.
    """
    attributes = original(Queue, "attributes")

    def read(self: Queue) -> dict[str, Any]:
        found: dict[str, Any] = attributes(self)
        if found.get("RedrivePolicy"):
            found["RedrivePolicy"] = json.dumps(json.loads(found["RedrivePolicy"]), separators=(",", ":"))
        return found

    replace(Queue, "attributes", property(read))
