"""Where moto differs from AWS and Lastgood depends on it: one file a concern, each citing the behaviour it follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.patches import (
    alarm_states,
    bucket_policy,
    deleted_template_versions,
    email_subscriptions,
    empty_messages,
    event_delivery,
    group_activities,
    group_health,
    group_policy,
    group_scaling,
    group_sizes,
    group_warmup,
    instance_clock,
    instance_lookup,
    lambda_configuration,
    lambda_event_settings,
    lambda_invocations,
    launched_version,
    load_balancer_interfaces,
    metric_reading,
    public_images,
    queue_redrive,
    recycle_bin,
    rule_descriptions,
    scaling_policies,
    service_quotas,
    state_machine_clock,
    state_machine_errors,
    state_machine_executions,
    state_machine_tasks,
    state_machine_timeouts,
    state_machine_times,
    state_machine_versions,
    target_health,
    template_own_tags,
    template_user_data,
)
from localaws.patches.replacing import require_version

if TYPE_CHECKING:
    from localaws.clock import Clock
    from localaws.compute import Compute
    from localaws.fleet import Fleet


def apply(clock: Clock, compute: Compute, fleet: Fleet) -> None:
    """Apply every patch, once, before the first request. Raises PatchError where moto has changed."""
    require_version()
    instance_clock.apply(clock)
    instance_lookup.apply()
    template_user_data.apply()
    launched_version.apply()
    group_scaling.apply(fleet.scaling)
    group_health.apply(fleet)
    group_activities.apply(fleet.activities)
    group_sizes.apply()
    group_policy.apply()
    target_health.apply(clock, fleet.behaviours)
    alarm_states.apply(clock)
    metric_reading.apply(clock, fleet.recorder)
    public_images.apply()
    scaling_policies.apply()
    group_warmup.apply()
    template_own_tags.apply()
    deleted_template_versions.apply()
    recycle_bin.apply()
    email_subscriptions.apply()
    empty_messages.apply()
    service_quotas.apply()
    rule_descriptions.apply()
    bucket_policy.apply()
    load_balancer_interfaces.apply()
    queue_redrive.apply()
    lambda_configuration.apply()
    lambda_invocations.apply(compute)
    lambda_event_settings.apply(compute)
    state_machine_versions.apply()
    state_machine_errors.apply()
    state_machine_executions.apply(compute)
    state_machine_clock.apply(compute)
    state_machine_timeouts.apply(clock)
    state_machine_tasks.apply(compute)
    state_machine_times.apply()
    event_delivery.apply(compute)
