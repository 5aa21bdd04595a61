"""The demo's story: three releases under a constant load; one turns bad in its bake, one long after it was promoted."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.errors import StepFailedError
from cli.story import ReleaseOutcome, RunSpan, Story, incidents, rollback_seconds
from cli.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cli.aws_demo import Deployed
    from cli.load import Load
    from cli.progress import Progress
    from cli.project import Project
    from cli.terraform import Terraform

RUN_SECONDS = 240.0
POLL_SECONDS = 0.3
BAD = ("v2", "v3")
HELD_BACK = "is held back"


@dataclass(frozen=True)
class Told:
    """The story, and what was seen of Terraform on the way."""

    story: Story
    rollback_seconds: tuple[float, ...]
    """From the first alarm or bad verdict to the last answer of the release, for each time that one was taken back."""
    quarantined: tuple[str, ...]
    changes_while_held_back: int
    warned: bool


@dataclass
class Teller:
    """Tells the story on a deployment. Every apply is Terraform's own."""

    project: Project
    stacks: Mapping[str, Terraform]
    deployed: Deployed
    load: Load
    progress: Progress

    def tell(self) -> Told:
        """Raises StepFailedError where something ends otherwise than told."""
        began = time.time()
        names: dict[str, str] = {}
        with Watch(self.deployed) as watch:
            watch.say("v1 submitted")
            names[self._fingerprint()] = "v1"
            v1 = self._follow("v1", began, "Promoted", "v1 is promoted")

            submitted = self._release("v2", "errors=40%", watch)
            names[self._fingerprint()] = "v2"
            v2 = self._follow("v2", submitted, "Restored", "v2 errs in its bake and goes back by itself")
            with self.progress.step("plan while v2 is held back"):
                changes = sum(stack.has_changes() for stack in self.stacks.values())
                warned = HELD_BACK in self.stacks["control_plane"].last_output("plan")

            submitted = self._release("v3", "", watch)
            names[self._fingerprint()] = "v3"
            v3 = self._follow("v3", submitted, "Promoted", "v3 is promoted")
            with self.progress.step("v3 turns bad and is rolled back from the warm group"):
                watch.say("v3 turns bad")
                self.deployed.behave(self._fingerprint(), "errors=60%")
                rollback = self._until(self._rollback_of(self._fingerprint()), "v3 is rolled back")
                started = time.time()
                self._until(lambda: self.deployed.over(rollback), f"{rollback} ends")
            record = self.deployed.runs()[rollback]
            if record.get("outcome") != "Restored":
                raise StepFailedError(f"{rollback} ended {record}", tail=[], log="")
            back = RunSpan(started, time.time(), "rollback", str(record["outcome"]).upper())
        samples = self.load.samples()
        bad = {fingerprint: name for fingerprint, name in names.items() if name in BAD}
        story = Story(
            began=began,
            samples=samples,
            marks=incidents(watch.marks, samples, bad),
            releases=tuple(release for release, _ in (v1, v2, v3)),
            names=names,
            runs=(*(span for _, span in (v1, v2, v3)), back),
        )
        held = self.deployed.item("status").get("quarantined", {})
        return Told(
            story=story,
            rollback_seconds=tuple(round(seconds, 1) for seconds in rollback_seconds(story)),
            quarantined=tuple(name for fingerprint, name in names.items() if fingerprint in held),
            changes_while_held_back=changes,
            warned=warned,
        )

    def _release(self, name: str, line: str, watch: Watch) -> float:
        """Apply an edited release, and when it was submitted."""
        with self.progress.step(f"apply {name}"):
            script = self.project.config / "user-data.sh"
            lines = script.read_text(encoding="utf-8").split("\n# demo: ")[0].rstrip()
            script.write_text(f"{lines}\n# demo: {name}\n# localaws: boot=2s {line}\n", encoding="utf-8")
            self.project.synthesize()
            self.stacks["service"].apply()
            watch.say(f"{name} submitted")
            submitted = time.time()
            self.stacks["control_plane"].apply()
        return submitted

    def _follow(self, name: str, submitted: float, wanted: str, label: str) -> tuple[ReleaseOutcome, RunSpan]:
        """Wait for the end of the run that the last apply started."""
        fingerprint = self._fingerprint()
        with self.progress.step(label):
            ticket: dict[str, Any] = json.loads(self.stacks["control_plane"].outputs()["ticket"])
            run = str(ticket["run"])
            self._until(lambda: self.deployed.over(run), f"{run} ends")
        record = self.deployed.runs()[run]
        if record.get("outcome") != wanted:
            raise StepFailedError(
                f"{name} ended {record.get('outcome')}, not {wanted}: {record.get('reason')}", tail=[], log=""
            )
        span = RunSpan(submitted, time.time(), name, wanted.upper())
        seconds = round(span.ended - span.began, 1)
        version, reason = int(record["version"]), str(record["reason"])
        return ReleaseOutcome(name, fingerprint, version, span.outcome, seconds, reason), span

    def _rollback_of(self, fingerprint: str) -> Callable[[], str]:
        return lambda: next((run for run, one in self.deployed.runs().items() if one.get("bad") == fingerprint), "")

    def _fingerprint(self) -> str:
        return str(self.stacks["service"].outputs()["fingerprint"])

    def _until(self, true: Callable[[], Any], what: str) -> Any:
        give_up = time.monotonic() + RUN_SECONDS
        while not (found := true()):
            if time.monotonic() > give_up:
                raise StepFailedError(f"not within {RUN_SECONDS:.0f} s: {what}", tail=[], log="")
            time.sleep(POLL_SECONDS)
        return found


def write(story: Story, path: Path) -> None:
    """The picture."""
    from cli.picture.page import render  # noqa: PLC0415 only when there is something to draw

    path.write_text(render(story), encoding="utf-8")
