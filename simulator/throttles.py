"""What AWS lets one account ask of it in a region: token buckets, with where each figure is from."""

from __future__ import annotations

from dataclasses import dataclass

TABLE_OF_QUOTAS = "Service Quotas' defaults (as listed 2024-02 in gruntwork-io/terraform-aws-utilities, docs/quotas.md)"
EC2_PAGE = "EC2 developer guide, request throttling: a bucket an API; 100 and 20 are its example of a Describe call"


@dataclass(frozen=True, slots=True)
class Limit:
    """One bucket: how many tokens it holds, and how many come back a second."""

    name: str
    operations: tuple[str, ...]
    """Which share it, as `service.operation`."""
    size: float
    refill: float
    source: str

    @property
    def says(self) -> str:
        return f"{self.size:,g}, then {self.refill:,g} a second"


def _each(operations: tuple[str, ...], size: float, refill: float, source: str) -> tuple[Limit, ...]:
    return tuple(Limit(_name(one), (one,), size, refill, source) for one in operations)


def _name(operation: str) -> str:
    service, _, name = operation.partition(".")
    return f"{service}: {''.join(part.title() for part in name.split('_'))}"


LIMITS: tuple[Limit, ...] = (
    Limit(
        "elbv2: Describe calls",
        ("elbv2.describe_rules", "elbv2.describe_tags", "elbv2.describe_target_health"),
        40,
        10,
        "ELB guide, elb-api-throttling",
    ),
    Limit(
        "elbv2: changes",
        ("elbv2.modify_rule",),
        20,
        5,
        "assumed: half of what Describe calls have; the page names a bucket, its figures were not at hand",
    ),
    Limit(
        "autoscaling: every call",
        (
            "autoscaling.describe_auto_scaling_groups",
            "autoscaling.describe_scaling_activities",
            "autoscaling.update_auto_scaling_group",
            "autoscaling.suspend_processes",
            "autoscaling.resume_processes",
        ),
        100,
        20,
        "Auto Scaling API reference: one bucket for all calls, without figures; assumed as EC2's",
    ),
    *_each(
        (
            "ec2.describe_launch_template_versions",
            "ec2.describe_images",
            "ec2.describe_network_interfaces",
            "ec2.describe_instances",
            "ec2.describe_volumes",
        ),
        100,
        20,
        EC2_PAGE,
    ),
    *_each(("cloudwatch.describe_alarms",), 9, 9, TABLE_OF_QUOTAS),
    *_each(("cloudwatch.get_metric_data",), 50, 50, TABLE_OF_QUOTAS),
    *_each(("cloudwatch.put_metric_data",), 500, 500, TABLE_OF_QUOTAS),
    *_each(("stepfunctions.start_execution",), 1300, 300, TABLE_OF_QUOTAS),
    *_each(("stepfunctions.describe_execution",), 300, 15, TABLE_OF_QUOTAS),
    *_each(
        ("ssm.get_parameter_history",), 40, 40, "assumed: the default throughput of GetParameter, which may be shared"
    ),
    *_each(("kms.describe_key",), 2000, 2000, TABLE_OF_QUOTAS),
)
TRANSITIONS = Limit(
    "stepfunctions: state transitions",
    (),
    5000,
    1500,
    "Step Functions guide, quotas (2023), where the region is one of the three large ones: what is over waits",
)
CONCURRENT = 1000
"""Functions at work at once, of an account."""
CONCURRENT_SOURCE = "Service Quotas' default; a new account has fewer"
UNLIMITED = ("dynamodb", "s3", "sns", "sqs", "lambda")
"""A table, a bucket, a topic and a queue of each app's own, or thousands a second."""


class Bucket:
    """Tokens over time. Moments must not go back."""

    __slots__ = ("at", "limit", "refused", "taken", "tokens")

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.tokens, self.at = limit.size, 0.0
        self.taken = self.refused = 0

    def take(self, now: float) -> bool:
        """One token, if there is one: else the call is refused."""
        self._refill(now)
        if self.tokens < 1.0:
            self.refused += 1
            return False
        self.tokens -= 1.0
        self.taken += 1
        return True

    def wait(self, now: float, count: float) -> float:
        """So many tokens, as soon as there are so many: how long that takes."""
        self._refill(now)
        self.tokens -= count
        self.taken += 1
        return max(0.0, -self.tokens / self.limit.refill)

    def _refill(self, now: float) -> None:
        self.tokens = min(self.limit.size, self.tokens + (now - self.at) * self.limit.refill)
        self.at = now
