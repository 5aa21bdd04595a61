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
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_ownership_controls import (
    S3BucketOwnershipControls,
    S3BucketOwnershipControlsRule,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import S3BucketVersioningA, S3BucketVersioningVersioningConfiguration
from constructs import Construct

from modules.encryption_key import EncryptionKey
from modules.policy import document, statement
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
        bucket = S3Bucket(self, "bucket", bucket=state.bucket, force_destroy=not protect, lifecycle=lifecycle)
        # No version ever expires: they are small, and a checkpoint names the state version of its day.
        S3BucketVersioningA(
            self,
            "versioning",
            bucket=bucket.id,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        S3BucketServerSideEncryptionConfigurationA(
            self,
            "bucket_encryption",
            bucket=bucket.id,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
                        sse_algorithm="aws:kms", kms_master_key_id=key.arn
                    ),
                    bucket_key_enabled=True,
                )
            ],
        )
        public_access = S3BucketPublicAccessBlock(
            self,
            "public_access",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        S3BucketOwnershipControls(
            self,
            "ownership",
            bucket=bucket.id,
            rule=S3BucketOwnershipControlsRule(object_ownership="BucketOwnerEnforced"),
        )
        S3BucketPolicy(
            self,
            "policy",
            bucket=bucket.id,
            policy=document(
                statement(
                    "TlsOnly",
                    ["s3:*"],
                    [bucket.arn, f"{bucket.arn}/*"],
                    effect="Deny",
                    principals={"AWS": "*"},
                    conditions={"Bool": {"aws:SecureTransport": "false"}},
                )
            ),
            # S3 refuses two configuration changes of one bucket at the same moment (409 OperationAborted).
            depends_on=[public_access],
        )
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
