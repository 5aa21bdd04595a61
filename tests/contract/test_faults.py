"""Faults on demand: each is shown to have prevented its effect, or to have let it happen."""

from __future__ import annotations

import json
import time
from http import HTTPMethod
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.account import client, exchange
from tests.contract.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.contract.account import Account
    from tests.contract.blue_green import BlueGreen

INVOKE = "arn:aws:states:::lambda:invoke"


@pytest.fixture(scope="module")
def made(account: Account) -> Workshop:
    return Workshop(account)


@pytest.fixture
def shop(made: Workshop) -> Iterator[Workshop]:
    yield made
    made.own(HTTPMethod.DELETE, "faults")


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


def inject(shop: Workshop, **fault: Any) -> None:
    shop.own(HTTPMethod.PUT, "faults", [fault])


def hits(shop: Workshop) -> list[int]:
    return [row["hits"] for row in shop.own(HTTPMethod.GET, "faults")]


def put(account: Account, table: str) -> None:
    account.dynamodb.put_item(
        TableName=table, Item={"Id": {"S": "one"}}, ConditionExpression="attribute_not_exists(Id)"
    )


def is_there(account: Account, table: str) -> bool:
    return "Item" in account.dynamodb.get_item(TableName=table, Key={"Id": {"S": "one"}})


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response.get("Error", {}).get("Code", "")


def test_a_service_that_is_down_does_nothing_until_it_is_back(shop: Workshop, account: Account, table: str) -> None:
    inject(shop, service="dynamodb", effect="down")
    with pytest.raises(ClientError) as error:
        put(account, table)
    assert code(error) == "ServiceUnavailable"
    assert error.value.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 503
    shop.own(HTTPMethod.DELETE, "faults")
    assert not is_there(account, table)
    put(account, table)
    assert is_there(account, table)


def test_an_error_is_the_one_asked_for_and_only_for_its_operation(shop: Workshop, account: Account, table: str) -> None:
    inject(shop, service="dynamodb", operation="PutItem", effect="error", code="ThrottlingException", status=400)
    with pytest.raises(ClientError) as error:
        put(account, table)
    assert code(error) == "ThrottlingException"
    assert not is_there(account, table)


def test_a_lost_answer_leaves_the_effect_and_a_repetition_meets_it(
    shop: Workshop, account: Account, table: str
) -> None:
    """The caller's own retry finds what its first attempt wrote."""
    inject(shop, service="dynamodb", operation="PutItem", effect="lost", count=1)
    with pytest.raises(ClientError) as error:
        put(account, table)
    assert code(error) == "ConditionalCheckFailedException"
    assert hits(shop) == [1]
    assert is_there(account, table)


def test_a_delayed_call_has_its_effect_late(shop: Workshop, account: Account, table: str) -> None:
    inject(shop, service="dynamodb", operation="PutItem", effect="delay", seconds=0.5)
    began = time.monotonic()
    put(account, table)
    assert time.monotonic() - began >= 0.5
    assert is_there(account, table)


def test_a_fault_with_a_count_ends_by_itself(shop: Workshop, account: Account) -> None:
    inject(shop, service="sts", effect="error", code="AccessDenied", status=403, count=2)
    for _ in range(2):
        with pytest.raises(ClientError, match="AccessDenied"):
            account.sts.get_caller_identity()
    account.sts.get_caller_identity()
    assert hits(shop) == [2]


def calls(account: Account, shop: Workshop) -> dict[str, tuple[str, str, Callable[[], object]]]:
    """One operation in each protocol: service as signed, operation, call."""
    with account.aws.entered():
        scheduler: Any = client("scheduler")
    return {
        "query": ("autoscaling", "DescribeAutoScalingGroups", account.autoscaling.describe_auto_scaling_groups),
        "query2": ("elasticloadbalancing", "DescribeLoadBalancers", account.elbv2.describe_load_balancers),
        "sns": ("sns", "ListTopics", shop.topics.list_topics),
        "ec2": ("ec2", "DescribeVpcs", account.ec2.describe_vpcs),
        "json": ("ssm", "DescribeParameters", account.ssm.describe_parameters),
        "states": ("states", "ListStateMachines", shop.machines.list_state_machines),
        "lambda": ("lambda", "ListFunctions", shop.functions.list_functions),
        "lambda-path": ("lambda", "Invoke", lambda: shop.functions.invoke(FunctionName="absent")),
        "scheduler": ("scheduler", "ListSchedules", scheduler.list_schedules),
        "s3": ("s3", "ListBuckets", account.s3.list_buckets),
        "s3-key": ("s3", "PutObject", lambda: account.s3.put_object(Bucket="absent", Key="a/b", Body=b"x")),
        "s3-query": ("s3", "GetBucketPolicy", lambda: account.s3.get_bucket_policy(Bucket="absent")),
        "s3-list": ("s3", "ListObjectsV2", lambda: account.s3.list_objects_v2(Bucket="absent")),
        "s3-part": (
            "s3",
            "UploadPart",
            lambda: account.s3.upload_part(Bucket="absent", Key="k", PartNumber=1, UploadId="u", Body=b"x"),
        ),
    }


def test_every_protocol_understands_its_error(shop: Workshop, account: Account) -> None:
    for name, (service, operation, act) in calls(account, shop).items():
        inject(shop, service=service, operation=operation, effect="error", code="Planted", status=400)
        with pytest.raises(ClientError) as error:
            act()
        assert (name, code(error)) == (name, "Planted")
        inject(shop, service=service, operation="Other", effect="error", code="Planted", status=400)
        try:
            act()
        except ClientError as other:
            assert other.response.get("Error", {}).get("Code") != "Planted"  # noqa: PT017 it may succeed as well


def test_a_fault_may_concern_one_role_alone(shop: Workshop) -> None:
    code = "import boto3\ndef handler(e, c): return boto3.client('sts').get_caller_identity()['Account']"
    mine, other = shop.function(code), Workshop(shop.account).function(code)
    inject(shop, service="sts", effect="error", code="Planted", status=400, caller=shop.role.rpartition("/")[2])
    assert "Planted" in shop.failure(mine)["errorMessage"]
    assert shop.invoke(other)
    assert shop.account.sts.get_caller_identity()["Account"]


def test_step_functions_meets_a_lambda_that_is_down_and_retries(shop: Workshop) -> None:
    """Step Functions Developer Guide, "Handle transient Lambda service exceptions"."""
    name = shop.function("def handler(e, c): print('ran')")
    task = {
        "Type": "Task",
        "Resource": INVOKE,
        "Parameters": {"FunctionName": name},
        "Retry": [{"ErrorEquals": ["Lambda.SdkClientException"], "IntervalSeconds": 1, "MaxAttempts": 1}],
        "End": True,
    }
    machine = shop.machine({"T": task})
    inject(shop, service="lambda", operation="Invoke", effect="down", count=1)
    assert shop.run(machine)["status"] == "SUCCEEDED"
    inject(shop, service="lambda", operation="Invoke", effect="down")
    ended = shop.run(machine)
    assert (ended["status"], ended["error"]) == ("FAILED", "Lambda.SdkClientException")
    assert hits(shop) == [2]
    assert ran(shop, name) == 1


def test_a_lost_answer_makes_step_functions_run_a_function_twice(shop: Workshop) -> None:
    name = shop.function("def handler(e, c): print('ran')")
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    states = {"T": {"Type": "Task", "Resource": shop.function_arn(name), "Retry": retry, "End": True}}
    inject(shop, service="lambda", operation="Invoke", effect="lost", count=1)
    assert shop.run(shop.machine(states))["status"] == "SUCCEEDED"
    assert ran(shop, name) == 2


@pytest.mark.parametrize("seconds", [0.0, 0.2])
def test_a_call_can_arrive_twice_at_once_or_late(shop: Workshop, account: Account, table: str, seconds: float) -> None:
    name = shop.function("def handler(e, c): print('ran')")
    states = {"T": {"Type": "Task", "Resource": shop.function_arn(name), "End": True}}
    twice = [{"service": one, "effect": "twice", "seconds": seconds, "count": 1} for one in ("lambda", "dynamodb")]
    shop.own(HTTPMethod.PUT, "faults", twice)
    assert shop.run(shop.machine(states))["status"] == "SUCCEEDED"
    until(lambda: ran(shop, name) == 2)
    shop.own(HTTPMethod.PUT, "faults", twice[1:])
    answer = account.dynamodb.update_item(
        TableName=table,
        Key={"Id": {"S": "one"}},
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues="ALL_NEW",
    )
    assert answer.get("Attributes") == {"Id": {"S": "one"}, "n": {"N": "1" if seconds else "2"}}
    until(lambda: counted(account, table) == "2")


def counted(account: Account, table: str) -> str:
    item = account.dynamodb.get_item(TableName=table, Key={"Id": {"S": "one"}}).get("Item") or {}
    return str(item["n"].get("N"))


def until(true: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 5
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def test_executions_stand_still_while_step_functions_is_down(shop: Workshop) -> None:
    name = shop.function("def handler(e, c): print('ran')")
    task = {"Type": "Task", "Resource": shop.function_arn(name), "End": True}
    execution = shop.start(shop.machine({"W": {"Type": "Wait", "Seconds": 60, "Next": "T"}, "T": task}))
    inject(shop, service="states", effect="down")
    shop.account.advance(61)
    time.sleep(0.3)
    assert ran(shop, name) == 0
    with pytest.raises(ClientError, match="ServiceUnavailable"):
        shop.machines.describe_execution(executionArn=execution)
    shop.own(HTTPMethod.DELETE, "faults")
    assert shop.ended(execution)["status"] == "SUCCEEDED"
    assert ran(shop, name) == 1


def test_weights_stay_as_they_were_when_the_load_balancers_api_is_down(shop: Workshop, stage: BlueGreen) -> None:
    inject(shop, service="elasticloadbalancing", operation="ModifyRule", effect="down")
    before = rule(stage)
    with pytest.raises(ClientError):
        stage.account.elbv2.modify_rule(RuleArn=stage.rule, Actions=[stage.forward(blue=0, green=100)])
    assert rule(stage) == before


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        ({"service": "s3"}, "send a list"),
        ([{"effect": "down"}], "is no fault"),
        (
            [{"service": "s3", "effect": "explode"}],
            "'explode' is no effect; write one of down, error, lost, twice, delay",
        ),
        ([{"service": "s3", "when": "now"}], "when is not known"),
        ([{"service": "s3", "effect": "delay", "seconds": 1000}], "1000 is no number of seconds from 0 to 60"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(shop: Workshop, sent: object, complaint: str) -> None:
    endpoint = shop.account.aws.endpoint
    answer = exchange(endpoint, "/_localaws/faults", HTTPMethod.PUT, body=json.dumps(sent))
    assert answer.status == 400
    assert complaint in json.loads(answer.body)["error"]
    assert hits(shop) == []


def rule(stage: BlueGreen) -> Any:
    return stage.account.elbv2.describe_rules(RuleArns=[stage.rule])["Rules"][0].get("Actions")


def ran(shop: Workshop, name: str) -> int:
    try:
        events = shop.logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except ClientError:
        return 0
    return [event["message"] for event in events].count("ran")
