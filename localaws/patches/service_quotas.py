"""How many vCPUs an account may run, by quota, and the metric that says how many it runs."""

from __future__ import annotations

from typing import Any

from moto.servicequotas.models import ServiceQuotasBackend

from localaws.metrics.usage import CLASSES, METRIC, NAMESPACE, dimensions
from localaws.patches.replacing import original, replace

SERVICE = "ec2"
# AWS gives a new account 5 and an old one thousands. It is told here, and enforced nowhere.
VCPUS = 256.0


def apply() -> None:
    """Service Quotas API, GetServiceQuota: EC2's On-Demand quotas with their UsageMetric. moto knows VPC's alone."""
    get = original(ServiceQuotasBackend, "get_service_quota", needs=("service_code", "quota_code"))

    def quota(self: ServiceQuotasBackend, service_code: str, quota_code: str) -> dict[str, Any]:
        known = CLASSES.get(quota_code) if service_code == SERVICE else None
        if known is None:
            return dict(get(self, service_code=service_code, quota_code=quota_code))
        return {
            "ServiceCode": SERVICE,
            "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)",
            "QuotaCode": quota_code,
            "QuotaName": known.quota,
            "Value": VCPUS,
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
            "UsageMetric": {
                "MetricNamespace": NAMESPACE,
                "MetricName": METRIC,
                "MetricDimensions": dict(dimensions(known)),
                "MetricStatisticRecommendation": "Maximum",
            },
        }

    replace(ServiceQuotasBackend, "get_service_quota", quota)
