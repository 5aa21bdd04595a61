"""A bucket policy's two conditions that matter here: plain HTTP, and writes that may overwrite."""

from __future__ import annotations

import json
from typing import Any

from flask import has_request_context, request
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket

from localaws.patches.replacing import replace

TLS_ONLY = {"Bool": {"aws:SecureTransport": "false"}}
"""Never holds: localaws stands for the TLS endpoint."""
OVERWRITES = {"Null": {"s3:if-none-match": "true"}}
"""Holds for a write that does not ask for a free key (S3 User Guide, "Enforce conditional writes")."""


def apply() -> None:
    """S3 User Guide, "Enforce encryption of data in transit": the condition is on aws:SecureTransport.

    moto reads a bucket policy without its conditions, so such statements would deny every request.
    """

    def get_permission(self: FakeBucket, action: str, resource: str) -> Any:
        if self.policy is None:
            return PermissionResult.NEUTRAL
        document: dict[str, Any] = json.loads(self.policy)
        given: list[dict[str, Any]] | dict[str, Any] = document["Statement"]
        statements = given if isinstance(given, list) else [given]
        kept = [statement for statement in statements if _holds(statement.get("Condition"))]
        return IAMPolicy(json.dumps({**document, "Statement": kept})).is_action_permitted(action, resource)

    replace(FakeBucket, "get_permission", get_permission, needs=("action", "resource"))


def _holds(condition: object) -> bool:
    if condition == OVERWRITES:
        return not (has_request_context() and request.headers.get("If-None-Match"))
    return condition != TLS_ONLY
