"""One environment's control plane, as an operator's command reaches it: its own adapters read, its desk changes."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from cli.aws import use_region
from cli.aws_desk import Desk
from cli.aws_runs import History
from cli.control import find
from cli.explaining import choose, explain
from cli.project import Project
from recovery.aws.archive import Archive
from recovery.aws.look import Look
from recovery.aws.store import Store
from recovery.aws.templates import Templates
from recovery.core.observation import COLOURS

if TYPE_CHECKING:
    from cli.control import ControlRecord
    from cli.explaining import Explanation
    from recovery.core.incident import Alarm
    from recovery.core.observation import Observation


class Plane:
    """Every method raises CommandError or AwsError where AWS refuses or is out of reach."""

    @classmethod
    def chosen(cls, environment: str | None = None) -> Self:
        """The one that the environment variables choose, or that of a named environment."""
        project = Project.chosen()
        return cls(find(replace(project, environment=environment) if environment else project))

    def __init__(self, record: ControlRecord) -> None:
        self.settings = record.settings()
        self.name = record.name
        self.region = record.region
        self.readiness_function = record.readiness_function
        use_region(record.region)
        self.desk = Desk(record.region, record.submit_function)
        self.store = Store(self.settings)
        self.archive = Archive(self.settings)
        self.templates = Templates()
        self._look = Look(self.settings)

    def look(self) -> tuple[Observation, list[Alarm]]:
        """Everything, now."""
        return self._look.with_alarms(time.time())

    def fingerprints(self, seen: Observation) -> dict[str, str]:
        """Colour → the release that its group runs; empty where it runs none of ours."""
        running = {colour: seen.groups[colour].runs() for colour in COLOURS}
        return {colour: self.templates.fingerprint(*runs) if runs else "" for colour, runs in running.items()}

    def explain_rollback(self) -> Explanation:
        """What a rollback would do now."""
        seen = self._look.groups_and_rule(time.time())
        serves = self.templates.fingerprint(*seen.groups[seen.serving()].holds())
        texts = {key: self.archive.read(key) or "" for key in self.archive.keys()}  # noqa: SIM118 an archive is no dict
        choice = choose(texts, self.store.held_back(), serves)
        return explain(seen, self.store.lease(), choice, serves, self.settings.rules)

    def history(self, run: str) -> History:
        """Of one run."""
        return History(self.region, self.settings, run)
