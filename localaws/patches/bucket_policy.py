"""A statement that denies plain HTTP denies nothing here: localaws stands for the TLS endpoint."""

from __future__ import annotations

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket

from localaws.patches.replacing import replace

TLS_ONLY = {"Bool": {"aws:SecureTransport": "false"}}


def apply() -> None:
    """S3 User Guide, "Enforce encryption of data in transit": the condition is on aws:SecureTransport.

    moto reads a bucket policy without its conditions, so such a statement would deny every request.
    """

    def get_permission(self: FakeBucket, action: str, resource: str) -> Any:
        if self.policy is None:
            return PermissionResult.NEUTRAL
        document: dict[str, Any] = json.loads(self.policy)
        given: list[dict[str, Any]] | dict[str, Any] = document["Statement"]
        statements = given if isinstance(given, list) else [given]
        kept = [statement for statement in statements if statement.get("Condition") != TLS_ONLY]
        return IAMPolicy(json.dumps({**document, "Statement": kept})).is_action_permitted(action, resource)

    replace(FakeBucket, "get_permission", get_permission, needs=("action", "resource"))
