"""A function's environment: written by the construct (`to_env`), read by the handler (`from_env`), each name once."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from recovery.core.observation import COLOURS
from recovery.core.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "LASTGOOD_"


def namespace(app: str, environment: str) -> str:
    """Of the metrics that the control plane itself makes: one an environment, so that a policy can name it."""
    return f"Lastgood/{app}-{environment}"


class SettingsError(Exception):
    """The environment lacks a variable, or one is wrong; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What every function of one environment knows. Texts, so that Terraform may fill them in; `rules` are literal."""

    app: str
    environment: str
    table: str
    bucket: str
    state_bucket: str
    state_key: str
    """Where Terraform keeps the service's state: a checkpoint names its version."""
    rule_arn: str
    balancer: str
    """The load balancer's ARN suffix, as its metrics' dimension."""
    group_blue: str
    group_green: str
    target_group_blue: str
    target_group_green: str
    parameter_key_arn: str
    machine_arn: str
    """The state machine's alias."""
    machine: str
    """Its name: executions are named under it."""
    topic_arn: str
    outbox_url: str
    """The queue that keeps a copy of every notification."""
    dead_letters_url: str
    notify_function: str
    submit_function: str
    """With its alias, as the rule for alarms names it."""
    alarm_rule: str
    """The rule that hands the groups' alarms to it."""
    alarm_prefix: str
    """An alarm's name is this, the colour, and the signal's name, with hyphens between."""
    host: str
    """The name that smoke requests ask for; empty where the load balancer has no certificate."""
    health_path: str
    test_port: str
    lease_seconds: str
    change_seconds: str
    """How long after a lease was renewed last, or expired, a change of its holder may still arrive."""
    console: str
    """A link to the state machine's runs, for notifications."""
    rules: Rules

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Settings:
        """Raises SettingsError."""
        values: dict[str, Any] = {}
        for field in fields(cls):
            name = PREFIX + field.name.upper()
            if name not in environment:
                raise SettingsError(f"the environment variable {name} is not set")
            values[field.name] = environment[name]
        try:
            values["rules"] = Rules.of(json.loads(values["rules"]))
        except (ValueError, TypeError, KeyError) as error:
            raise SettingsError(f"{PREFIX}RULES is no set of rules: {error}") from error
        return cls(**values)

    def to_env(self) -> dict[str, str]:
        """The variables that `from_env` reads."""
        texts = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "rules"}
        texts["rules"] = json.dumps(self.rules.document(), separators=(",", ":"))
        return {PREFIX + name.upper(): text for name, text in texts.items()}

    @property
    def namespace(self) -> str:
        """Of its own metrics."""
        return namespace(self.app, self.environment)

    @property
    def groups(self) -> dict[str, str]:
        """Colour → Auto Scaling group."""
        return dict(zip(COLOURS, (self.group_blue, self.group_green), strict=True))

    @property
    def target_groups(self) -> dict[str, str]:
        """Colour → target group ARN."""
        return dict(zip(COLOURS, (self.target_group_blue, self.target_group_green), strict=True))

    def alarm(self, colour: str, name: str) -> str:
        """An alarm's name."""
        return f"{self.alarm_prefix}-{colour}-{name}"

    def alarms(self) -> dict[str, str]:
        """Every alarm's name → its colour."""
        return {self.alarm(colour, one.name): colour for colour in COLOURS for one in self.rules.signals}
