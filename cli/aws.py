"""What the command line asks of AWS itself: a method a call."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from cli.aws_errors import one_line
from cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

# The defaults (60 s each, other retry modes in other versions) would let one hung call take minutes.
CONFIG = Config(connect_timeout=3, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 3})
MISSING = {
    "404",
    "NoSuchKey",
    "NoSuchBucket",
    "NotFound",
    "NoSuchTagSet",
    "ResourceNotFoundException",
    "NotFoundException",
}


@dataclass(frozen=True)
class Owned:
    """Something that exists under a name of ours: its tags, and the id that Terraform imports it by."""

    id: str
    tags: dict[str, str]
    empty: bool = False


@one_line
def use_region(region: str) -> None:
    """Where this process's further clients go: the control plane's own adapters name no region."""
    boto3.setup_default_session(region_name=region)


class Aws:
    """One region's clients, made once. Every method raises CommandError where AWS refuses or is out of reach."""

    def __init__(self, region: str) -> None:
        self._region = region

    # Each is made when it is needed first: making one takes longer than most calls.

    @cached_property
    def _s3(self) -> S3Client:
        return boto3.client("s3", region_name=self._region, config=CONFIG)

    @cached_property
    def _dynamodb(self) -> DynamoDBClient:
        return boto3.client("dynamodb", region_name=self._region, config=CONFIG)

    @cached_property
    def _kms(self) -> KMSClient:
        return boto3.client("kms", region_name=self._region, config=CONFIG)

    @cached_property
    def _sts(self) -> STSClient:
        return boto3.client("sts", region_name=self._region, config=CONFIG)

    @one_line
    def require(self, account: str, file: Path) -> None:
        """Raises CommandError unless the credentials are those of the account that the settings file names."""
        found = self._sts.get_caller_identity()["Account"]
        if found != account:
            raise CommandError(
                f"{file}: aws.account = '{account}', but the credentials in use are those of {found}; use credentials "
                f"of {account}"
            )

    @one_line
    def bucket(self, name: str) -> Owned | None:
        """A bucket of ours. Raises CommandError when the name is somebody else's."""
        try:
            self._s3.head_bucket(Bucket=name)
            empty = self._s3.list_object_versions(Bucket=name, MaxKeys=1).get("Versions", []) == []
        except ClientError as error:
            if _code(error) in MISSING:
                return None
            raise CommandError(f"bucket {name} cannot be read ({_code(error)}); it may be another account's") from error
        try:
            pairs = self._s3.get_bucket_tagging(Bucket=name)["TagSet"]
        except ClientError as error:
            if _code(error) not in MISSING:
                raise
            pairs = []
        return Owned(name, {pair["Key"]: pair["Value"] for pair in pairs}, empty=empty)

    @one_line
    def table(self, name: str) -> Owned | None:
        """A DynamoDB table."""
        try:
            arn = self._dynamodb.describe_table(TableName=name)["Table"].get("TableArn", "")
        except ClientError as error:
            if _code(error) in MISSING:
                return None
            raise
        pairs = self._dynamodb.list_tags_of_resource(ResourceArn=arn).get("Tags", [])
        return Owned(name, {pair["Key"]: pair["Value"] for pair in pairs})

    @one_line
    def key_of_alias(self, alias: str) -> Owned | None:
        """The key behind an alias."""
        try:
            key = self._kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"]
        except ClientError as error:
            if _code(error) in MISSING:
                return None
            raise
        return Owned(key, self._key_tags(key))

    @one_line
    def key_described(self, description: str) -> Owned | None:
        """An enabled key with that description: one that was made before its alias was."""
        for page in self._kms.get_paginator("list_keys").paginate():
            for item in page["Keys"]:
                key = item.get("KeyId", "")
                try:
                    found = self._kms.describe_key(KeyId=key)["KeyMetadata"]
                except ClientError:
                    # Keys of others, whose policies keep us out, are none of ours.
                    continue
                if found.get("Description") == description and found.get("KeyState") == "Enabled":
                    return Owned(key, self._key_tags(key))
        return None

    @one_line
    def object(self, bucket: str, key: str) -> bytes | None:
        """An object's content."""
        try:
            return self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if _code(error) in MISSING:
                return None
            raise

    @one_line
    def item(self, table: str, key: str) -> dict[str, str] | None:
        """A lock table's item: its text attributes."""
        try:
            item = self._dynamodb.get_item(TableName=table, Key={"LockID": {"S": key}}, ConsistentRead=True).get("Item")
        except ClientError as error:
            if _code(error) in MISSING:
                return None
            raise
        return None if item is None else dict(_texts(item))

    @one_line
    def put_digest(self, table: str, key: str, digest: str, *, instead_of: str | None) -> bool:
        """Write a digest, unless it changed since it was read (False)."""
        try:
            if instead_of is None:
                self._dynamodb.put_item(
                    TableName=table,
                    Item={"LockID": {"S": key}, "Digest": {"S": digest}},
                    ConditionExpression="attribute_not_exists(LockID)",
                )
            else:
                self._dynamodb.put_item(
                    TableName=table,
                    Item={"LockID": {"S": key}, "Digest": {"S": digest}},
                    ConditionExpression="Digest = :before",
                    ExpressionAttributeValues={":before": {"S": instead_of}},
                )
        except ClientError as error:
            if _code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _key_tags(self, key: str) -> dict[str, str]:
        pairs = self._kms.list_resource_tags(KeyId=key).get("Tags", [])
        return {pair["TagKey"]: pair["TagValue"] for pair in pairs}


def _texts(item: object) -> Iterator[tuple[str, str]]:
    if isinstance(item, dict):
        for name, value in item.items():  # pyright: ignore[reportUnknownVariableType] any attribute may be there
            if isinstance(value, dict) and "S" in value:
                yield str(name), str(value["S"])  # pyright: ignore[reportUnknownArgumentType] as above


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))
