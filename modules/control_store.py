"""What the control plane remembers: the table, and the checkpoints' bucket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.dynamodb_table import (
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTablePointInTimeRecovery,
    DynamodbTableServerSideEncryption,
)
from cdktf_cdktf_provider_aws.dynamodb_table_item import DynamodbTableItem
from constructs import Construct

from modules.policy import Statement, statement
from modules.private_bucket import private_bucket

if TYPE_CHECKING:
    from modules.naming import Naming


class ControlStore(Construct):
    """Exposes the table's and the bucket's names and ARNs, `versioning`, and `status`: the item that plans look at."""

    def __init__(self, scope: Construct, id_: str, *, naming: Naming, key_arn: str, protect: bool) -> None:
        super().__init__(scope, id_)
        lifecycle = TerraformResourceLifecycle(prevent_destroy=True) if protect else None
        table = DynamodbTable(
            self,
            "table",
            name=naming.name("control"),
            billing_mode="PAY_PER_REQUEST",
            hash_key="pk",
            range_key="sk",
            attribute=[DynamodbTableAttribute(name="pk", type="S"), DynamodbTableAttribute(name="sk", type="S")],
            point_in_time_recovery=DynamodbTablePointInTimeRecovery(enabled=True),
            server_side_encryption=DynamodbTableServerSideEncryption(enabled=True, kms_key_arn=key_arn),
            deletion_protection_enabled=protect,
            lifecycle=lifecycle,
        )
        # Seeded here and then the control plane's. A data source in a check would make every plan non-empty; a
        # resource's refreshed attribute does not.
        self.status = DynamodbTableItem(
            self,
            "status",
            table_name=table.name,
            hash_key=table.hash_key,
            range_key="sk",
            item=json.dumps({"pk": {"S": "status"}, "sk": {"S": "status"}, "quarantined": {"M": {}}}),
            lifecycle=TerraformResourceLifecycle(ignore_changes=["item"]),
        )
        bucket = private_bucket(
            self, name=naming.bucket("control"), key_arn=key_arn, protect=protect, statements=_written_once
        )
        self.table_name, self.table_arn = table.name, table.arn
        self.bucket_name, self.bucket_arn, self.versioning = bucket.name, bucket.arn, bucket.versioning


def _written_once(bucket_arn: str) -> list[Statement]:
    """Nobody overwrites a checkpoint: S3 itself refuses a write that does not ask for a free key.

    S3 User Guide, "Enforce conditional writes on Amazon S3 buckets".
    """
    return [
        statement(
            "WrittenOnce",
            ["s3:PutObject"],
            [f"{bucket_arn}/checkpoints/*"],
            effect="Deny",
            principals={"AWS": "*"},
            conditions={"Null": {"s3:if-none-match": "true"}},
        )
    ]
