"""What a change of an alarm's state sets off: an event on the default bus, and the actions for the new state.

CloudWatch guide, "Alarm events and EventBridge" and "Alarm actions". CloudWatch does not "detect any ... errors
resulting from an attempt to invoke nonexistent actions", and neither is the change held up by one here.
"""

from __future__ import annotations

import json
import logging
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.events.models import events_backends
from moto.sns.models import sns_backends

from localaws.metrics.alarms import queries_of, stamp

if TYPE_CHECKING:
    from datetime import datetime

    from moto.cloudwatch.models import Alarm

    from localaws.metrics.queries import Query

SUBJECT_LENGTH = 99  # SNS API, Publish: less than 100 characters
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm's state, since when, and why."""

    value: str
    reason: str
    reason_data: str
    at: datetime

    def shown(self) -> dict[str, str]:
        data = {"reasonData": self.reason_data} if self.reason_data not in ("", "{}") else {}
        return {"value": self.value, "reason": self.reason, **data, "timestamp": stamp(self.at)}


def announce(alarm: Alarm, previous: Standing, now: Standing) -> None:
    """The event always, the actions if they are enabled."""
    _, _, _, region, account, *_ = alarm.alarm_arn.split(":")
    event = {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Resources": [alarm.alarm_arn],
        "Time": now.at.timestamp(),
        "Detail": json.dumps(
            {
                "alarmName": alarm.name,
                "state": now.shown(),
                "previousState": previous.shown(),
                "configuration": _configuration(alarm),
            }
        ),
    }
    try:
        events_backends[account][region].put_events([event])
    except Exception:
        log.exception("the event of alarm %s was not delivered", alarm.name)
    if alarm.actions_enabled:
        actions = {"ALARM": alarm.alarm_actions, "OK": alarm.ok_actions}.get(now.value, alarm.insufficient_data_actions)
        for action in actions:
            _act(action, alarm, previous, now, account)


def _act(action: str, alarm: Alarm, previous: Standing, now: Standing, account: str) -> None:
    _, _, service, region, *_ = action.split(":")
    if service != "sns":
        log.error("alarm %s has an action that localaws does not take: %s", alarm.name, action)
        return
    message = json.dumps(
        {
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.description,
            "AWSAccountId": account,
            "NewStateValue": now.value,
            "NewStateReason": now.reason,
            "StateChangeTime": stamp(now.at),
            "Region": region,
            "AlarmArn": alarm.alarm_arn,
            "OldStateValue": previous.value,
        }
    )
    subject = f'{now.value}: "{alarm.name}" in {region}'[:SUBJECT_LENGTH]
    try:
        sns_backends[account][region].publish(message, arn=action, subject=subject)
    except Exception:
        log.exception("the action %s of alarm %s failed", action, alarm.name)


def _configuration(alarm: Alarm) -> dict[str, Any]:
    return {"description": alarm.description or "", "metrics": [_shown(query) for query in queries_of(alarm)]}


def _shown(query: Query) -> dict[str, Any]:
    measured = query.measured
    if measured is None:
        return {"id": query.id, "expression": query.expression, "label": query.label, "returnData": query.returns}
    metric = {
        "namespace": measured.metric.namespace,
        "name": measured.metric.name,
        "dimensions": dict(sorted(measured.metric.dimensions)),
    }
    stat = {"metric": metric, "period": int(measured.period.total_seconds()), "stat": measured.statistic}
    # An alarm of a single metric has no id of the user's.
    return {"id": query.id or str(uuid.uuid4()), "metricStat": stat, "returnData": query.returns}
