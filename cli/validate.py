"""`lastgood validate`: Terraform's own check of every synthesized stack of every environment. Asks nothing of AWS."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cli import toolchain
from cli.project import STACKS, WORK
from cli.terraform import Terraform
from modules.settings_file import environments

if TYPE_CHECKING:
    from cli.progress import Progress
    from cli.project import Project


def validate(project: Project, progress: Progress) -> list[str]:
    """Synthesize into a temporary folder and validate; the stacks that were, as `environment/stack`.

    Raises:
        CommandError, StepFailedError.
    """
    toolchain.check()
    done: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        for environment in environments(project.config):
            chosen = replace(project, environment=environment, outdir=Path(scratch) / environment)
            with progress.step(f"validate {environment}"):
                chosen.synthesize()
                for stack in STACKS:
                    terraform = Terraform(chosen.stack(stack), work=WORK, environment={})
                    terraform.run("init", "-backend=false")
                    terraform.run("validate")
                    done.append(f"{environment}/{stack}")
    return done
