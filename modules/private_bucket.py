"""A bucket that keeps every version, is encrypted under a key of ours, speaks TLS only and is never public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
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

from modules.policy import Statement, document, statement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from constructs import Construct


@dataclass(frozen=True)
class PrivateBucket:
    """What others need of it; `versioning` is what an object with a version id has to wait for."""

    name: str
    arn: str
    versioning: S3BucketVersioningA


def private_bucket(
    scope: Construct, *, name: str, key_arn: str, protect: bool, statements: Callable[[str], Sequence[Statement]]
) -> PrivateBucket:
    """The bucket and all that belongs to it, made in `scope`. `statements`: more of its policy, from its ARN."""
    lifecycle = TerraformResourceLifecycle(prevent_destroy=True) if protect else None
    bucket = S3Bucket(scope, "bucket", bucket=name, force_destroy=not protect, lifecycle=lifecycle)
    versioning = S3BucketVersioningA(
        scope,
        "versioning",
        bucket=bucket.id,
        versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
    )
    S3BucketServerSideEncryptionConfigurationA(
        scope,
        "bucket_encryption",
        bucket=bucket.id,
        rule=[
            S3BucketServerSideEncryptionConfigurationRuleA(
                apply_server_side_encryption_by_default=S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
                    sse_algorithm="aws:kms", kms_master_key_id=key_arn
                ),
                bucket_key_enabled=True,
            )
        ],
    )
    public_access = S3BucketPublicAccessBlock(
        scope,
        "public_access",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    S3BucketOwnershipControls(
        scope,
        "ownership",
        bucket=bucket.id,
        rule=S3BucketOwnershipControlsRule(object_ownership="BucketOwnerEnforced"),
    )
    S3BucketPolicy(
        scope,
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
            ),
            *statements(bucket.arn),
        ),
        # S3 refuses two configuration changes of one bucket at the same moment (409 OperationAborted).
        depends_on=[public_access],
    )
    return PrivateBucket(bucket.bucket, bucket.arn, versioning)
