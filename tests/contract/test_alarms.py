"""CloudWatch guide, "Using Amazon CloudWatch alarms" and "Alarm events and EventBridge"; API, PutMetricAlarm."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from localaws.process import running
from tests.contract.account import Account, client, exchange
from tests.contract.conftest import ACCOUNT, REGION
from tests.contract.test_metrics import end_the_minute

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef

    from tests.contract.blue_green import BlueGreen


# What an alarm on an expression has none of.
MATH: dict[str, Any] = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))


class Queue(NamedTuple):
    """Where a test finds what was sent."""

    sqs: Any
    url: str
    arn: str

    def messages(self, count: int = 1) -> list[Any]:
        """Those that came; waited for until there are so many, as events are delivered in the background."""
        found: list[Any] = []
        for _ in range(100):
            for message in self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", []):
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"]))
            if len(found) >= count:
                return found
            threading.Event().wait(0.02)
        return found


@pytest.fixture
def queue(account: Account) -> Queue:
    with account.aws.entered():
        sqs = client("sqs")
    url = sqs.create_queue(QueueName=account.fresh("heard"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return Queue(sqs, url, arn)


@pytest.fixture
def topic(account: Account, queue: Queue) -> str:
    """A topic that the queue hears."""
    with account.aws.entered():
        sns = client("sns")
    arn: str = sns.create_topic(Name=account.fresh("page"))["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue.arn)
    return arn


class Alarm:
    """An alarm on a metric of the user's, 2 of 2 minutes over 5 unless told otherwise."""

    def __init__(self, account: Account, **settings: Any) -> None:
        self.account = account
        self.name = account.fresh("too-many")
        self.namespace = account.fresh("shop")
        self.put(**settings)

    def put(self, **settings: Any) -> None:
        given: dict[str, Any] = {
            "AlarmName": self.name,
            "Namespace": self.namespace,
            "MetricName": "orders",
            "Statistic": "Sum",
            "Period": 60,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 5,
            "EvaluationPeriods": 2,
            **settings,
        }
        self.account.cloudwatch.put_metric_alarm(**{key: value for key, value in given.items() if value is not None})

    def minute(self, *values: float) -> str:
        """The state after a minute in which these came."""
        for value in values:
            self.account.cloudwatch.put_metric_data(
                Namespace=self.namespace, MetricData=[{"MetricName": "orders", "Value": value}]
            )
        end_the_minute(self.account)
        return self.state

    @property
    def described(self) -> MetricAlarmTypeDef:
        [found] = self.account.cloudwatch.describe_alarms(AlarmNames=[self.name])["MetricAlarms"]
        return found

    @property
    def state(self) -> str:
        return self.described.get("StateValue", "")


def test_a_new_alarm_has_insufficient_data_until_it_is_evaluated(account: Account) -> None:
    alarm = Alarm(account, TreatMissingData="notBreaching")
    assert alarm.state == "INSUFFICIENT_DATA"
    assert alarm.minute() == "OK"


def test_enough_bad_minutes_in_a_row_are_an_alarm_and_a_good_one_ends_it(account: Account) -> None:
    alarm = Alarm(account)
    assert [alarm.minute(*values) for values in ([1], [6], [3, 4], [9], [2])] == ["OK", "OK", "ALARM", "ALARM", "OK"]


def test_some_of_the_minutes_can_be_enough(account: Account) -> None:
    """Guide: "M out of N"; they need not be consecutive."""
    alarm = Alarm(account, DatapointsToAlarm=2, EvaluationPeriods=3, TreatMissingData="notBreaching")
    assert [alarm.minute(value) for value in (9, 1, 9, 1, 1)] == ["OK", "OK", "ALARM", "OK", "OK"]


def test_a_sparse_metric_makes_its_alarm_late(account: Account) -> None:
    """Guide: the evaluation range goes further back than the evaluation periods, so an old bad minute stays."""
    alarm = Alarm(account, EvaluationPeriods=1, TreatMissingData="notBreaching")
    assert [alarm.minute(*values) for values in ([9], [], [], [])] == ["ALARM", "ALARM", "ALARM", "OK"]


def test_fill_makes_it_dense_and_so_in_time(account: Account) -> None:
    """Guide, "Using metric math": FILL."""
    alarm = Alarm(account)
    metric = {"Metric": {"Namespace": alarm.namespace, "MetricName": "orders"}, "Period": 60, "Stat": "Sum"}
    watched = {"Id": "all", "Expression": "FILL(m, 0)", "ReturnData": True}
    alarm.put(**MATH, EvaluationPeriods=1, Metrics=[watched, {"Id": "m", "MetricStat": metric, "ReturnData": False}])
    assert [alarm.minute(*values) for values in ([9], [], [9])] == ["ALARM", "OK", "ALARM"]


def test_the_errors_of_real_requests_are_an_alarm(account: Account, stage: BlueGreen) -> None:
    """From the listener's answers to the alarm's state, with the expression that Lastgood's alarms use."""
    stage.group(stage.version("boot=0s errors=50%"), 1)
    balancer, target_group = stage.balancer.partition(":loadbalancer/")[2], stage.targets["blue"].rpartition(":")[2]
    dimensions = [{"Name": "LoadBalancer", "Value": balancer}, {"Name": "TargetGroup", "Value": target_group}]
    metrics = [
        {"Id": id_, "ReturnData": False, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
        for id_, name in (("requests", "RequestCount"), ("errors", "HTTPCode_Target_5XX_Count"))
        for metric in ({"Namespace": "AWS/ApplicationELB", "MetricName": name, "Dimensions": dimensions},)
    ]
    share = "IF(FILL(requests, 0) > 0, 100 * FILL(errors, 0) / FILL(requests, 0), 0)"
    alarm = Alarm(
        account,
        **MATH,
        EvaluationPeriods=1,
        Metrics=[{"Id": "share", "Expression": share, "ReturnData": True}, *metrics],
    )
    assert alarm.minute() == "OK"
    address = stage.address()
    for _ in range(4):
        exchange(address, "/")
    assert alarm.minute() == "ALARM"
    assert "[50.0 (" in alarm.described.get("StateReason", "")
    assert alarm.minute() == "OK"


def test_the_time_and_the_reason_of_a_change_are_shown(account: Account) -> None:
    alarm = Alarm(account, EvaluationPeriods=1)
    alarm.minute(9)
    at = account.advance(0)
    found = alarm.described
    assert found.get("StateReason", "").startswith("Threshold Crossed: 1 out of the last 1 datapoints [9.0 (")
    assert json.loads(found.get("StateReasonData", ""))["recentDatapoints"] == [9]
    changed = [found.get("StateUpdatedTimestamp"), found.get("StateTransitionedTimestamp")]
    assert all(one and abs((at - one).total_seconds()) < 5 for one in changed)
    alarm.minute(9)
    assert alarm.described.get("StateUpdatedTimestamp") == changed[0]


def test_a_change_is_an_event_on_the_default_bus(account: Account, queue: Queue) -> None:
    """Guide, sample event: "State change for a single-metric alarm"."""
    with account.aws.entered():
        events = client("events")
    alarm = Alarm(account, EvaluationPeriods=1, AlarmDescription="too many")
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": [alarm.name]}}
    rule = account.fresh("alarms")
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": queue.arn}])
    alarm.minute(9)
    alarm.minute(9)
    [event] = queue.messages()
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["resources"] == [alarm.described.get("AlarmArn")]
    detail = event["detail"]
    assert (detail["alarmName"], detail["state"]["value"]) == (alarm.name, "ALARM")
    assert detail["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert detail["state"]["reason"].startswith("Threshold Crossed")
    [metric] = detail["configuration"]["metrics"]
    stat = metric["metricStat"]
    assert (stat["metric"]["name"], stat["period"], stat["stat"]) == ("orders", 60, "Sum")
    assert detail["configuration"]["description"] == "too many"


def test_actions_are_taken_on_a_change_alone(account: Account, queue: Queue, topic: str) -> None:
    """Guide, "Alarm actions": "invokes actions only when the alarm changes state"."""
    alarm = Alarm(account, EvaluationPeriods=1, AlarmActions=[topic], OKActions=[topic])
    states = [alarm.minute(value) for value in (1, 9, 9, 2)]
    assert states == ["OK", "ALARM", "ALARM", "OK"]
    told = [json.loads(message["Message"]) for message in queue.messages(3)]
    assert [one["NewStateValue"] for one in told] == ["OK", "ALARM", "OK"]
    assert told[1]["AlarmName"] == alarm.name
    assert told[1]["OldStateValue"] == "OK"


def test_disabled_actions_are_not_taken(account: Account, queue: Queue, topic: str) -> None:
    """CloudWatch API, PutMetricAlarm.ActionsEnabled, EnableAlarmActions."""
    alarm = Alarm(account, EvaluationPeriods=1, AlarmActions=[topic], OKActions=[topic], ActionsEnabled=False)
    assert alarm.minute(9) == "ALARM"
    account.cloudwatch.enable_alarm_actions(AlarmNames=[alarm.name])
    assert alarm.minute(1) == "OK"
    assert [json.loads(message["Message"])["NewStateValue"] for message in queue.messages()] == ["OK"]


def test_a_state_can_be_set_and_lasts_until_the_next_evaluation(account: Account, queue: Queue, topic: str) -> None:
    """CloudWatch API, SetAlarmState: the actions are taken; "returns to its actual state (often within seconds)"."""
    alarm = Alarm(account, EvaluationPeriods=1, AlarmActions=[topic], OKActions=[topic])
    alarm.minute(1)
    account.cloudwatch.set_alarm_state(AlarmName=alarm.name, StateValue="ALARM", StateReason="a drill")
    assert (alarm.state, alarm.described.get("StateReason")) == ("ALARM", "a drill")
    account.cloudwatch.set_alarm_state(AlarmName=alarm.name, StateValue="ALARM", StateReason="again")
    assert alarm.minute(1) == "OK"
    told = [json.loads(message["Message"])["NewStateValue"] for message in queue.messages(3)]
    assert told == ["OK", "ALARM", "OK"]


def test_an_update_keeps_the_state(account: Account) -> None:
    """CloudWatch API, PutMetricAlarm: "When you update an existing alarm, its state is left unchanged"."""
    alarm = Alarm(account, EvaluationPeriods=1)
    alarm.minute(9)
    before = alarm.described
    alarm.put(EvaluationPeriods=1, Threshold=100)
    assert alarm.state == "ALARM"
    assert alarm.described.get("StateTransitionedTimestamp") == before.get("StateTransitionedTimestamp")
    assert alarm.minute(9) == "OK"


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"Statistic": None, "ExtendedStatistic": "p99.9.9"}, "does not calculate the statistic p99.9.9"),
        ({"Metrics": "RATE(m)"}, "does not calculate RATE"),
        ({"Metrics": "m +"}, "something is missing"),
        (MATH, "needs a metric"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_and_leaves_the_alarm(
    account: Account, settings: dict[str, Any], complaint: str
) -> None:
    alarm = Alarm(account)
    if "Metrics" in settings:
        stat = {"Metric": {"Namespace": alarm.namespace, "MetricName": "orders"}, "Period": 60, "Stat": "Sum"}
        queries = [{"Id": "e", "Expression": settings["Metrics"]}, {"Id": "m", "MetricStat": stat, "ReturnData": False}]
        settings = {**MATH, "Metrics": queries}
    with pytest.raises(ClientError, match=complaint):
        alarm.put(**settings)
    assert alarm.described.get("MetricName") == "orders"


def test_nobody_need_move_the_clock_on() -> None:
    """An emulator at fifty times the speed evaluates once in 1.2 s of the machine's."""
    with running(ACCOUNT, REGION, speed=50) as emulator:
        alarm = Alarm(Account(emulator), EvaluationPeriods=1)
        alarm.account.cloudwatch.put_metric_data(
            Namespace=alarm.namespace, MetricData=[{"MetricName": "orders", "Value": 9}]
        )
        for _ in range(100):
            if alarm.state == "ALARM":
                return
            threading.Event().wait(0.05)
    pytest.fail("it was not evaluated")


def test_minutes_that_are_jumped_over_are_evaluated_one_by_one(account: Account) -> None:
    """No AWS behaviour: moving the clock on plays what happens meanwhile."""
    alarm = Alarm(account, EvaluationPeriods=1, TreatMissingData="ignore")
    alarm.minute(9)
    assert alarm.state == "ALARM"
    alarm.put(EvaluationPeriods=1, TreatMissingData="breaching", Threshold=100)
    account.advance(600)
    assert alarm.state == "ALARM"
    assert "no datapoints were received for 1 period" in alarm.described.get("StateReason", "")
