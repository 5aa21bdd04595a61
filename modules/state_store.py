"""The bucket, lock table and key that hold Terraform's own state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.dynamodb_table import (
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTablePointInTimeRecovery,
    DynamodbTableServerSideEncryption,
)
from constructs import Construct

from modules.encryption_key import EncryptionKey
from modules.private_bucket import private_bucket
from modules.remote_state import RemoteState

if TYPE_CHECKING:
    from modules.naming import Naming


class StateStore(Construct):
    """Versioned, encrypted under its own key, TLS only, never public; a lock table with point-in-time recovery."""

    def __init__(self, scope: Construct, id_: str, *, naming: Naming, protect: bool) -> None:
        super().__init__(scope, id_)
        state = RemoteState.of(naming, "dynamodb")
        lifecycle = TerraformResourceLifecycle(prevent_destroy=True) if protect else None
        key = EncryptionKey(
            self, "encryption", naming=naming, thing="state", purpose="Terraform state", statements=(), protect=protect
        )
        # No version ever expires: they are small, and a checkpoint names the state version of its day.
        private_bucket(self, name=state.bucket, key_arn=key.arn, protect=protect, statements=lambda _: ())
        DynamodbTable(
            self,
            "lock_table",
            name=state.lock_table,
            billing_mode="PAY_PER_REQUEST",
            hash_key="LockID",
            attribute=[DynamodbTableAttribute(name="LockID", type="S")],
            point_in_time_recovery=DynamodbTablePointInTimeRecovery(enabled=True),
            server_side_encryption=DynamodbTableServerSideEncryption(enabled=True, kms_key_arn=key.arn),
            deletion_protection_enabled=protect,
            lifecycle=lifecycle,
        )
