"""One colour's Auto Scaling group. Terraform makes it; the control plane decides what and how much runs in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.autoscaling_group import (
    AutoscalingGroup,
    AutoscalingGroupMixedInstancesPolicy,
    AutoscalingGroupMixedInstancesPolicyInstancesDistribution,
    AutoscalingGroupMixedInstancesPolicyLaunchTemplate,
    AutoscalingGroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecification,
    AutoscalingGroupMixedInstancesPolicyLaunchTemplateOverride,
    AutoscalingGroupTag,
)
from cdktf_cdktf_provider_aws.autoscaling_policy import (
    AutoscalingPolicy,
    AutoscalingPolicyTargetTrackingConfiguration,
    AutoscalingPolicyTargetTrackingConfigurationPredefinedMetricSpecification,
)
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modules.naming import Naming
    from modules.release_template import ReleaseTemplate
    from modules.settings import Capacity

WARMUP_SECONDS = 60
GROUP_METRICS = ("GroupDesiredCapacity", "GroupInServiceInstances", "GroupMinSize", "GroupPendingInstances")
# What the control plane owns: which release (template version and instance types), how much of it, and what is paused.
CONTROL_PLANE_OWNS = ["mixed_instances_policy", "min_size", "desired_capacity", "suspended_processes"]


class Group(Construct):
    """An Auto Scaling group over the private subnets, on demand only, the preferred instance type first."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        naming: Naming,
        colour: str,
        template: ReleaseTemplate,
        instance_types: Sequence[str],
        subnet_ids: Sequence[str],
        target_group_arn: str,
        capacity: Capacity,
        healthy_seconds: int,
        live: bool,
        rule: ITerraformDependable,
        protect: bool,
    ) -> None:
        super().__init__(scope, id_)
        size = capacity.min if live else 0
        group = AutoscalingGroup(
            self,
            "group",
            name=naming.name(colour),
            min_size=size,
            desired_capacity=size,
            max_size=capacity.max,
            vpc_zone_identifier=list(subnet_ids),
            target_group_arns=[target_group_arn],
            health_check_type="ELB",
            # As long as the control plane waits for it: one that is replaced sooner would never become healthy.
            health_check_grace_period=healthy_seconds,
            default_instance_warmup=WARMUP_SECONDS,
            enabled_metrics=list(GROUP_METRICS),
            # Waiting for instances is the control plane's work, with a deadline; an apply never hangs on a bad release.
            wait_for_capacity_timeout="0",
            mixed_instances_policy=AutoscalingGroupMixedInstancesPolicy(
                instances_distribution=AutoscalingGroupMixedInstancesPolicyInstancesDistribution(
                    on_demand_allocation_strategy="prioritized",
                    on_demand_base_capacity=0,
                    on_demand_percentage_above_base_capacity=100,
                ),
                launch_template=AutoscalingGroupMixedInstancesPolicyLaunchTemplate(
                    launch_template_specification=AutoscalingGroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecification(
                        launch_template_id=template.template_id, version=template.latest_version
                    ),
                    override=[
                        AutoscalingGroupMixedInstancesPolicyLaunchTemplateOverride(instance_type=kind)
                        for kind in instance_types
                    ],
                ),
            ),
            tag=[
                AutoscalingGroupTag(key=key, value=value, propagate_at_launch=key == "Group")
                for key, value in {**naming.tags(), "Group": colour}.items()
            ],
            # A group whose target group is in no rule yet would see its first targets as unused.
            depends_on=[rule],
            lifecycle=TerraformResourceLifecycle(ignore_changes=CONTROL_PLANE_OWNS, prevent_destroy=protect or None),
        )
        self.name = group.name
        AutoscalingPolicy(
            self,
            "cpu",
            name=naming.name(f"{colour}-cpu"),
            autoscaling_group_name=group.name,
            policy_type="TargetTrackingScaling",
            target_tracking_configuration=AutoscalingPolicyTargetTrackingConfiguration(
                predefined_metric_specification=AutoscalingPolicyTargetTrackingConfigurationPredefinedMetricSpecification(
                    predefined_metric_type="ASGAverageCPUUtilization"
                ),
                target_value=capacity.cpu_target_percent,
            ),
        )
