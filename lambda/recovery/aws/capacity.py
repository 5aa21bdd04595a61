"""What a launch needs beside its template: vCPUs that the account's quotas leave, and free addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recovery.aws.clients import ask, client, code_of
from recovery.core.parts import Room
from recovery.errors import AwsError
from recovery.permissions import READ_METRICS, READ_QUOTAS, READ_SUBNETS, READ_TYPES, needs

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SERVICE = "ec2"
NO_SUCH = "NoSuchResourceException"
# How much of an account is used is published every few minutes.
PERIOD_SECONDS, LATE_SECONDS = 300, 1800


class Capacity:
    """Of a region."""

    @needs(READ_TYPES)
    def vcpus(self, types: Collection[str]) -> dict[str, int]:
        """Instance type → vCPUs. Raises AwsError where EC2 knows one of them not."""
        found = ask(client("ec2").describe_instance_types, InstanceTypes=sorted(types))["InstanceTypes"]
        return {one["InstanceType"]: int(one["VCpuInfo"]["DefaultVCpus"]) for one in found}

    @needs(READ_QUOTAS)
    def room(self, quota: str, types: Mapping[str, int], now: float) -> Room:
        """What a quota leaves for instance types (with their vCPUs) that count against it."""
        quotas = client("service-quotas")
        try:
            found = ask(quotas.get_service_quota, ServiceCode=SERVICE, QuotaCode=quota)["Quota"]
        except AwsError as error:
            # One that was never asked to be raised may have no value of its own.
            if code_of(error) != NO_SUCH:
                raise
            found = ask(quotas.get_aws_default_service_quota, ServiceCode=SERVICE, QuotaCode=quota)["Quota"]
        used = self._used(found.get("UsageMetric") or {}, now)
        return Room(quota, str(found["QuotaName"]), types, float(found["Value"]), used)

    @needs(READ_SUBNETS)
    def free_addresses(self, subnets: Collection[str]) -> dict[str, int]:
        """Subnet → how many addresses are free in it."""
        if not subnets:
            return {}
        found = ask(client("ec2").describe_subnets, SubnetIds=sorted(subnets))["Subnets"]
        return {one["SubnetId"]: int(one["AvailableIpAddressCount"]) for one in found}

    @needs(READ_METRICS)
    def _used(self, usage: Mapping[str, Any], now: float) -> float | None:
        """The newest figure of the metric that the quota names; None where there is none of late."""
        if not usage:
            return None
        dimensions = [{"Name": name, "Value": value} for name, value in sorted(usage["MetricDimensions"].items())]
        metric = {"Namespace": usage["MetricNamespace"], "MetricName": usage["MetricName"], "Dimensions": dimensions}
        statistic = usage.get("MetricStatisticRecommendation") or "Maximum"
        query = {"Id": "used", "MetricStat": {"Metric": metric, "Period": PERIOD_SECONDS, "Stat": statistic}}
        answer = ask(
            client("cloudwatch").get_metric_data,
            MetricDataQueries=[query],
            StartTime=now - LATE_SECONDS,
            EndTime=now,
            ScanBy="TimestampDescending",
        )
        values: list[float] = answer["MetricDataResults"][0]["Values"]
        return float(values[0]) if values else None
