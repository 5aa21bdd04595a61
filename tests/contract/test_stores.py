"""What the state, the locks and the secrets rest on: conditional writes and versions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.contract.account import Account


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response.get("Error", {}).get("Code", "")


@pytest.fixture
def table(account: Account) -> str:
    name = account.fresh("table")
    account.dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.fixture
def bucket(account: Account) -> str:
    name = account.fresh("bucket")
    account.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    account.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def test_a_parameter_written_again_gets_the_next_version_and_the_old_one_stays(account: Account) -> None:
    """SSM User Guide, "Working with parameter versions": name:version names one."""
    name = f"/{account.fresh('app')}/password"
    for number, value in enumerate(("one", "two"), start=1):
        put = account.ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=number > 1)
        assert put["Version"] == number
    read = [
        account.ssm.get_parameter(Name=wanted, WithDecryption=True)["Parameter"].get("Value")
        for wanted in (name, f"{name}:1", f"{name}:2")
    ]
    assert read == ["two", "one", "two"]


def test_a_secure_parameter_is_not_readable_without_decryption(account: Account) -> None:
    """SSM API, GetParameter.WithDecryption."""
    name = f"/{account.fresh('app')}/password"
    account.ssm.put_parameter(Name=name, Value="planted", Type="SecureString")
    assert account.ssm.get_parameter(Name=name)["Parameter"].get("Value") != "planted"


def test_a_parameter_is_not_overwritten_unasked(account: Account) -> None:
    """SSM API, PutParameter.Overwrite: ParameterAlreadyExists."""
    name = f"/{account.fresh('app')}/level"
    account.ssm.put_parameter(Name=name, Value="debug", Type="String")
    with pytest.raises(ClientError) as refused:
        account.ssm.put_parameter(Name=name, Value="info", Type="String")
    assert code(refused) == "ParameterAlreadyExists"


def test_a_label_moves_from_version_to_version(account: Account) -> None:
    """SSM API, LabelParameterVersion: "If you move a label ..., it's removed from the other version"."""
    name = f"/{account.fresh('app')}/level"
    for value in ("one", "two"):
        account.ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
    for version, expected in ((1, "one"), (2, "two")):
        account.ssm.label_parameter_version(Name=name, ParameterVersion=version, Labels=["head"])
        assert account.ssm.get_parameter(Name=f"{name}:head")["Parameter"].get("Value") == expected


def test_a_conditional_put_has_one_winner_and_shows_it(account: Account, table: str) -> None:
    """DynamoDB API, PutItem: ConditionExpression, ReturnValuesOnConditionCheckFailure."""
    for owner in ("first", "second"):
        item = {"Id": {"S": "lease"}, "Owner": {"S": owner}}
        if owner == "first":
            account.dynamodb.put_item(TableName=table, Item=item, ConditionExpression="attribute_not_exists(Id)")
            continue
        with pytest.raises(ClientError) as refused:
            account.dynamodb.put_item(
                TableName=table,
                Item=item,
                ConditionExpression="attribute_not_exists(Id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        assert code(refused) == "ConditionalCheckFailedException"
        assert refused.value.response["Item"]["Owner"] == {"S": "first"}  # pyright: ignore[reportGeneralTypeIssues, reportTypedDictNotRequiredAccess] botocore adds the error's own members


def test_a_transaction_is_all_or_nothing(account: Account, table: str) -> None:
    """DynamoDB API, TransactWriteItems: TransactionCanceledException."""
    with pytest.raises(ClientError) as refused:
        account.dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": table, "Item": {"Id": {"S": "new"}}}},
                {
                    "ConditionCheck": {
                        "TableName": table,
                        "Key": {"Id": {"S": "absent"}},
                        "ConditionExpression": "attribute_exists(Id)",
                    }
                },
            ]
        )
    assert code(refused) == "TransactionCanceledException"
    assert "Item" not in account.dynamodb.get_item(TableName=table, Key={"Id": {"S": "new"}})


def test_an_object_is_written_once_with_if_none_match(account: Account, bucket: str) -> None:
    """S3 User Guide, "Conditional writes": 412 PreconditionFailed."""
    account.s3.put_object(Bucket=bucket, Key="checkpoint", Body=b"one", IfNoneMatch="*")
    with pytest.raises(ClientError) as refused:
        account.s3.put_object(Bucket=bucket, Key="checkpoint", Body=b"two", IfNoneMatch="*")
    assert code(refused) == "PreconditionFailed"
    assert account.s3.get_object(Bucket=bucket, Key="checkpoint")["Body"].read() == b"one"


def test_an_object_is_swapped_with_if_match(account: Account, bucket: str) -> None:
    """S3 User Guide, "Conditional writes": If-Match compares the ETag."""
    old = account.s3.put_object(Bucket=bucket, Key="head", Body=b"one")["ETag"]
    account.s3.put_object(Bucket=bucket, Key="head", Body=b"two", IfMatch=old)
    with pytest.raises(ClientError) as refused:
        account.s3.put_object(Bucket=bucket, Key="head", Body=b"three", IfMatch=old)
    assert code(refused) == "PreconditionFailed"


def policy(bucket: str, action: str, condition: dict[str, dict[str, str]] | None) -> str:
    statement = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": f"arn:aws:s3:::{bucket}/*"}
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{**statement, **({"Condition": condition} if condition else {})}]}
    )


def test_a_bucket_for_tls_only_takes_requests_and_keeps_its_policy(account: Account, bucket: str) -> None:
    """S3 User Guide, "Restrict access to only HTTPS requests": the deny is for aws:SecureTransport false alone."""
    written = policy(bucket, "s3:*", {"Bool": {"aws:SecureTransport": "false"}})
    account.s3.put_bucket_policy(Bucket=bucket, Policy=written)
    account.s3.put_object(Bucket=bucket, Key="state", Body=b"one")
    assert json.loads(account.s3.get_bucket_policy(Bucket=bucket)["Policy"]) == json.loads(written)


def test_a_bucket_policy_that_denies_does(account: Account, bucket: str) -> None:
    """IAM User Guide, "Policy evaluation logic": an explicit deny ends it."""
    account.s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, "s3:PutObject", None))
    with pytest.raises(ClientError) as refused:
        account.s3.put_object(Bucket=bucket, Key="state", Body=b"one")
    assert refused.value.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 403
    account.s3.delete_bucket_policy(Bucket=bucket)
