"""S3: conditions in bucket policies, and every part of a lifecycle rule."""

from __future__ import annotations

import json
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3 import models, responses

TLS_ONLY = {"Bool": {"aws:SecureTransport": "false"}}


def apply() -> None:
    """Put all of them in."""
    _tls_only_policies()
    _newer_noncurrent_versions()


def _tls_only_policies() -> None:
    """A statement that denies plain HTTP denies nothing here: localaws stands for the TLS endpoint.

    moto ignores conditions, so a "TLS only" statement would deny everything (S3 User Guide, "Enforce encryption of data
    in transit": aws:SecureTransport).
    """
    stock = models.FakeBucket.get_permission

    def get_permission(self: models.FakeBucket, action: str, resource: str) -> Any:
        policy: bytes | None = self.policy
        if policy is None:
            return PermissionResult.NEUTRAL
        document: dict[str, Any] = json.loads(policy)
        kept = [statement for statement in document["Statement"] if statement.get("Condition") != TLS_ONLY]
        if not kept:
            return PermissionResult.NEUTRAL
        self.policy = json.dumps({**document, "Statement": kept}).encode()
        try:
            return stock(self, action, resource)
        finally:
            self.policy = policy

    models.FakeBucket.get_permission = get_permission


def _newer_noncurrent_versions() -> None:
    """Keep `NewerNoncurrentVersions` of a rule's expiration (S3 API, NoncurrentVersionExpiration); moto drops it."""
    stock_set = models.FakeBucket.set_lifecycle
    stock_get = responses.S3Response.get_bucket_lifecycle

    def set_lifecycle(self: models.FakeBucket, rules: list[dict[str, Any]]) -> None:
        stock_set(self, rules)
        for rule, given in zip(self.rules, rules, strict=True):
            newer = (given.get("NoncurrentVersionExpiration") or {}).get("NewerNoncurrentVersions")
            vars(rule)["nve_newer_versions"] = newer

    def get_bucket_lifecycle(self: responses.S3Response) -> Any:
        bucket = self.backend.get_bucket(self.bucket_name)
        serialized = self.serialized

        def with_newer(result: Any) -> Any:
            for rule, sent in zip(bucket.rules, result.result["Rules"], strict=True):
                newer = vars(rule).get("nve_newer_versions")
                if newer is not None:
                    sent["NoncurrentVersionExpiration"]["NewerNoncurrentVersions"] = newer
            return serialized(result)

        vars(self)["serialized"] = with_newer
        try:
            return stock_get(self)
        finally:
            del vars(self)["serialized"]

    models.FakeBucket.set_lifecycle = set_lifecycle
    responses.S3Response.get_bucket_lifecycle = get_bucket_lifecycle
