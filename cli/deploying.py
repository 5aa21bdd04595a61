"""`lastgood deploy`: the stacks in their order, each shown before it is changed, then the release through the desk."""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import control, toolchain
from cli.asking import ask
from cli.aws import Aws
from cli.confirming import confirm, require_terminal
from cli.errors import CommandError, NotDoneError, StepFailedError, UnansweredError
from cli.plane import Plane
from cli.project import WORK
from cli.terraform import Terraform
from modules.naming import Naming
from modules.remote_state import RemoteState
from recovery.core.submission import Answer, Ticket

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cli.progress import Progress
    from cli.project import Project

ASKED = "--auto-approve"
LAST = "control_plane"
SHOWN: Mapping[tuple[str, ...], str] = {
    ("create",): "create",
    ("update",): "change",
    ("delete",): "destroy",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
}
# What the provider shows of a function that ended with an error: its answer, JSON.
MESSAGE = re.compile(r'"errorMessage"\s*:\s*(?P<why>"(?:[^"\\]|\\.)*")')


@dataclass(frozen=True)
class Deployed:
    """The control plane as it is after a deployment, and what became of the release."""

    plane: Plane
    ticket: Ticket


def deploy(project: Project, progress: Progress, *, approved: bool, accept_degraded: bool) -> Deployed:
    """Deploy every stack and submit the release.

    Raises:
        CommandError, StepFailedError.
        NotDoneError: the answer to a question was no, or the release is refused.
    """
    settings = project.settings()
    toolchain.check()
    if not approved:
        require_terminal(ASKED)
    naming = Naming.of(settings)
    aws = Aws(naming.region)
    aws.require(naming.account, project.file)
    if aws.bucket(RemoteState.of(naming, settings.state.lock).bucket) is None:
        raise CommandError("there is no place for Terraform's state yet; run `lastgood bootstrap` first")
    with progress.step("synthesize"):
        project.synthesize()
    stacks = {name: Terraform(project.stack(name), work=WORK, environment={}) for name in ("network", "service", LAST)}
    for name in ("network", "service"):
        _apply(name, stacks[name], progress, of=naming.prefix, approved=approved)
    release = submission(stacks["service"].outputs(), reversible=settings.release.reversible)
    if accept_degraded:
        _accept(stacks[LAST], release)
    submitted = _apply(LAST, stacks[LAST], progress, of=naming.prefix, approved=approved)
    outputs = stacks[LAST].outputs()
    record = control.ControlRecord.of(outputs["control"], f"the output 'control' of {LAST}")
    control.save(record, control.path(naming))
    plane = Plane(record)
    if submitted:
        return Deployed(plane, ticket(outputs["ticket"]))
    return Deployed(plane, ask(plane, _request(plane, release, accept_degraded=accept_degraded)))


def submission(outputs: Mapping[str, Any], *, reversible: bool) -> dict[str, Any]:
    """The release, of the service's outputs, as the desk takes it."""
    return {
        "template_id": outputs["record"]["template_id"],
        "version": int(outputs["record"]["template_version"]),
        "fingerprint": outputs["fingerprint"],
        "content": outputs["release"],
        "reversible": reversible,
    }


def ticket(output: str) -> Ticket:
    """Of Terraform's output, which is the function's answer."""
    found: Mapping[str, str] = json.loads(output)
    return Ticket(Answer(found["answer"]), found["run"], found["reason"])


def summary(name: str, plan: Mapping[str, Any]) -> list[str]:
    """A plan for people: how much of what, and each resource; empty where it changes nothing."""
    changed = [(_shown(one), str(one["address"])) for one in changes(plan)]
    if not changed:
        return []
    counted = Counter(action for action, _ in changed)
    return [
        f"{name}: {', '.join(f'{count} to {action}' for action, count in sorted(counted.items()))}",
        *(f"  {action:<8} {address}" for action, address in changed),
    ]


def changes(plan: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """A plan's resources that change."""
    found: list[Mapping[str, Any]] = plan.get("resource_changes") or []
    return [one for one in found if tuple(one["change"]["actions"]) in SHOWN]


def refusal(output: str) -> str | None:
    """Why the submit function refused a release, of what Terraform printed; None where it did not."""
    text = " ".join(line.strip(" │\t") for line in output.splitlines())
    found = MESSAGE.search(text) if "RefusedError" in text else None
    return str(json.loads(found["why"])) if found else None


def _apply(stack: str, terraform: Terraform, progress: Progress, *, of: str, approved: bool) -> bool:
    """Plan, ask, apply that very plan. Whether the release was submitted by it."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "plan"
        with progress.step(f"plan {stack}"):
            terraform.init()
            plan = terraform.plan(file)
        submits = any(one["type"] == "aws_lambda_invocation" for one in changes(plan))
        lines = summary(stack, plan)
        for line in lines or [f"{stack}: no changes"]:
            progress.say(line)
        # Outputs alone may change, without a question: nothing of AWS is touched.
        if lines:
            confirm(f"apply this to {stack} of {of}?", yes=approved, option=ASKED)
        with progress.step(f"apply {stack}"):
            _apply_plan(terraform, file, submits=submits)
    return submits


def _apply_plan(terraform: Terraform, file: Path, *, submits: bool) -> None:
    try:
        terraform.apply(str(file))
    except StepFailedError as error:
        why = refusal(terraform.last_output("apply"))
        if why is not None:
            raise NotDoneError(f"refused: {why}") from error
        raise
    except KeyboardInterrupt:
        # Terraform has ended. What it submitted goes on.
        if submits:
            raise UnansweredError from None
        raise


def _accept(terraform: Terraform, release: Mapping[str, Any]) -> None:
    """Submit before Terraform does, which accepts nothing: it then joins the run. Not where there is no desk yet."""
    terraform.init()
    found = terraform.outputs().get(control.OUTPUT)
    if found is not None:
        plane = Plane(control.ControlRecord.of(found, f"the output {control.OUTPUT!r} of {LAST}"))
        ask(plane, _request(plane, release, accept_degraded=True))


def _request(plane: Plane, release: Mapping[str, Any], *, accept_degraded: bool) -> dict[str, Any]:
    return {"by": plane.desk.caller(), "release": release, "accept_degraded": accept_degraded}


def _shown(change: Mapping[str, Any]) -> str:
    return SHOWN[tuple(change["change"]["actions"])]
