"""One colour's target group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb_target_group import (
    LbTargetGroup,
    LbTargetGroupHealthCheck,
    LbTargetGroupStickiness,
    LbTargetGroupTargetGroupHealth,
    LbTargetGroupTargetGroupHealthDnsFailover,
    LbTargetGroupTargetGroupHealthUnhealthyStateRouting,
)

from modules.naming import LOAD_BALANCER_LIMIT
from modules.recovery_rules import DEREGISTRATION_SECONDS

if TYPE_CHECKING:
    from constructs import Construct

    from modules.naming import Naming
    from modules.settings import Health

# The fastest that AWS allows (ELB API, CreateTargetGroup: interval 5-300 s, thresholds 2-10): unhealthy in about 10 s.
CHECK_INTERVAL_SECONDS = 5
CHECK_TIMEOUT_SECONDS = 4
CHECK_THRESHOLD = 2


def target_group(
    scope: Construct, id_: str, *, naming: Naming, vpc_id: str, health: Health, protect: bool
) -> LbTargetGroup:
    """A target group with fast checks, no stickiness, and DNS failover off.

    DNS failover acts on the whole load balancer: with it, an idle group without a healthy target could take the serving
    one out of DNS (ELB guide, "Target group health").
    """
    return LbTargetGroup(
        scope,
        id_,
        name=naming.name(id_, LOAD_BALANCER_LIMIT),
        vpc_id=vpc_id,
        port=health.port,
        protocol="HTTP",
        target_type="instance",
        deregistration_delay=str(DEREGISTRATION_SECONDS),
        slow_start=0,
        health_check=LbTargetGroupHealthCheck(
            path=health.path,
            protocol="HTTP",
            port="traffic-port",
            matcher="200",
            interval=CHECK_INTERVAL_SECONDS,
            timeout=CHECK_TIMEOUT_SECONDS,
            healthy_threshold=CHECK_THRESHOLD,
            unhealthy_threshold=CHECK_THRESHOLD,
        ),
        stickiness=LbTargetGroupStickiness(type="lb_cookie", enabled=False),
        target_group_health=LbTargetGroupTargetGroupHealth(
            dns_failover=LbTargetGroupTargetGroupHealthDnsFailover(
                minimum_healthy_targets_count="off", minimum_healthy_targets_percentage="off"
            ),
            unhealthy_state_routing=LbTargetGroupTargetGroupHealthUnhealthyStateRouting(
                minimum_healthy_targets_count=1, minimum_healthy_targets_percentage="off"
            ),
        ),
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protect else None,
    )
