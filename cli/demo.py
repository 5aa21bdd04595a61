"""`lastgood demo`: the whole stack on the embedded AWS, with real Terraform, and what a newcomer wants proven."""

from __future__ import annotations

import json
import secrets
import shutil
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cli import toolchain
from cli.bootstrap import bootstrap
from cli.demo_story import Teller, Told, write
from cli.errors import StepFailedError
from cli.load import Load
from cli.project import ROOT, STACKS, WORK
from cli.story import failed_by_release, failures_because_of_a_shift
from cli.story import table as events
from cli.terraform import Terraform
from localaws.process import running
from modules.naming import Naming
from modules.parameter_names import secret_variables
from modules.remote_state import RemoteState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cli.progress import Progress
    from cli.project import Project
    from localaws.process import LocalAws
    from modules.settings import Settings

FOLDER = WORK / "demo"
REFUSED = "Error acquiring the state lock"
# The load balancer alone takes a minute in the provider; the lock is there after a few seconds.
LOCK_SECONDS = 60.0
ANSWER_SECONDS = 30.0
KINDS_SHOWN = 4
# A minute of the emulator's clock takes four seconds, but for what functions take, which run in real time.
SPEED = 15
REQUESTS_PER_SECOND = 50
PICTURE = ROOT / "demo.html"


@dataclass(frozen=True)
class Outcome:
    """What the demo showed."""

    resources: dict[str, list[str]]
    """Addresses by stack."""
    changes: list[str]
    """Stacks whose second plan was not empty."""
    concurrent_apply: str
    answer: dict[str, Any]
    told: Told | None = None

    @property
    def count(self) -> int:
        return sum(len(addresses) for addresses in self.resources.values())

    @property
    def good(self) -> bool:
        plain = not self.changes and self.concurrent_apply == "refused"
        if self.told is None:
            return plain
        held = self.told.changes_while_held_back == 0 and self.told.warned
        return plain and held and not failures_because_of_a_shift(self.told.story.samples)


def demo(project: Project, progress: Progress, *, keep: bool) -> Outcome:
    """Deploy to a fresh embedded AWS and look at the result. With `keep` it stays up until Ctrl-C.

    Raises:
        CommandError, StepFailedError, LocalAwsError.
    """
    settings = project.settings()
    toolchain.check()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    # The releases of the story are edits of the user data: of a copy.
    shutil.copytree(project.config, FOLDER / "config")
    ours = replace(project, config=FOLDER / "config", outdir=FOLDER / "cdktf.out")
    with ExitStack() as stack:
        with progress.step("start localaws"):
            log = FOLDER / "localaws.log"
            aws = stack.enter_context(running(settings.aws.account, settings.aws.region, log=log, speed=SPEED))
        stack.enter_context(aws.entered())
        variables = secret_values(settings)
        outcome = deploy(ours, aws, progress, work=FOLDER, variables=variables)
        outcome = replace(outcome, told=_tell(ours, aws, progress, variables))
        if keep:
            _wait(aws, progress)
        return outcome


def _tell(project: Project, aws: LocalAws, progress: Progress, variables: Mapping[str, str]) -> Told:
    """Three releases under load, and their picture in demo.html."""
    from cli.aws_demo import Deployed  # noqa: PLC0415 boto3 is slow to import

    stacks = {name: Terraform(project.stack(name), work=FOLDER, environment=variables) for name in STACKS}
    control, service = stacks["control_plane"].outputs()["control"], stacks["service"].outputs()
    with Load(_address(aws), REQUESTS_PER_SECOND, workers=4) as load:
        deployed = Deployed(aws.endpoint, control, service["record"])
        told = Teller(project, stacks, deployed, load, progress).tell()
    write(told.story, PICTURE)
    return told


def deploy(project: Project, aws: LocalAws, progress: Progress, *, work: Path, variables: Mapping[str, str]) -> Outcome:
    """Bootstrap, deploy every stack, plan again, and ask the app. `work` takes logs and working copies.

    Raises:
        CommandError, StepFailedError.
    """
    bootstrap(project, progress, work=work, variables=variables)
    stacks = {name: Terraform(project.stack(name), work=work, environment=variables) for name in STACKS}
    with progress.step("deploy network"):
        stacks["network"].init()
        stacks["network"].apply()
    second = Terraform(_copy(project.stack("service"), work), work=work, environment=variables)
    concurrent = _deploy_service(project.settings(), stacks["service"], second, progress)
    with progress.step("deploy control plane", note="the provider waits half a minute for a queue"):
        stacks["control_plane"].init()
        stacks["control_plane"].apply()
    with progress.step("plan again"):
        stacks["state_backend"].init()
        changes = [name for name, terraform in stacks.items() if terraform.has_changes()]
    with progress.step("ask the app"):
        answer = _answer(aws, work)
    return Outcome(
        resources={name: terraform.resources() for name, terraform in stacks.items()},
        changes=changes,
        concurrent_apply=concurrent,
        answer=answer,
    )


def secret_values(settings: Settings) -> dict[str, str]:
    """A random value for each secret, as the environment variables by which Terraform takes them."""
    return {f"TF_VAR_{name}": secrets.token_urlsafe(24) for name in secret_variables(settings.parameters).values()}


def table(outcome: Outcome) -> str:
    """The outcome for people."""
    lines = [""]
    for stack, addresses in outcome.resources.items():
        kinds = Counter(address.split(".")[0].removeprefix("aws_") for address in addresses)
        most = ", ".join(f"{count} {kind}" if count > 1 else kind for kind, count in kinds.most_common(KINDS_SHOWN))
        lines.append(f"  {stack:<14} {len(addresses):3}  {most}{', …' if len(kinds) > KINDS_SHOWN else ''}")
    said = ", ".join(f"{key} {value}" for key, value in outcome.answer.items())
    lines += ["", "  the app answers through the load balancer:", f"  {said}", ""]
    lines.append(f"resources created: {outcome.count}")
    lines.append(
        "plan after apply: no changes"
        if not outcome.changes
        else f"plan after apply: CHANGES in {', '.join(outcome.changes)}"
    )
    lines.append(f"second apply: {'refused by the lock' if outcome.concurrent_apply == 'refused' else 'NOT REFUSED'}")
    if outcome.told:
        lines += story_lines(outcome.told)
    return "\n".join(lines)


def story_lines(told: Told) -> list[str]:
    """The story for people: each event with its second, each release with its outcome."""
    lines = ["", "  second  event"]
    lines += [
        f"  {row.seconds:6.1f}  {row.event}{f' ({row.detail})' if row.detail else ''}" for row in events(told.story)
    ]
    failed = failed_by_release(told.story)
    lines += ["", *(f"  {one.name}: {one.outcome}. {one.reason}" for one in told.story.releases), ""]
    lines.append(f"requests: {len(told.story.samples)}; failed, by the release that answered: {failed or 'none'}")
    back = ", ".join(f"{seconds:g} s" for seconds in told.rollback_seconds)
    lines.append(f"from alarm to the last good release serving every request: {back}")
    warned = "and a warning" if told.warned else "NO WARNING"
    lines.append(f"plan while v2 was held back: {told.changes_while_held_back} changes, {warned}")
    lines.append(f"quarantined: {', '.join(told.quarantined)}; the picture is in {PICTURE.name}")
    return lines


def story_figures(told: Told) -> dict[str, Any]:
    """The same for `--json`."""
    return {
        "releases": {one.name: one.outcome for one in told.story.releases},
        "rollback_seconds_from_alarm": list(told.rollback_seconds),
        "requests": len(told.story.samples),
        "failed_requests_by_release": failed_by_release(told.story),
        "failed_because_of_a_shift": len(failures_because_of_a_shift(told.story.samples)),
        "plan_changes_while_held_back": told.changes_while_held_back,
        "warned_while_held_back": told.warned,
        "quarantined": list(told.quarantined),
    }


def _deploy_service(settings: Settings, terraform: Terraform, second: Terraform, progress: Progress) -> str:
    """Apply the service and, while that runs, try a second apply of it from another working copy."""
    with progress.step("deploy service", note="the provider waits a minute for a load balancer"):
        terraform.init()
        second.init()
        with terraform.start("apply", "-auto-approve") as first:
            await_lock(first.finished, RemoteState.of(Naming.of(settings), settings.state.lock))
            with second.start("apply", "-auto-approve", "-lock-timeout=0s") as other:
                other.wait()
                refused = REFUSED in other.output()
            if first.wait() != 0:
                raise first.failure()
    return "refused" if refused else "not refused"


def await_lock(finished: Callable[[], bool], state: RemoteState) -> None:
    """Wait until somebody holds the lock of the service's state, or what should take it has finished."""
    from cli.aws import Aws  # noqa: PLC0415 boto3 is slow to import

    aws = Aws(state.region)
    until = time.monotonic() + LOCK_SECONDS
    while not finished() and time.monotonic() < until:
        key = state.key("service")
        if aws.item(state.lock_table, f"{state.bucket}/{key}") or aws.object(state.bucket, f"{key}.tflock"):
            return
        time.sleep(0.2)


def _copy(folder: Path, work: Path) -> Path:
    copy = work / f"{folder.name}-second"
    copy.mkdir()
    shutil.copy(folder / "cdk.tf.json", copy)
    return copy


def _answer(aws: LocalAws, work: Path) -> dict[str, Any]:
    """The app's answer through the public listener, once an instance is up."""
    address = _address(aws)
    until = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            answer: dict[str, Any] = json.loads(_get(address))
        except (urllib.error.URLError, ValueError) as error:
            if time.monotonic() > until:
                raise StepFailedError(
                    f"the app does not answer at {address}: {error}", tail=[], log=str(work)
                ) from error
            time.sleep(0.3)
        else:
            return answer


def _address(aws: LocalAws) -> str:
    """Where the public listener is on loopback."""
    listeners = json.loads(_get(f"{aws.endpoint}/_localaws/listeners"))
    return str(min(listeners, key=lambda listener: listener["port"])["address"])


def _get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=5) as response:  # noqa: S310 our own server on loopback
        text: str = response.read().decode()
        return text


def _wait(aws: LocalAws, progress: Progress) -> None:
    progress.say(f"localaws keeps running at {aws.endpoint}; Ctrl-C stops it")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return
