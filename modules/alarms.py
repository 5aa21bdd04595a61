"""One group's alarms, made from the signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import (
    CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery,
    CloudwatchMetricAlarmMetricQueryMetric,
)
from constructs import Construct

from recovery.core.signals import PERIOD_SECONDS, Signal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modules.naming import Naming


class GroupAlarms(Construct):
    """Metric alarms, not composites: each can be forced in a drill (CloudWatch API, SetAlarmState)."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        naming: Naming,
        colour: str,
        balancer: str,
        target_group: str,
        signals: Sequence[Signal],
    ) -> None:
        super().__init__(scope, id_)
        dimensions = {"LoadBalancer": balancer, "TargetGroup": target_group}
        for signal in signals:
            CloudwatchMetricAlarm(
                self,
                signal.name,
                alarm_name=naming.name(f"{colour}-{signal.name}"),
                alarm_description=f"{naming.prefix} {colour}: {signal.says}",
                comparison_operator="GreaterThanThreshold",
                threshold=signal.threshold,
                evaluation_periods=signal.window_minutes,
                datapoints_to_alarm=signal.bad_minutes,
                treat_missing_data="notBreaching",
                metric_query=[
                    CloudwatchMetricAlarmMetricQuery(
                        id="signal", expression=signal.expression, label=signal.says, return_data=True
                    ),
                    *(
                        CloudwatchMetricAlarmMetricQuery(
                            id=metric.id,
                            return_data=False,
                            metric=CloudwatchMetricAlarmMetricQueryMetric(
                                namespace="AWS/ApplicationELB",
                                metric_name=metric.name,
                                stat=metric.statistic,
                                period=PERIOD_SECONDS,
                                dimensions=dimensions,
                            ),
                        )
                        for metric in signal.metrics
                    ),
                ],
            )
