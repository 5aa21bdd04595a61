"""A statement that denies plain HTTP denies nothing here: localaws stands for the TLS endpoint."""

from __future__ import annotations

import json
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from localaws.patches.replacing import original, replace

TLS_ONLY = {"Bool": {"aws:SecureTransport": "false"}}


def apply() -> None:
    """S3 User Guide, "Enforce encryption of data in transit": the condition is on aws:SecureTransport.

    moto reads a bucket policy without its conditions, so such a statement would deny every request.
    """
    permission = original(FakeBucket, "get_permission", needs=("action", "resource"))

    def get_permission(self: FakeBucket, action: str, resource: str) -> Any:
        policy: bytes | None = self.policy
        if policy is None:
            return PermissionResult.NEUTRAL
        document: dict[str, Any] = json.loads(policy)
        kept = [statement for statement in document["Statement"] if statement.get("Condition") != TLS_ONLY]
        if not kept:
            return PermissionResult.NEUTRAL
        self.policy = json.dumps({**document, "Statement": kept}).encode()
        try:
            return permission(self, action, resource)
        finally:
            self.policy = policy

    replace(FakeBucket, "get_permission", get_permission)
