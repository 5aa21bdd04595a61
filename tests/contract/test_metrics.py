"""ELB guide, "CloudWatch metrics for your Application Load Balancer"; CloudWatch API, GetMetricData and the like."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http import HTTPMethod
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.account import exchange

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.contract.account import Account
    from tests.contract.blue_green import BlueGreen

ELB = "AWS/ApplicationELB"


class Watch:
    """The metrics of a stage from its beginning on."""

    def __init__(self, stage: BlueGreen) -> None:
        self.stage = stage
        self.cloudwatch = stage.account.cloudwatch
        self.began = stage.account.advance(0)

    def dimensions(self, colour: str = "") -> list[Any]:
        """Of the load balancer, and of a colour behind it."""
        balancer = self.stage.balancer.partition(":loadbalancer/")[2]
        target_group = self.stage.targets[colour].rpartition(":")[2] if colour else ""
        named = {"LoadBalancer": balancer, **({"TargetGroup": target_group} if colour else {})}
        return [{"Name": name, "Value": value} for name, value in named.items()]

    def query(self, name: str, colour: str = "", statistic: str = "Sum", id_: str = "m", **settings: Any) -> Any:
        metric = {"Namespace": ELB, "MetricName": name, "Dimensions": self.dimensions(colour)}
        return {"Id": id_, "MetricStat": {"Metric": metric, "Period": 60, "Stat": statistic}, **settings}

    def data(self, *queries: Any, **settings: Any) -> list[Any]:
        found = self.cloudwatch.get_metric_data(
            MetricDataQueries=list(queries),
            StartTime=self.began - timedelta(minutes=1),
            EndTime=self.stage.account.advance(0) + timedelta(minutes=1),
            ScanBy="TimestampAscending",
            **settings,
        )
        return list(found["MetricDataResults"])

    def values(self, name: str, colour: str = "", statistic: str = "Sum") -> list[float]:
        [found] = self.data(self.query(name, colour, statistic))
        return list(found["Values"])

    def total(self, name: str, colour: str = "") -> float:
        """Over the minutes, as requests may lie on both sides of a full one."""
        return sum(self.values(name, colour))


@pytest.fixture
def watch(stage: BlueGreen) -> Watch:
    return Watch(stage)


def requests(stage: BlueGreen, count: int, path: str = "/", **settings: Any) -> None:
    address = stage.address()
    for _ in range(count):
        exchange(address, path, **settings)


def end_the_minute(account: Account) -> datetime:
    """To where its metrics can be read."""
    now = account.advance(0)
    return account.advance(65 - now.timestamp() % 60)


def test_every_request_is_counted_for_its_group_and_the_load_balancer(watch: Watch, stage: BlueGreen) -> None:
    stage.group(stage.version("boot=0s"), 2)
    stage.group(stage.version("boot=0s status=404"), 1, colour="green")
    stage.weigh(blue=75, green=25)
    requests(stage, 20)
    end_the_minute(stage.account)
    assert [watch.total("RequestCount", colour) for colour in ("", "blue", "green")] == [20, 15, 5]
    assert [watch.total("HTTPCode_Target_2XX_Count", colour) for colour in ("", "blue")] == [15, 15]
    assert [watch.total("HTTPCode_Target_4XX_Count", colour) for colour in ("", "green")] == [5, 5]


def test_the_test_listener_counts_as_well(watch: Watch, stage: BlueGreen) -> None:
    """ELB guide: the metrics are those of the load balancer, whichever listener a request came to."""
    stage.group(stage.version("boot=0s"), 1)
    listener = stage.add_listener(8443, stage.forward(blue=1))
    for _ in range(3):
        stage.get(listener=listener)
    end_the_minute(stage.account)
    assert watch.total("RequestCount", "blue") == 3


def test_counts_are_exact_under_load(watch: Watch, stage: BlueGreen) -> None:
    stage.group(stage.version("boot=0s errors=25%"), 2)
    address = stage.address()
    with ThreadPoolExecutor(4) as pool:
        statuses = [reply.status for reply in pool.map(exchange, [address] * 400, ["/"] * 400)]
    end_the_minute(stage.account)
    assert statuses.count(500) == watch.total("HTTPCode_Target_5XX_Count", "blue") == 100
    assert watch.total("RequestCount", "blue") == 400
    assert watch.values("HTTPCode_ELB_5XX_Count") == watch.values("TargetConnectionErrorCount", "blue") == []


def test_a_minute_without_errors_has_no_error_count(watch: Watch, stage: BlueGreen) -> None:
    """ELB guide, HTTPCode_*: "Reporting criteria: There is a nonzero value"."""
    stage.group(stage.version("boot=0s"), 1)
    requests(stage, 1)
    end_the_minute(stage.account)
    assert watch.values("HTTPCode_Target_5XX_Count", "blue") == []
    assert watch.values("HTTPCode_ELB_5XX_Count") == []


def test_errors_of_the_load_balancers_own_are_told_apart(watch: Watch, stage: BlueGreen) -> None:
    """ELB guide: RequestCount counts where a target was chosen; HTTPCode_ELB_5XX_Count is the load balancer's alone."""
    stage.group(stage.version("boot=never"), 1)
    stage.weigh(blue=50, green=50)
    requests(stage, 4)  # 2 of them to green, which has no target
    end_the_minute(stage.account)
    assert watch.total("HTTPCode_ELB_5XX_Count") == 4
    assert watch.total("RequestCount") == watch.total("RequestCount", "blue") == 2
    assert watch.total("TargetConnectionErrorCount", "blue") == 2
    assert watch.values("HTTPCode_ELB_5XX_Count", "blue") == []
    assert watch.values("HTTPCode_Target_5XX_Count", "blue") == []


def test_response_times_have_percentiles(watch: Watch, stage: BlueGreen) -> None:
    """CloudWatch guide, "CloudWatch statistics definitions"."""
    end_the_minute(stage.account)  # all requests in one minute
    group = stage.group(stage.version("boot=0s latency=10ms"), 1)
    requests(stage, 9)
    [instance] = stage.instance_ids(group)
    stage.account.own("behaviour", HTTPMethod.PUT, {"instance": instance, "line": "latency=50ms"})
    requests(stage, 1)
    end_the_minute(stage.account)
    found = {
        name: watch.values("TargetResponseTime", "blue", name) for name in ("Average", "Maximum", "p50", "p90", "p99")
    }
    assert found == {"Average": [pytest.approx(0.014)], "Maximum": [0.05], "p50": [0.01], "p90": [0.01], "p99": [0.05]}


def test_a_minute_is_readable_a_while_after_its_end(watch: Watch, stage: BlueGreen) -> None:
    """Not documented; folk say a minute or more. Here it is --metric-delay, 5 s unless given."""
    stage.group(stage.version("boot=0s"), 1)
    end_the_minute(stage.account)
    requests(stage, 1)
    now = stage.account.advance(0)
    stage.account.advance(62 - now.timestamp() % 60)
    assert watch.values("RequestCount", "blue") == []
    stage.account.advance(4)
    assert watch.values("RequestCount", "blue") == [1]


def test_healthy_and_unhealthy_hosts_are_counted_each_minute(watch: Watch, stage: BlueGreen) -> None:
    """ELB guide, HealthyHostCount and UnHealthyHostCount: "Reported if health checks are enabled"."""
    end_the_minute(stage.account)
    stage.group(stage.version("boot=0s"), 2)
    stage.group(stage.version("boot=0s dies=150s"), 1, colour="green")
    for _ in range(4):
        stage.account.advance(60)
    healthy = {name: watch.values("HealthyHostCount", "green", name) for name in ("Minimum", "Maximum", "Average")}
    assert set(watch.values("HealthyHostCount", "blue", "Minimum")[1:]) == {2}
    assert healthy["Maximum"][1:3] == [1, 1]
    assert healthy["Minimum"][-1] == 0
    assert watch.values("UnHealthyHostCount", "green", "Maximum")[-1] == 1


def test_minutes_that_are_jumped_over_are_measured_as_well(watch: Watch, stage: BlueGreen) -> None:
    """No AWS behaviour: moving the clock on plays what happens meanwhile."""
    end_the_minute(stage.account)
    stage.group(stage.version("boot=0s dies=200s"), 1)
    stage.account.advance(305)
    assert watch.values("HealthyHostCount", "blue", "Minimum")[-5:] == [1, 1, 1, 0, 0]


def test_an_expression_is_calculated_and_what_it_is_made_of_can_be_left_out(watch: Watch, stage: BlueGreen) -> None:
    """CloudWatch API, MetricDataQuery: Expression, ReturnData."""
    end_the_minute(stage.account)
    stage.group(stage.version("boot=0s errors=50%"), 1)
    requests(stage, 4)
    end_the_minute(stage.account)
    errors = watch.query("HTTPCode_Target_5XX_Count", "blue", id_="errors", ReturnData=False)
    all_ = watch.query("RequestCount", "blue", id_="all", ReturnData=False)
    [share] = watch.data({"Id": "share", "Expression": "100 * errors / all", "Label": "percent"}, errors, all_)
    assert (share["Id"], share["Label"], share["Values"]) == ("share", "percent", [50])
    assert share["Timestamps"][0].second == 0


def test_a_function_that_is_not_calculated_is_refused(watch: Watch) -> None:
    query = watch.query("RequestCount", id_="m", ReturnData=False)
    with pytest.raises(ClientError, match="does not calculate RATE"):
        watch.data({"Id": "e", "Expression": "RATE(m)"}, query)


def test_statistics_see_the_same(watch: Watch, stage: BlueGreen) -> None:
    """CloudWatch API, GetMetricStatistics, with ExtendedStatistics."""
    end_the_minute(stage.account)
    stage.group(stage.version("boot=0s latency=10ms"), 1)
    requests(stage, 3)
    now = end_the_minute(stage.account)
    asked: dict[str, Any] = {"Namespace": ELB, "Period": 60, "StartTime": watch.began, "EndTime": now}
    counted = watch.cloudwatch.get_metric_statistics(
        MetricName="RequestCount", Dimensions=watch.dimensions("blue"), Statistics=["Sum", "SampleCount"], **asked
    )["Datapoints"]
    timed = watch.cloudwatch.get_metric_statistics(
        MetricName="TargetResponseTime", Dimensions=watch.dimensions("blue"), ExtendedStatistics=["p99"], **asked
    )["Datapoints"]
    assert [(point.get("Sum"), point.get("SampleCount")) for point in counted] == [(3, 3)]
    assert [point.get("ExtendedStatistics") for point in timed] == [{"p99": 0.01}]


def test_metrics_are_listed(watch: Watch, stage: BlueGreen) -> None:
    """CloudWatch API, ListMetrics, filtered by dimensions."""
    stage.group(stage.version("boot=0s"), 1)
    requests(stage, 1)
    end_the_minute(stage.account)
    found = watch.cloudwatch.list_metrics(Namespace=ELB, Dimensions=watch.dimensions("blue"))["Metrics"]
    assert {"RequestCount", "TargetResponseTime", "HTTPCode_Target_2XX_Count", "HealthyHostCount"} <= {
        metric.get("MetricName") for metric in found
    }


@pytest.fixture
def own(account: Account) -> Mapping[str, Any]:
    """A metric of the user's own."""
    return {"Namespace": account.fresh("shop"), "MetricName": "orders"}


def test_a_metric_of_the_users_is_read_as_it_was_put(account: Account, own: Mapping[str, Any]) -> None:
    """CloudWatch API, PutMetricData: Value, Values with Counts, StatisticValues, and the time of arrival by default."""
    began = account.advance(0)
    put: list[Any] = [
        {"Value": 4},
        {"Values": [1, 2], "Counts": [1, 3]},
        {"StatisticValues": {"SampleCount": 2, "Sum": 10, "Minimum": 3, "Maximum": 7}},
        {"Value": 100, "Timestamp": began - timedelta(hours=1)},
    ]
    data: list[Any] = [{"MetricName": own["MetricName"], **one} for one in put]
    account.cloudwatch.put_metric_data(Namespace=own["Namespace"], MetricData=data)
    [point] = account.cloudwatch.get_metric_statistics(
        **own,
        StartTime=began - timedelta(minutes=5),
        EndTime=began + timedelta(minutes=5),
        Period=3600,
        Statistics=["Sum", "SampleCount", "Minimum", "Maximum", "Average"],
    )["Datapoints"][-1:]
    found = tuple(point.get(name) for name in ("Sum", "SampleCount", "Minimum", "Maximum", "Average"))
    assert found == (21, 7, 1, 7, 3)


def test_a_groups_sizes_are_metrics_once_they_are_enabled(account: Account, stage: BlueGreen) -> None:
    """Auto Scaling user guide, "Amazon CloudWatch metrics for Amazon EC2 Auto Scaling"."""
    began = account.advance(0)
    group = stage.group(stage.version(), 2)
    account.autoscaling.enable_metrics_collection(
        AutoScalingGroupName=group, Metrics=["GroupInServiceInstances"], Granularity="1Minute"
    )
    account.advance(60)
    end_the_minute(account)
    asked: dict[str, Any] = {
        "Namespace": "AWS/AutoScaling",
        "Dimensions": [{"Name": "AutoScalingGroupName", "Value": group}],
        "StartTime": began,
        "EndTime": datetime.now(UTC) + timedelta(days=2),
        "Period": 60,
        "Statistics": ["Average"],
    }
    found = {
        name: account.cloudwatch.get_metric_statistics(MetricName=name, **asked)["Datapoints"]
        for name in ("GroupInServiceInstances", "GroupDesiredCapacity")
    }
    assert {point.get("Average") for point in found["GroupInServiceInstances"]} == {2}
    assert found["GroupDesiredCapacity"] == []
