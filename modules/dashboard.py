"""The environment's dashboard: each signal for both groups, side by side in one widget."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.cloudwatch_dashboard import CloudwatchDashboard

from recovery.core.signals import PERIOD_SECONDS, Signal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import Construct

    from modules.naming import Naming

# The console's grid is 24 columns wide (CloudWatch API Reference, "Dashboard body structure").
WIDTH, HEIGHT = 12, 6


def dashboard(
    scope: Construct,
    id_: str,
    *,
    naming: Naming,
    balancer: str,
    target_groups: Mapping[str, str],
    signals: Sequence[Signal],
) -> CloudwatchDashboard:
    """Region and names come from the settings, never from a literal."""
    widgets = [
        {
            "type": "metric",
            "x": WIDTH * (number % 2),
            "y": HEIGHT * (number // 2),
            "width": WIDTH,
            "height": HEIGHT,
            "properties": {
                "title": f"{signal.name}: {signal.says}",
                "region": naming.region,
                "period": PERIOD_SECONDS,
                "metrics": _series(signal, balancer, target_groups),
                "annotations": {"horizontal": [{"label": "alarm", "value": signal.threshold}]},
            },
        }
        for number, signal in enumerate(signals)
    ]
    return CloudwatchDashboard(
        scope, id_, dashboard_name=naming.name("service"), dashboard_body=json.dumps({"widgets": widgets})
    )


def _series(signal: Signal, balancer: str, target_groups: Mapping[str, str]) -> list[list[object]]:
    series: list[list[object]] = []
    for colour, target_group in target_groups.items():
        expression = signal.expression
        for metric in signal.metrics:
            # Ids are unique in a widget, and an alarm's are not made for two groups.
            expression = expression.replace(metric.id, f"{metric.id}_{colour}")
        series.append([{"expression": expression, "label": colour, "id": f"signal_{colour}"}])
        series.extend(
            [
                "AWS/ApplicationELB",
                metric.name,
                "LoadBalancer",
                balancer,
                "TargetGroup",
                target_group,
                {"id": f"{metric.id}_{colour}", "stat": metric.statistic, "visible": False},
            ]
            for metric in signal.metrics
        )
    return series
