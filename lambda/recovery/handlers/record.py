"""Writes down: lease, runs, checkpoints, head and quarantine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recovery.aws import clock
from recovery.aws.archive import Archive
from recovery.aws.metrics import Metrics
from recovery.aws.store import Store
from recovery.core import acquiring, lease, loading, outcome
from recovery.core.answers import Answer, Blame, Go
from recovery.core.checkpoint import Capacity, Checkpoint, CheckpointError, read
from recovery.core.lease import Claim, Granted, Kind, Preempts, Terms
from recovery.core.loading import Head
from recovery.core.measuring import measure
from recovery.core.passage import Passage
from recovery.core.protocol import Ending, Profile
from recovery.core.quarantine import Mark, forgiven, mark
from recovery.core.records import UNKNOWN
from recovery.core.retiring import at_once
from recovery.errors import AwsError, ConflictError
from recovery.handlers.entry import log, said, settings, turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


# The function has 8 s, and the run's end does not wait for a metric.
METRIC_WITHIN_SECONDS = 4.0


class Recorder:
    """One step's writing."""

    def __init__(self, passage: Passage, event: Mapping[str, Any]) -> None:
        self.passage = passage
        self.event = event
        self.settings = settings()
        self.rules = self.settings.rules
        self.now = clock.now()
        self.turn = turn(event)
        self.store = Store(self.settings)
        self.terms = Terms(float(self.settings.lease_seconds), float(self.settings.change_seconds))

    def acquire(self) -> Answer:
        """Take the lease, or say what stands in the way."""
        run, held = self.passage.run, self.store.lease()
        claim = Claim(run, self.passage.kind, self.passage.incident)
        record = self.store.get("run", run) or {}
        over = acquiring.over(run, record.get("outcome"))
        if over is not None:
            return over
        acquisition = lease.acquire(held, claim, self.now, self.terms, turn=self.turn)
        answer = acquiring.acquired(acquisition, claim, self.passage.began, self.rules)
        match acquisition:
            case Granted():
                self._remember(acquisition.instead_of)
                try:
                    self.store.take(acquisition.lease, acquisition.instead_of)
                except ConflictError:
                    return replace(answer, go=Go.WAIT, reason="another run took the lease at the same moment")
                self._begun(answer, acquisition.lease.took_over)
            case Preempts():
                reason, hurry = f"{run} goes first: {self.passage.cause}", self.passage.kind is Kind.ROLLBACK
                wish = {"wish": "stop", "reason": reason, "accuses": False, "hurry": hurry}
                self.store.update("wish", acquisition.run, wish)
            case _:
                pass
        return answer

    def begin(self) -> Answer:
        """Target and undo point, before any change."""
        held = self.store.renew(self.passage.run, self.passage.epoch, self.now, self.terms, turn=self.turn)
        capture = self.passage.answer("Capture")
        fields = {
            "profile": str(self.passage.profile),
            "colour": self.passage.colour,
            "target": self.passage.answer("Load").get("release", {}).get("fingerprint", ""),
            "version": self.passage.answer("Load").get("release", {}).get("version", 0),
            "undo_weights": dict(self.passage.undo.weights),
            "reason": capture["reason"],
        }
        self.store.update("run", self.passage.run, fields)
        before: Mapping[str, Any] = self._before() if self.passage.profile is Profile.RECONCILE else {}
        settles = at_once(self.passage, took_over=held.took_over, before=before, now=self.now, rules=self.rules)
        return Answer(Go.SETTLE if settles else Go.ON, f"{self.passage.profile}: {capture['reason']}")

    def _before(self) -> Mapping[str, Any]:
        """The record of the run that ended last."""
        last = str((self.store.get("status") or {}).get("last", ""))
        return (self.store.get("run", last) if last else None) or {}

    def keep(self) -> Answer:
        """Renew the lease between two looks, and read what is wished for."""
        run = self.passage.run
        self.store.renew(run, self.passage.epoch, self.now, self.terms, turn=self.turn)
        of = str(self.event.get("of", ""))
        said_last = str(self.passage.answer(of).get("reason", ""))
        self.store.update("run", run, {"step": of, "says": said_last, "looked_at": repr(self.now)})
        wish = self.store.get("wish", run) or {}
        facts = {
            "wish": wish.get("wish", ""),
            "accuses": bool(wish.get("accuses")),
            "hurry": bool(wish.get("hurry")),
        }
        return Answer(Go.ON, str(wish.get("reason", "")), facts=facts)

    def promote(self) -> Answer:
        """The checkpoint first, then head: head never names what does not exist."""
        held = self._held()
        bake, head = self.passage.answer("Bake"), self.store.head()
        release = self.passage.target
        if head is not None and head.fingerprint == release.fingerprint:
            return Answer(Go.ON, f"checkpoint {head.number} is this release's already", facts={"checkpoint": head.key})
        checkpoint = Checkpoint(
            number=loading.checkpoint_number(head),
            release=release,
            colour=self.passage.colour,
            capacity=Capacity.of(bake["capacity"]),
            weights=bake["weights"],
            terraform_state=bake["terraform_state"],
            revision=str(self.event["state"].get("revision", "")),
            recovery_points={},
            run=self.passage.run,
            at=float(bake["at"]),
        )
        archive = Archive(self.settings)
        try:
            archive.write(checkpoint.key, checkpoint.text())
        except ConflictError:
            # A run that died between checkpoint and head left this one: the same release, as good.
            if not self._is_of(archive.read(checkpoint.key), checkpoint):
                raise
        self.store.promote(Head(checkpoint.key, checkpoint.number, release.fingerprint, float(bake["at"])), head, held)
        reason = f"checkpoint {checkpoint.number}: version {release.version} is the last known good release"
        return Answer(Go.ON, reason, facts={"checkpoint": checkpoint.key})

    def finish(self) -> Answer:
        """Outcome, quarantine and history, and the lease given back, all in one transaction."""
        decided = outcome.decide(self.passage)
        lifted = forgiven(self.store.mark(decided.chosen), self.passage.cause, self.now) if decided.chosen else None
        if lifted is not None:
            self.store.lift(lifted)
        self._end(decided.ending, decided.reason, self._marked(decided.blamed))
        self._publish()
        return Answer(Go.ON, decided.reason, facts={"outcome": str(decided.ending), "at": self.now})

    def close(self) -> Answer:
        """After an escalation. A lease that is another's by now stays so."""
        reason = outcome.failure(self.passage) if self.passage.failed else self._escalated()
        told = {"told_at": repr(self.now)} if self.passage.answer("Escalate").get("go") == Go.ON else {}
        try:
            self._end(Ending.ESCALATED, reason, self._marked(outcome.blamed(self.passage)), told)
        except ConflictError:
            if not (self.store.get("run", self.passage.run) or {}).get("outcome"):
                self.store.update("run", self.passage.run, self._ending(Ending.ESCALATED, reason))
        self._publish()
        return Answer(Go.ON, reason, facts={"outcome": str(Ending.ESCALATED), "at": self.now})

    def _marked(self, blamed: tuple[str, Blame] | None) -> Mark | None:
        if blamed is None:
            return None
        fingerprint, why = blamed
        return mark(
            self.store.mark(fingerprint), Mark(fingerprint, why.level, why.evidence, self.passage.run, self.now)
        )

    def _remember(self, before: lease.Lease) -> None:
        """The holder before may have died before it wrote down whose place it had taken."""
        if before.run and before.took_over and before.run != self.passage.run:
            self.store.update("run", before.run, {"took_over": before.took_over})

    def _begun(self, answer: Answer, took_over: str) -> None:
        run, passage = self.passage.run, self.passage
        fields = {
            "kind": str(passage.kind),
            "incident": passage.incident,
            "cause": passage.cause,
            "automatic": passage.automatic,
            "accepted": passage.accepted,
            "took_over": took_over,
            "bad": passage.bad,
            "started_at": repr(answer.facts["started_at"]),
            "deadline_at": repr(answer.facts["deadline_at"]),
            "step": "Acquire",
        }
        if passage.candidate is not None:
            fields |= {"target": passage.candidate.fingerprint, "version": passage.candidate.version}
        self.store.update("run", run, fields)
        if passage.kind is Kind.ROLLBACK:
            self.store.update("release", passage.bad or UNKNOWN, {"last_at": repr(self.now)})

    def _end(self, ending: Ending, reason: str, found: Mark | None, told: Mapping[str, Any] | None = None) -> None:
        ended = {**self._ending(ending, reason), **(told or {})}
        held = self._held()
        before = str((self.store.get("status") or {}).get("last", ""))
        endings = {self.passage.run: {**ended, **self._measured(), "before": before}}
        # They wrote nothing any more once their lease was taken over.
        over = {"ended_at": repr(self.passage.started_at), "taken_over_by": self.passage.run}
        for died in self._died(held.took_over):
            endings[died] = {**ended, **over}
        self.store.finish(
            endings,
            counted=self._counted(ending),
            mark=found,
            flip=outcome.followed(self.passage),
            lease=held,
            freed=lease.release(held, self.passage.run, self.passage.epoch, self.now, self.terms),
        )

    def _died(self, newest: str) -> Iterator[str]:
        """The run that this one took the lease from, and the one that it had been taken from, and so on."""
        died = newest
        while died:
            before = self.store.get("run", died) or {}
            if not before.get("outcome"):
                yield died
            died = str(before.get("took_over", ""))

    def _ending(self, ending: Ending, reason: str) -> dict[str, Any]:
        restored = self.passage.answer("Verify")
        # Where Verify ended with an error, there is nothing that was compared.
        compared = {name: restored[name] for name in ("compared", "differences") if name in restored}
        return {"outcome": str(ending), "reason": reason, "ended_at": repr(self.now), "step": str(ending), **compared}

    def _measured(self) -> dict[str, Any]:
        """A float survives DynamoDB only as a text."""
        measured = {str(quantity): repr(value) for quantity, value in measure(self.passage).items()}
        return {"measured": measured} if measured else {}

    def _publish(self) -> None:
        """After the run's end is written: a metric that is lost changes nothing."""
        if clock.now() - self.now > METRIC_WITHIN_SECONDS:
            return
        try:
            Metrics(self.settings).put_measured(measure(self.passage), self.now)
        except AwsError as error:
            log.warning("metrics.lost", extra={"run": self.passage.run, "reason": str(error)})

    def _counted(self, ending: Ending) -> tuple[str, list[str]] | None:
        match self.passage.kind:
            case Kind.RELEASE if self.passage.candidate is not None:
                return self.passage.candidate.fingerprint, ["releases"]
            case Kind.ROLLBACK:
                acted = self.passage.automatic and ending in (Ending.RESTORED, Ending.UNDONE)
                return self.passage.bad, ["rollbacks", *(["automatic"] if acted else [])]
            case _:
                return None

    def _held(self) -> lease.Lease:
        """The lease as it is; its owner is checked again by the write."""
        held, mine = self.store.lease(), (self.passage.run, self.passage.epoch)
        found = held if (held.run, held.epoch) == mine else self._gone()
        return replace(found, turn=self.turn)

    def _gone(self) -> lease.Lease:
        return lease.Lease(self.passage.epoch, self.passage.run, self.passage.kind, self.passage.incident)

    def _escalated(self) -> str:
        steps = ("Return", "Capture", "Load", "Acquire")
        found = (self.passage.answer(step) for step in steps)
        return next((str(said["reason"]) for said in found if said.get("go") == Go.ESCALATE), self.passage.cause)

    @staticmethod
    def _is_of(text: str | None, checkpoint: Checkpoint) -> bool:
        try:
            return text is not None and loading.same_release(read(text), checkpoint.release)
        except CheckpointError:
            return False


STEPS: Mapping[str, Callable[[Recorder], Answer]] = {
    "Acquire": Recorder.acquire,
    "Begin": Recorder.begin,
    "Keep": Recorder.keep,
    "Promote": Recorder.promote,
    "Finish": Recorder.finish,
    "Close": Recorder.close,
}


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Lambda's entry point."""
    recorder = Recorder(Passage.of(event["state"]), event)
    return said(event, STEPS[event["step"]](recorder))
