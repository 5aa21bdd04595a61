"""Targets take time to become healthy, or never do, as their user data says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.elbv2.models import FakeHealthStatus, FakeTargetGroup, elbv2_backends

from localaws.patches.replacing import original, replace
from localaws.targets import Targets

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend

    from localaws.clock import Clock
    from localaws.live_behaviours import LiveBehaviours


def apply(clock: Clock, behaviours: LiveBehaviours) -> None:
    """ELB guide, "Health checks for Application Load Balancer target groups", "Target health status".

    moto calls every registered, running target healthy at once, in a target group that no rule uses, too.
    """
    health_for = original(FakeTargetGroup, "health_for", needs=("target", "ec2_backend"))

    def health(self: FakeTargetGroup, target: dict[str, Any], ec2_backend: EC2Backend) -> FakeHealthStatus:
        as_moto: FakeHealthStatus = health_for(self, target, ec2_backend)
        backend = elbv2_backends[self.account_id][self.region_name]
        judged = Targets(backend, self, behaviours).health(str(target["Id"]), clock.now())
        if judged is None:
            return as_moto
        status: Any = FakeHealthStatus(  # BaseModel's __new__ hides the class
            as_moto.instance_id,
            as_moto.port,
            as_moto.health_check_port,
            judged.state,
            judged.reason,
            judged.description,
        )
        return status

    replace(FakeTargetGroup, "health_for", health)
