"""The demo's story: three releases under a constant load; one turns bad in its bake, one long after it was promoted."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.errors import StepFailedError
from cli.story import ReleaseOutcome, RunSpan, Story
from cli.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cli.aws_demo import Deployed
    from cli.load import Load
    from cli.progress import Progress
    from cli.project import Project
    from cli.story import Mark
    from cli.terraform import Terraform

RUN_SECONDS = 240.0
POLL_SECONDS = 0.3
HELD_BACK = "is held back"


@dataclass(frozen=True)
class Told:
    """The story, and what was seen of Terraform on the way."""

    story: Story
    rollback_seconds: tuple[float, ...]
    """From what was noticed to the last answer of the bad release, for each time that one was taken back."""
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
        outcomes: list[ReleaseOutcome] = []
        with Watch(self.deployed) as watch:
            watch.say("v1 submitted")
            names[self._fingerprint()] = "v1"
            outcomes.append(self._follow("v1", "Promoted", "v1 is promoted"))

            self._release("v2", "errors=40%", watch)
            names[self._fingerprint()] = "v2"
            outcomes.append(self._follow("v2", "Restored", "v2 errs in its bake and goes back by itself"))
            with self.progress.step("plan while v2 is held back"):
                changes = sum(stack.has_changes() for stack in self.stacks.values())
                warned = HELD_BACK in self.stacks["control_plane"].last_output("plan")

            self._release("v3", "", watch)
            names[self._fingerprint()] = "v3"
            outcomes.append(self._follow("v3", "Promoted", "v3 is promoted"))
            with self.progress.step("v3 turns bad and is rolled back from the warm group"):
                watch.say("v3 turns bad")
                self.deployed.behave(self._fingerprint(), "errors=60%")
                rollback = self._until(self._rollback_of(self._fingerprint()), "v3 is rolled back")
                self._until(lambda: self.deployed.over(rollback), f"{rollback} ends")
            record = self.deployed.runs()[rollback]
            if record.get("outcome") != "Restored":
                raise StepFailedError(f"{rollback} ended {record}", tail=[], log="")
        story = Story(
            began=began,
            samples=self.load.samples(),
            marks=watch.marks,
            releases=tuple(outcomes),
            names=names,
            runs=self._spans(watch.marks),
        )
        held = self.deployed.item("status").get("quarantined", {})
        return Told(
            story=story,
            rollback_seconds=tuple(
                taken_back(story, fingerprint) for fingerprint, name in names.items() if name in ("v2", "v3")
            ),
            quarantined=tuple(name for fingerprint, name in names.items() if fingerprint in held),
            changes_while_held_back=changes,
            warned=warned,
        )

    def _release(self, name: str, line: str, watch: Watch) -> None:
        with self.progress.step(f"apply {name}"):
            script = self.project.config / "user-data.sh"
            lines = script.read_text(encoding="utf-8").split("\n# demo: ")[0].rstrip()
            script.write_text(f"{lines}\n# demo: {name}\n# localaws: boot=2s {line}\n", encoding="utf-8")
            self.project.synthesize()
            self.stacks["service"].apply()
            watch.say(f"{name} submitted")
            self.stacks["control_plane"].apply()

    def _follow(self, name: str, wanted: str, label: str) -> ReleaseOutcome:
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
        seconds = float(record["ended_at"]) - float(record["started_at"])
        return ReleaseOutcome(name, fingerprint, int(record["version"]), wanted, round(seconds), str(record["reason"]))

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

    def _spans(self, marks: tuple[Mark, ...]) -> tuple[RunSpan, ...]:
        """A run stands between its submission and the next event of the demo's own."""
        starts = [mark for mark in marks if mark.label.endswith(("submitted", "turns bad"))]
        outcomes = ["Promoted", "Restored", "Promoted", "Restored"]
        ends = [mark.at for mark in starts[1:]] + [time.time()]
        return tuple(
            RunSpan(mark.at, end, mark.label.split()[0], outcome)
            for mark, end, outcome in zip(starts, ends, outcomes, strict=False)
        )


def taken_back(story: Story, fingerprint: str) -> float:
    """Seconds from the first alarm or verdict about a release to its last answer."""
    answers = [sample.at + sample.seconds for sample in story.samples if sample.release == fingerprint]
    if not answers:
        return 0.0
    noticed = [mark.at for mark in story.marks if mark.kind == "alarm" and min(answers) < mark.at]
    return round(max(0.0, max(answers) - min(noticed, default=max(answers))), 1)


def write(story: Story, path: Path) -> None:
    """The picture."""
    from cli.picture.page import render  # noqa: PLC0415 only when there is something to draw

    path.write_text(render(story), encoding="utf-8")
