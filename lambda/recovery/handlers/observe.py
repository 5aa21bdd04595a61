"""Looks, and says what it sees. Changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recovery.aws import clock
from recovery.aws.archive import Archive
from recovery.aws.look import Look
from recovery.aws.parameters import Parameters
from recovery.aws.store import Store
from recovery.aws.templates import Templates
from recovery.core import baking, capturing, loading, preparing, sharing, shifting
from recovery.core.answers import Answer, Go
from recovery.core.checkpoint import CheckpointError, Stored, checkpoint_of, last_known_good, read
from recovery.core.lease import Kind
from recovery.core.observation import other
from recovery.core.passage import Passage
from recovery.core.protocol import looks
from recovery.core.restored import differences
from recovery.handlers.entry import said, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recovery.core.checkpoint import Choice
    from recovery.core.release import Release

# Older checkpoints are read only where the newer ones cannot be used.
CHECKPOINTS_READ = 20


class Observer:
    """One step's look."""

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        self.settings = settings()
        self.rules = self.settings.rules
        self.now = clock.now()
        self.look = Look(self.settings)
        self.store = Store(self.settings)
        self.templates = Templates()

    def load(self) -> Answer:
        """The candidate, or the last known good release."""
        if self.passage.kind is Kind.RELEASE and self.passage.candidate is not None:
            release = self.passage.candidate
            return loading.candidate(release, self.store.mark(release.fingerprint), self._missing(release))
        seen, _ = self.look.with_alarms(self.now, health=False, flip=False)
        serving = seen.groups[seen.serving()]
        serves = self.templates.fingerprint(*serving.holds())
        head, held_back = self.store.head(), self.store.held_back()
        if self.passage.kind is Kind.RECONCILE:
            return Answer(Go.ON, f"{serving.colour} serves release {serves[:12]}", facts={"serves": serves})
        if self.passage.kind is Kind.ROLLBACK:
            refused = loading.may_roll_back(
                seen,
                self.passage,
                head,
                serving=self._checkpointed(serves),
                serves=serves,
                rolled_back_before=self.store.history(serves).automatic,
                rules=self.rules,
            )
            if refused is not None:
                return refused
            bad = self.passage.bad
            return loading.last_good(self._choose(held_back | ({bad} - {""}), back_from=bad or serves), serves)
        # What a rollback would go to; where there is nothing, what serves.
        chosen = self._choose(held_back | {serves}, back_from=serves)
        if chosen.checkpoint is None:
            chosen = self._choose(held_back)
        answer, now = loading.last_good(chosen, serves), self._checkpointed(serves)
        unshared = sharing.unshared(
            serves=serves,
            target=chosen.checkpoint.release.fingerprint if chosen.checkpoint else "",
            promoted=now is not None,
            reversible=now is not None and now.reversible,
        )
        return replace(answer, facts={**answer.facts, "unshared": unshared})

    def capture(self) -> Answer:
        """The undo point, and the profile."""
        seen, _ = self.look.with_alarms(self.now)
        promoted = self.store.head() is not None
        answer = capturing.capture(seen, self.passage, self.rules, promoted=promoted)
        if answer.go is not Go.ON:
            return answer
        runs = seen.groups[other(seen.serving())].runs()
        idle = self.templates.fingerprint(*runs) if runs else ""
        keep = loading.kept_idle(idle, self.store.held_back(), self._good())
        return replace(
            answer, facts={**answer.facts, "idle": idle, "keep_idle": keep, "nodes": self.look.balancer.nodes()}
        )

    def await_healthy(self) -> Answer:
        seen = self.look.groups_and_rule(self.now, flip=False)
        return preparing.awaiting(seen, self.passage, self.rules, looks(self.rules, "AwaitHealthy"))

    def watch_canary(self) -> Answer:
        seen = self.look.with_signals(self.now, float(self.passage.fact("Canary", "at")))
        return baking.watch_canary(seen, self.passage, self.rules)

    def watch_share(self) -> Answer:
        seen = self.look.with_signals(self.now, float(self.passage.fact("Share", "at")))
        return sharing.watch_share(seen, self.passage, self.rules)

    def confirm(self) -> Answer:
        seen = self.look.with_signals(self.now, float(self.passage.fact("Shift", "at")))
        return shifting.confirm(seen, self.passage, looks(self.rules, "Confirm"))

    def verify(self) -> Answer:
        """Every restored instance, against the checkpoint's content."""
        seen, release = self.look.groups_and_rule(self.now, health=False, flip=False), self.passage.target
        group = seen.groups[self.passage.colour]
        running = self.templates.running(one.id for one in group.instances)
        script = self.templates.user_data(release.template_id, release.version)
        wrong = differences(running, script, release)
        facts = {"at": self.now, "compared": len(running), "differences": wrong}
        if wrong:
            return Answer(Go.FAIL, f"{len(wrong)} fields are not as recorded: {wrong[0]}", facts=facts)
        return Answer(Go.ON, f"{len(running)} instances are what was recorded, field by field", facts=facts)

    def bake(self) -> Answer:
        since = float(self.passage.answer("Shift").get("at") or self.passage.fact("Capture", "at"))
        seen = self.look.with_signals(self.now, since)
        answer = baking.bake(seen, self.passage, self.rules, looks(self.rules, "Bake"))
        if answer.go is not Go.ON:
            return answer
        # What a checkpoint records around its release.
        group = seen.groups[self.passage.colour]
        around: dict[str, Any] = {
            "at": self.now,
            "weights": dict(seen.weights),
            "capacity": {
                "minimum": self.rules.minimum,
                "desired": group.desired,
                "maximum": group.maximum,
                "suspended": [],
            },
            "terraform_state": Archive(self.settings).state_version(),
        }
        return replace(answer, facts={**answer.facts, **around})

    def clear(self) -> Answer:
        seen = self.look.with_signals(self.now, float(self.passage.fact("Shift", "at")))
        return baking.clear(seen, self.passage, self.rules, looks(self.rules, "Clear"))

    def confirm_return(self) -> Answer:
        seen = self.look.groups_and_rule(self.now, health=False, flip=False)
        return shifting.confirm_return(seen, self.passage)

    def _missing(self, release: Release) -> list[str]:
        """What a release needs and is gone."""
        missing: list[str] = []
        data = self.templates.data(release.template_id, release.version)
        if data is None:
            missing.append(f"version {release.version} of {release.template_id}")
        image = str(release.content.get("image_id") or (data or {}).get("ImageId") or "")
        if image and not self.templates.image_launches(image):
            missing.append(f"image {image}")
        parameters = Parameters(self.settings)
        if release.parameters:
            missing += [f"parameter {one}" for one in parameters.missing(release.parameters.values())]
            if not parameters.key_works():
                missing.append("the parameters' key")
        return missing

    def _choose(self, held_back: frozenset[str] | set[str], back_from: str = "") -> Choice:
        archive = Archive(self.settings)
        keys, stored = archive.keys(), list[Stored]()
        before = checkpoint_of(keys, back_from)
        for key in keys[:CHECKPOINTS_READ]:
            text = archive.read(key) or ""
            stored.append(Stored(key, text, self._gone(text, held_back)))
            choice = last_known_good(stored, held_back, before)
            if choice.checkpoint is not None:
                return choice
        return last_known_good(stored, held_back, before)

    def _gone(self, text: str, held_back: frozenset[str] | set[str]) -> tuple[str, ...]:
        try:
            release = read(text).release
        except CheckpointError:
            return ()
        return () if release.fingerprint in held_back else tuple(self._missing(release))

    def _good(self) -> list[str]:
        """The fingerprints of the newest checkpoints."""
        archive = Archive(self.settings)
        found: list[str] = []
        for key in archive.keys()[:CHECKPOINTS_READ]:
            try:
                found.append(read(archive.read(key) or "").release.fingerprint)
            except CheckpointError:
                continue
        return found

    def _checkpointed(self, fingerprint: str) -> Release | None:
        """The release that serves, where it was promoted once."""
        archive = Archive(self.settings)
        for key in archive.keys()[:CHECKPOINTS_READ]:
            try:
                release = read(archive.read(key) or "").release
            except CheckpointError:
                continue
            if release.fingerprint == fingerprint:
                return release
        return None


STEPS: Mapping[str, Callable[[Observer], Answer]] = {
    "Load": Observer.load,
    "Capture": Observer.capture,
    "AwaitHealthy": Observer.await_healthy,
    "WatchCanary": Observer.watch_canary,
    "WatchShare": Observer.watch_share,
    "Confirm": Observer.confirm,
    "Verify": Observer.verify,
    "Bake": Observer.bake,
    "Clear": Observer.clear,
    "ConfirmReturn": Observer.confirm_return,
}


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Lambda's entry point."""
    observer = Observer(Passage.of(event["state"]))
    return said(event, STEPS[event["step"]](observer))
