"""The rule that hands the groups' alarms on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from recovery.aws.clients import ask, client, code_of
from recovery.core.parts import AlarmRule
from recovery.errors import AwsError
from recovery.permissions import READ_ALARM_RULE, needs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.settings import Settings

GONE = "ResourceNotFoundException"


class Rules:
    """Of one environment."""

    def __init__(self, settings: Settings) -> None:
        self._name = settings.alarm_rule
        self._submit = settings.submit_function
        self._events = client("events")

    @needs(READ_ALARM_RULE)
    def for_alarms(self) -> AlarmRule | None:
        """As it stands; None where it is gone."""
        try:
            found = ask(self._events.describe_rule, Name=self._name)
            targets: list[Mapping[str, str]] = ask(self._events.list_targets_by_rule, Rule=self._name)["Targets"]
        except AwsError as error:
            if code_of(error) == GONE:
                return None
            raise
        pattern: dict[str, Any] = json.loads(found.get("EventPattern") or "{}")
        names: list[str] = pattern.get("detail", {}).get("alarmName") or []
        reaches = any(one["Arn"].endswith(f":function:{self._submit}") for one in targets)
        return AlarmRule(found.get("State") == "ENABLED", tuple(names), reaches)
