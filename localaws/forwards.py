"""Which target groups an action sends requests to, and with which weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moto.elbv2.models import ELBv2Backend


def weights(action: Mapping[str, Any]) -> dict[str, int]:
    """Target group ARN → weight of a forward action; nothing for another action."""
    forward: Mapping[str, Any] = action.get("ForwardConfig") or {}
    groups: list[dict[str, Any]] = forward.get("TargetGroups") or []
    if groups:
        return {str(group["TargetGroupArn"]): int(group.get("Weight", 1)) for group in groups}
    return {str(action["TargetGroupArn"]): 1} if action.get("TargetGroupArn") else {}


def balancers_of(backend: ELBv2Backend) -> dict[str, set[str]]:
    """Target group → the load balancers of which a rule names it, whatever the weight: it is health-checked by those.

    ELB guide, "Target groups for your Application Load Balancers": health checks run for "all targets registered to a
    target group that is specified in a listener rule".
    """
    found: dict[str, set[str]] = {}
    for balancer in list(backend.load_balancers.values()):
        for listener in list(balancer.listeners.values()):
            for rule in list(listener.rules.values()):
                for action in rule.actions:
                    for arn in weights(action.data):
                        found.setdefault(arn, set()).add(balancer.arn)
    return found
