"""One environment on one embedded AWS, deployed by the code that the demo runs."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cli.bootstrap import bootstrap
from cli.demo import Outcome, deploy, secret_values
from cli.progress import Progress
from cli.project import Project
from cli.terraform import Terraform
from tests.conftest import Edit, edited
from tests.e2e.inventory import inventory

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.process import LocalAws


@dataclass
class Site:
    """Where a test deploys. The configuration is dev's, edited."""

    aws: LocalAws
    project: Project
    work: Path
    edits: tuple[Edit, ...] = ()
    variables: dict[str, str] = field(default_factory=dict[str, str])
    outcome: Outcome | None = None
    fingerprint: str = ""
    disturbed: bool = False
    there_before: set[str] = field(default_factory=set[str])

    @classmethod
    def prepare(cls, aws: LocalAws, folder: Path, *edits: Edit) -> Site:
        """A site that nothing was deployed to yet."""
        project = Project("dev", folder / "config", folder / "cdktf.out")
        project.config.mkdir(parents=True)
        work = folder / "work"
        work.mkdir()
        site = cls(aws, project, work, edits)
        site.configure()
        site.variables = secret_values(project.settings())
        return site

    def configure(self, *edits: Edit) -> None:
        """Start again from the site's own configuration, with these edits, and synthesize."""
        edited(self.project.config, "dev", *self.edits, *edits)
        self.project.synthesize()
        self.disturbed = bool(edits)

    def restore(self) -> None:
        """Take back what a test changed."""
        self.configure()
        self.terraform("service").apply()

    def deploy(self) -> Outcome:
        """Deploy everything, as the demo does."""
        self.there_before = inventory()
        self.outcome = deploy(self.project, self.aws, Progress(io.StringIO()), work=self.work, variables=self.variables)
        self.fingerprint = self.terraform("service").outputs()["fingerprint"]
        return self.outcome

    def deploy_once(self) -> dict[str, dict[str, Any]]:
        """Deploy everything without looking at it twice; each stack's outputs."""
        bootstrap(self.project, Progress(io.StringIO()), work=self.work, variables=self.variables)
        outputs: dict[str, dict[str, Any]] = {}
        for name in ("network", "service", "control_plane"):
            terraform = self.terraform(name)
            terraform.init()
            terraform.apply()
            outputs[name] = terraform.outputs()
        return outputs

    def terraform(self, stack: str) -> Terraform:
        return Terraform(self.project.stack(stack), work=self.work, environment=self.variables)

    def elsewhere(self, stack: str, folder: Path) -> Terraform:
        """A second working copy of a stack, not initialized yet."""
        other = replace(self.project, outdir=folder / "cdktf.out")
        other.synthesize()
        return Terraform(other.stack(stack), work=folder, environment=self.variables)

    def changes(self, stack: str) -> dict[str, list[str]]:
        """What a plan would do: address → actions, where there are any."""
        plan = self.terraform(stack).plan(self.work / f"{stack}.plan")
        changes: list[dict[str, Any]] = plan.get("resource_changes", [])
        return {
            change["address"]: change["change"]["actions"]
            for change in changes
            if change["change"]["actions"] not in (["no-op"], ["read"])
        }

    def destroy(self) -> None:
        """Tear everything down, as docs/guide.md says."""
        for stack in ("control_plane", "service", "network"):
            self.terraform(stack).destroy()
        state = self.terraform("state_backend")
        override = state.folder / "backend_override.tf.json"
        override.write_text(json.dumps({"terraform": {"backend": {"local": {}}}}), encoding="utf-8")
        state.init("-migrate-state", "-force-copy")
        state.destroy()
        override.unlink()
        self.outcome = None
