"""The control plane's own alarms: nobody else would tell that it does not work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm
from constructs import Construct

from modules.measurements import ALARMS, SAYS, most
from recovery.core.check import READY
from recovery.settings import namespace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modules.naming import Naming
    from recovery.core.rules import Rules

PERIOD_SECONDS = 60
WATCHDOG_MINUTES = 5
HOUR_SECONDS = 3600
NOT_READY_HOURS = 2
UNLOOKED_HOURS = 3


class ControlAlarms(Construct):
    """Dead letters, failed runs, failing functions, no way back, nobody who looks, and what the proof assumes."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        naming: Naming,
        topic_arn: str,
        functions: Sequence[str],
        watchdog: str,
        dead_letters: str,
        machine_arn: str,
        rules: Rules,
    ) -> None:
        super().__init__(scope, id_)
        self._naming, self._topic_arn = naming, topic_arn
        self._above(
            "dead_letters",
            "events or notifications that could not be delivered",
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            {"QueueName": dead_letters},
            statistic="Maximum",
        )
        for metric in ("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"):
            says = f"runs: {metric}"
            self._above(metric.lower(), says, "AWS/States", metric, {"StateMachineArn": machine_arn})
        for name in functions:
            short = name.removeprefix(f"{naming.prefix}-")
            says = f"errors of {short}"
            self._above(f"{short}_errors", says, "AWS/Lambda", "Errors", {"FunctionName": name})
        CloudwatchMetricAlarm(
            self,
            "watchdog_silent",
            alarm_name=naming.name("control-watchdog-silent"),
            alarm_description=f"{naming.prefix}: the watchdog has not looked for {WATCHDOG_MINUTES} minutes",
            namespace="AWS/Lambda",
            metric_name="Invocations",
            dimensions={"FunctionName": watchdog},
            statistic="Sum",
            period=PERIOD_SECONDS,
            comparison_operator="LessThanThreshold",
            threshold=1,
            evaluation_periods=WATCHDOG_MINUTES,
            treat_missing_data="breaching",
            alarm_actions=[topic_arn],
        )
        own = namespace(naming.app, naming.environment)
        self._readiness(own)
        for quantity, seconds in most(rules).items():
            self._above(
                ALARMS[quantity],
                f"{SAYS[quantity]} took longer than the {seconds:g} s that are assumed: lastgood bound --measured",
                own,
                quantity.metric,
                {},
                statistic="Maximum",
                threshold=seconds,
            )

    def _readiness(self, own: str) -> None:
        """Two alarms, as what is to be done differs. An hour is good by any good look in it: one by hand ends it."""
        for id_, says, statistic, hours, missing in (
            ("not_ready", "we could not go back now: lastgood ready", "Maximum", NOT_READY_HOURS, "ignore"),
            (
                "readiness_silent",
                f"nobody has looked for {UNLOOKED_HOURS} hours whether we could go back",
                "SampleCount",
                UNLOOKED_HOURS,
                "breaching",
            ),
        ):
            CloudwatchMetricAlarm(
                self,
                id_,
                alarm_name=self._naming.name(f"control-{id_.replace('_', '-')}"),
                alarm_description=f"{self._naming.prefix}: {says}",
                namespace=own,
                metric_name=READY,
                statistic=statistic,
                period=HOUR_SECONDS,
                comparison_operator="LessThanThreshold",
                threshold=1,
                evaluation_periods=hours,
                treat_missing_data=missing,
                alarm_actions=[self._topic_arn],
            )

    def _above(
        self,
        id_: str,
        says: str,
        source: str,
        metric: str,
        dimensions: Mapping[str, str],
        *,
        statistic: str = "Sum",
        threshold: float = 0,
    ) -> None:
        CloudwatchMetricAlarm(
            self,
            id_.replace("-", "_"),
            alarm_name=self._naming.name(f"control-{id_.replace('_', '-')}"),
            alarm_description=f"{self._naming.prefix}: {says}",
            namespace=source,
            metric_name=metric,
            dimensions=dict(dimensions),
            statistic=statistic,
            period=PERIOD_SECONDS,
            comparison_operator="GreaterThanThreshold",
            threshold=threshold,
            evaluation_periods=1,
            treat_missing_data="notBreaching",
            alarm_actions=[self._topic_arn],
        )
