"""Events reach their targets in the background, at least once, are retried, and are fired by schedules."""

from __future__ import annotations

import json
from http import HTTPMethod
from typing import TYPE_CHECKING, Any

import pytest

from localaws.delivery.expression import parse
from tests.contract.workshop import Workshop, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.account import Account

FINISH: dict[str, Any] = {"Type": "Pass", "End": True}


@pytest.fixture(scope="module")
def shop(account: Account) -> Workshop:
    return Workshop(account)


@pytest.fixture
def source(shop: Workshop) -> str:
    """A source of its own, so that no other test's rule matches."""
    return shop.account.fresh("source")


@pytest.fixture
def outage(shop: Workshop) -> Iterator[None]:
    """Whatever a test breaks is whole again after it."""
    yield
    shop.own(HTTPMethod.DELETE, "faults")
    shop.own(HTTPMethod.DELETE, "delivery")


def test_an_event_that_matches_comes_whole_and_another_does_not(shop: Workshop, source: str) -> None:
    """EventBridge user guide, "Event patterns" and "Event structure"."""
    url, arn = shop.queue()
    pattern = {
        "source": [source],
        "detail-type": ["Something"],
        "detail": {"name": [{"prefix": "app-"}], "state": {"value": [{"anything-but": "OK"}]}},
    }
    shop.rule(arn, pattern=pattern)
    shop.put(source, {"name": "other", "state": {"value": "ALARM"}})
    shop.put(source, {"name": "app-1", "state": {"value": "OK"}})
    sent = shop.put(source, {"name": "app-1", "state": {"value": "ALARM"}})
    event = json.loads(shop.message(url)["Body"])
    assert event.pop("time").endswith("Z")
    assert event == {
        "version": "0",
        "id": sent,
        "detail-type": "Something",
        "source": source,
        "account": shop.account.sts.get_caller_identity()["Account"],
        "region": "eu-west-1",
        "resources": [],
        "detail": {"name": "app-1", "state": {"value": "ALARM"}},
    }
    assert shop.nothing_comes(url)


def test_a_function_gets_the_event_by_its_alias(shop: Workshop, source: str) -> None:
    url, arn = shop.queue()
    name = shop.function(Publish=True)
    shop.functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    shop.functions.put_function_event_invoke_config(
        FunctionName=name, Qualifier="live", DestinationConfig={"OnSuccess": {"Destination": arn}}
    )
    shop.rule(f"{shop.function_arn(name)}:live", pattern={"source": [source]})
    shop.put(source, {"n": 1})
    record = json.loads(shop.message(url)["Body"])
    assert record["responsePayload"]["detail"] == {"n": 1}
    assert record["requestContext"]["condition"] == "Success"


def test_a_state_machine_is_started_once_however_often_the_event_comes(shop: Workshop, source: str) -> None:
    machine = shop.machine({"P": FINISH})
    letters, dead = shop.queue()
    settings: dict[str, Any] = {"RoleArn": shop.role, "InputPath": "$.detail", "DeadLetterConfig": {"Arn": dead}}
    shop.rule(machine, pattern={"source": [source]}, **settings)
    identifier = shop.put(source, {"n": 1})
    execution = eventually(lambda: next(iter(executions(shop, machine)), None))
    assert execution["name"].startswith(identifier)
    assert json.loads(shop.ended(execution["executionArn"])["output"]) == {"n": 1}
    assert identifier in shop.own(HTTPMethod.POST, "redeliver", {"count": 10})["events"]
    assert shop.nothing_comes(letters)
    assert len(executions(shop, machine)) == 1


def test_redelivery_repeats_the_last_events(shop: Workshop, source: str) -> None:
    url, arn = shop.queue()
    shop.rule(arn, pattern={"source": [source]})
    sent = [shop.put(source, {"n": number}) for number in range(3)]
    assert {json.loads(shop.message(url)["Body"])["id"] for _ in sent} == set(sent)
    again = shop.own(HTTPMethod.POST, "redeliver", {"count": 2})["events"]
    assert set(again) < set(sent)
    assert {json.loads(shop.message(url)["Body"])["id"] for _ in again} == set(again)
    assert shop.nothing_comes(url)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"Input": '{"fixed": true}'}, {"fixed": True}),
        ({"InputPath": "$.detail.list[1].name"}, "b"),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"name": "$.detail.name", "list": "$.detail.list", "none": "$.detail.none"},
                    "InputTemplate": '{"alarm": <name>, "text": "is <name>!", "list": <list>, "none": <none>}',
                }
            },
            {"alarm": 'x"y', "text": 'is x"y!', "list": [{"name": "a"}, {"name": "b"}], "none": ""},
        ),
        (
            {"InputTransformer": {"InputTemplate": '{"rule": <aws.events.rule-name>, "detail": <aws.events.event>}'}},
            None,
        ),
    ],
)
def test_a_target_gets_what_its_input_says(
    shop: Workshop, source: str, settings: dict[str, Any], expected: object
) -> None:
    """EventBridge user guide, "Amazon EventBridge input transformation"."""
    url, arn = shop.queue()
    rule = shop.rule(arn, pattern={"source": [source]}, **settings)
    shop.put(source, {"name": 'x"y', "list": [{"name": "a"}, {"name": "b"}]})
    got = json.loads(shop.message(url)["Body"])
    if expected is not None:
        assert got == expected
    else:
        assert (got["rule"], got["detail"]["source"]) == (rule, source)


def test_a_topic_fans_out_to_a_queue_and_a_function(shop: Workshop, source: str) -> None:
    topic = shop.topics.create_topic(Name=shop.account.fresh("topic"))["TopicArn"]
    url, arn = shop.queue()
    done, done_arn = shop.queue()
    name = shop.function()
    shop.functions.put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnSuccess": {"Destination": done_arn}}
    )
    shop.topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    shop.topics.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=shop.function_arn(name))
    shop.rule(topic, pattern={"source": [source]}, Input='{"page": "now"}')
    shop.put(source, {})
    assert json.loads(json.loads(shop.message(url)["Body"])["Message"]) == {"page": "now"}
    record = json.loads(shop.message(done)["Body"])["requestPayload"]["Records"][0]
    assert record["EventSource"] == "aws:sns"
    assert json.loads(record["Sns"]["Message"]) == {"page": "now"}


def test_a_disabled_rule_sends_nothing(shop: Workshop, source: str) -> None:
    """EventBridge API, DisableRule."""
    url, arn = shop.queue()
    rule = shop.rule(arn, pattern={"source": [source]})
    shop.events.disable_rule(Name=rule)
    shop.put(source, {})
    assert shop.nothing_comes(url)
    shop.events.enable_rule(Name=rule)
    shop.put(source, {})
    assert shop.message(url)


def test_what_can_never_be_delivered_is_a_dead_letter_at_once(shop: Workshop, source: str) -> None:
    """EventBridge user guide, "Using dead-letter queues": attributes; a target that was deleted is not retried."""
    url, arn = shop.queue()
    gone = shop.function_arn(shop.function()) + "x"
    rule = shop.rule(gone, pattern={"source": [source]}, DeadLetterConfig={"Arn": arn})
    sent = shop.put(source, {"n": 1})
    letter = shop.message(url)
    told = {name: attribute["StringValue"] for name, attribute in letter["MessageAttributes"].items()}
    assert json.loads(letter["Body"])["id"] == sent
    assert told["RULE_ARN"].endswith(rule)
    assert (told["TARGET_ARN"], told["ERROR_CODE"], told["RETRY_ATTEMPTS"]) == (gone, "ResourceNotFoundException", "0")


@pytest.mark.usefixtures("outage")
def test_a_target_that_is_down_is_retried_until_it_is_back(shop: Workshop, source: str) -> None:
    """EventBridge user guide, "How EventBridge retries delivering events"."""
    machine = shop.machine({"P": FINISH})
    url, arn = shop.queue()
    shop.rule(machine, pattern={"source": [source]}, RoleArn=shop.role, DeadLetterConfig={"Arn": arn})
    shop.own(HTTPMethod.PUT, "faults", [{"service": "states", "operation": "StartExecution", "effect": "down"}])
    shop.put(source, {})
    for _ in range(3):
        hits = faults_met(shop)
        shop.account.advance(61)
        assert eventually(lambda hits=hits: faults_met(shop) > hits or None)
    shop.own(HTTPMethod.DELETE, "faults")
    assert not executions(shop, machine)
    shop.account.advance(61)
    assert eventually(lambda: executions(shop, machine) or None)
    assert shop.nothing_comes(url)


@pytest.mark.usefixtures("outage")
@pytest.mark.parametrize(
    ("policy", "condition"),
    [
        ({"MaximumRetryAttempts": 1}, "MaximumRetryAttempts"),
        ({"MaximumEventAgeInSeconds": 60}, "MaximumEventAgeInSeconds"),
    ],
)
def test_an_event_that_is_retried_too_often_or_too_long_is_a_dead_letter(
    shop: Workshop, source: str, policy: dict[str, int], condition: str
) -> None:
    """EventBridge API, RetryPolicy; the queue's message says which limit ended it."""
    url, arn = shop.queue()
    name = shop.function()
    target = shop.function_arn(name)
    shop.rule(target, pattern={"source": [source]}, RetryPolicy=policy, DeadLetterConfig={"Arn": arn})
    shop.own(HTTPMethod.PUT, "faults", [{"service": "lambda", "effect": "down"}])
    shop.put(source, {})
    eventually(lambda: faults_met(shop) or None)
    shop.account.advance(61)
    told = shop.message(url)["MessageAttributes"]
    assert told["EXHAUSTED_RETRY_CONDITION"]["StringValue"] == condition
    assert told["ERROR_CODE"]["StringValue"] == "ServiceUnavailable"


@pytest.mark.usefixtures("outage")
def test_held_events_come_late(shop: Workshop, source: str) -> None:
    url, arn = shop.queue()
    shop.rule(arn, pattern={"source": [source]})
    assert shop.own(HTTPMethod.PUT, "delivery", {"paused": True}) == {"paused": True, "held": 0}
    sent = shop.put(source, {})
    assert shop.nothing_comes(url)
    assert shop.own(HTTPMethod.GET, "delivery") == {"paused": True, "held": 1}
    shop.own(HTTPMethod.PUT, "delivery", {"paused": False})
    assert json.loads(shop.message(url)["Body"])["id"] == sent


def test_a_rate_fires_each_period_of_the_clock_and_not_when_disabled(shop: Workshop, source: str) -> None:
    """EventBridge user guide, "Creating a rule that runs on a schedule"."""
    url, arn = shop.queue()
    rule = shop.rule(arn, schedule="rate(5 minutes)")
    shop.put(source, {})
    assert shop.nothing_comes(url)
    shop.account.advance(280)
    assert shop.nothing_comes(url)
    # The second is due by the first period's end, not by when that was noticed.
    for seconds in (90, 250):
        shop.account.advance(seconds)
        event = json.loads(shop.message(url)["Body"])
        assert (event["source"], event["detail-type"], event["detail"]) == ("aws.events", "Scheduled Event", {})
        assert event["resources"][0].endswith(rule)
    shop.events.disable_rule(Name=rule)
    shop.account.advance(900)
    assert shop.nothing_comes(url)
    shop.events.enable_rule(Name=rule)
    assert shop.nothing_comes(url)
    shop.events.disable_rule(Name=rule)


def test_a_cron_fires_when_its_minute_comes(shop: Workshop) -> None:
    url, arn = shop.queue()
    rule = shop.rule(arn, schedule="cron(0 12 * * ? *)")
    shop.account.advance(86_400)
    event = json.loads(shop.message(url)["Body"])
    assert event["detail-type"] == "Scheduled Event"
    shop.events.disable_rule(Name=rule)


@pytest.mark.parametrize("text", ["cron(0 12 L * ? *)", "rate(1 fortnight)", "at(2026-01-01T00:00:00)", ""])
def test_an_expression_that_is_not_known_is_never_due(text: str) -> None:
    assert parse(text) is None


def test_a_redrive_policy_is_read_back_without_spaces(shop: Workshop) -> None:
    """SQS API, GetQueueAttributes."""
    _, dead = shop.queue()
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 3}, separators=(",", ":"))
    url, _ = shop.queue(RedrivePolicy=policy)
    read = shop.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    assert read["Attributes"]["RedrivePolicy"] == policy


def executions(shop: Workshop, machine: str) -> list[Any]:
    return shop.machines.list_executions(stateMachineArn=machine)["executions"]


def faults_met(shop: Workshop) -> int:
    return sum(fault["hits"] for fault in shop.own(HTTPMethod.GET, "faults"))
