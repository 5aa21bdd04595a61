"""The load balancer: one listener rule with weights for both groups, and a test listener that reaches each by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb import Lb
from cdktf_cdktf_provider_aws.lb_listener import (
    LbListener,
    LbListenerDefaultAction,
    LbListenerDefaultActionFixedResponse,
    LbListenerDefaultActionRedirect,
)
from cdktf_cdktf_provider_aws.lb_listener_rule import (
    LbListenerRule,
    LbListenerRuleAction,
    LbListenerRuleActionForward,
    LbListenerRuleActionForwardStickiness,
    LbListenerRuleActionForwardTargetGroup,
    LbListenerRuleCondition,
    LbListenerRuleConditionHttpHeader,
    LbListenerRuleConditionPathPattern,
)
from constructs import Construct

from modules.naming import LOAD_BALANCER_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modules.naming import Naming
    from modules.settings import Tls

HTTP = 80
HTTPS = 443
TEST_PORT = 8443
TEST_HEADER = "X-Lastgood-Group"
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
ALL_TRAFFIC = 100


class LoadBalancer(Construct):
    """An internet-facing application load balancer. Exposes `arn_suffix`, `dns_name`, `zone_id`, `rule` and `rule_arn`.

    The rule's action is written once, all to the first group, and then belongs to the control plane (`ignore_changes`).
    So do its tags, in which whoever moves traffic by hand says so.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        naming: Naming,
        subnet_ids: Sequence[str],
        security_group_id: str,
        target_group_arns: Mapping[str, str],
        tls: Tls | None,
        protect: bool,
    ) -> None:
        super().__init__(scope, id_)
        balancer = Lb(
            self,
            "balancer",
            name=naming.name("web", LOAD_BALANCER_LIMIT),
            load_balancer_type="application",
            internal=False,
            subnets=list(subnet_ids),
            security_groups=[security_group_id],
            drop_invalid_header_fields=True,
            enable_deletion_protection=protect,
        )
        self.arn_suffix, self.dns_name, self.zone_id = balancer.arn_suffix, balancer.dns_name, balancer.zone_id
        listener = self._listener("public", balancer.arn, HTTPS if tls else HTTP, tls)
        if tls:
            LbListener(
                self,
                "redirect",
                load_balancer_arn=balancer.arn,
                port=HTTP,
                protocol="HTTP",
                default_action=[
                    LbListenerDefaultAction(
                        type="redirect",
                        redirect=LbListenerDefaultActionRedirect(
                            status_code="HTTP_301", protocol="HTTPS", port=str(HTTPS)
                        ),
                    )
                ],
            )
        self.rule = self._weighted_rule(listener.arn, target_group_arns, protect=protect)
        self.rule_arn = self.rule.arn
        # Both groups are in a rule of the test listener for ever, so both are health-checked whatever the weights are.
        test_listener = self._listener("test", balancer.arn, TEST_PORT, tls)
        for priority, (colour, arn) in enumerate(target_group_arns.items(), start=1):
            LbListenerRule(
                self,
                f"test_{colour}",
                listener_arn=test_listener.arn,
                priority=priority,
                condition=[
                    LbListenerRuleCondition(
                        http_header=LbListenerRuleConditionHttpHeader(http_header_name=TEST_HEADER, values=[colour])
                    )
                ],
                action=[LbListenerRuleAction(type="forward", target_group_arn=arn)],
                tags={"Name": naming.name(f"test-{colour}")},
            )

    def _listener(self, name: str, balancer_arn: str, port: int, tls: Tls | None) -> LbListener:
        return LbListener(
            self,
            name,
            load_balancer_arn=balancer_arn,
            port=port,
            protocol="HTTPS" if tls else "HTTP",
            certificate_arn=tls.certificate_arn if tls else None,
            ssl_policy=TLS_POLICY if tls else None,
            default_action=[
                LbListenerDefaultAction(
                    type="fixed-response",
                    fixed_response=LbListenerDefaultActionFixedResponse(
                        content_type="text/plain", message_body="no rule for this request", status_code="503"
                    ),
                )
            ],
        )

    def _weighted_rule(
        self, listener_arn: str, target_group_arns: Mapping[str, str], *, protect: bool
    ) -> LbListenerRule:
        weights = [ALL_TRAFFIC if number == 0 else 0 for number in range(len(target_group_arns))]
        forward = LbListenerRuleActionForward(
            target_group=[
                LbListenerRuleActionForwardTargetGroup(arn=arn, weight=weight)
                for arn, weight in zip(target_group_arns.values(), weights, strict=True)
            ],
            # A cookie would keep sending requests to the group that was left, for up to 7 days (ELB guide, "Sticky
            # sessions for your Application Load Balancer").
            stickiness=LbListenerRuleActionForwardStickiness(enabled=False, duration=1),
        )
        return LbListenerRule(
            self,
            "weights",
            listener_arn=listener_arn,
            priority=1,
            condition=[LbListenerRuleCondition(path_pattern=LbListenerRuleConditionPathPattern(values=["/*"]))],
            action=[LbListenerRuleAction(type="forward", forward=forward)],
            lifecycle=TerraformResourceLifecycle(
                ignore_changes=["action", "tags", "tags_all"], prevent_destroy=protect or None
            ),
        )
