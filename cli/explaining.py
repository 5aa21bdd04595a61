"""What a rollback would do now: decided by the control plane's own rules, before anything is asked for.

What a checkpoint names (image, parameters) is not looked up here: a run that finds a part of it gone takes the next
older one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from recovery.core import capturing, loading, preparing
from recovery.core.answers import Go
from recovery.core.checkpoint import Skipped, Stored, checkpoint_of, last_known_good
from recovery.core.commands import Command, SetGroup, SetProcesses, SetWeights
from recovery.core.lease import Kind
from recovery.core.moments import timestamp
from recovery.core.observation import ALL, other
from recovery.core.passage import Passage
from recovery.core.protocol import Profile
from recovery.core.records import run_input

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recovery.core.checkpoint import Choice
    from recovery.core.lease import Lease
    from recovery.core.observation import Observation
    from recovery.core.rules import Rules

HOW: Mapping[Profile, str] = {
    Profile.WARM: "warm: traffic moves at once",
    Profile.ROLLBACK: "cold: instances are launched first",
    Profile.RECONCILE: "nothing has to move: sizes and processes are put right",
}
CALLS: Mapping[type[Command], str] = {
    SetGroup: "autoscaling:UpdateAutoScalingGroup",
    SetProcesses: "autoscaling:SuspendProcesses, ResumeProcesses",
    SetWeights: "elasticloadbalancing:ModifyRule",
}


@dataclass(frozen=True)
class Explanation:
    """`possible` is false where a run could only page a person."""

    possible: bool
    target: str
    how: str
    reason: str
    calls: tuple[str, ...] = ()
    serves: str = ""
    """The release that is gone back from."""

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "calls": list(self.calls)}

    def lines(self) -> list[str]:
        """For people."""
        return [
            f"goes back to    {self.target}",
            f"how             {self.how} ({self.reason})",
            *(f"{'' if number else 'calls':<15} {call}" for number, call in enumerate(self.calls)),
        ]


def choose(texts: Mapping[str, str], held_back: Iterable[str], bad: str) -> Choice:
    """The checkpoint to go back to from a release. `texts`: the checkpoints by key."""
    stored = [Stored(key, text) for key, text in texts.items()]
    known = set(held_back)
    choice = last_known_good(stored, {*known, bad} - {""}, checkpoint_of(texts, bad))
    if not bad or bad in known:
        return choice
    # It is not quarantined yet: the rollback itself does that.
    return replace(choice, skipped=tuple(_serving(one, bad) for one in choice.skipped))


def _serving(skipped: Skipped, bad: str) -> Skipped:
    return replace(skipped, reason="it serves now") if skipped.key.endswith(f"-{bad[:12]}.json") else skipped


def explain(seen: Observation, held: Lease, choice: Choice, serves: str, rules: Rules) -> Explanation:
    """Of a rollback that an operator asks for now. Raises UnclearError where no group has traffic."""
    return replace(_explain(seen, held, choice, serves, rules), serves=serves)


def _explain(seen: Observation, held: Lease, choice: Choice, serves: str, rules: Rules) -> Explanation:
    if held.run is not None and seen.at < held.expires_at and held.kind in (Kind.RELEASE, Kind.ROLLBACK):
        if held.kind is Kind.ROLLBACK:
            return Explanation(True, "the release it chose", f"{held.run} goes back already", "it is followed")
        return Explanation(
            True, "what served before it", f"{held.run} is told to return", "its release is quarantined as bad"
        )
    load = loading.last_good(choice, serves)
    if choice.checkpoint is None:
        return Explanation(False, "nothing", "not at all", load.reason)
    passage = Passage.of(
        {
            **run_input(Kind.ROLLBACK, incident="", cause="", automatic=False, bad=serves),
            "run": "",
            "began": timestamp(seen.at),
            "said": {"Load": load.document()},
        }
    )
    captured = capturing.capture(seen, passage, rules, promoted=True)
    target = f"release {choice.checkpoint.release.fingerprint[:12]}: {load.reason}"
    if captured.go is not Go.ON:
        return Explanation(False, target, "not at all", captured.reason)
    profile = Profile(captured.facts["profile"])
    return Explanation(True, target, HOW[profile], captured.reason, tuple(_calls(seen, passage, captured.facts, rules)))


def _calls(seen: Observation, passage: Passage, captured: Mapping[str, Any], rules: Rules) -> Iterable[str]:
    """The calls that change something, in their order; tidying up afterwards is left out."""
    profile, colour = Profile(captured["profile"]), str(captured["colour"])
    commands: list[Command] = []
    if profile is Profile.ROLLBACK:
        begun = Passage.of(
            {**_document(passage), "profile": str(profile), "said": {**passage.said, "Capture": captured}}
        )
        commands += preparing.prepare(seen, begun, rules)[0]
    if profile is not Profile.RECONCILE:
        commands.append(SetWeights({colour: ALL, other(colour): 0}))
    return [f"{CALLS[type(command)]}: {command.says()}" for command in commands]


def _document(passage: Passage) -> dict[str, Any]:
    return {
        **run_input(passage.kind, incident="", cause="", automatic=passage.automatic, bad=passage.bad),
        "run": passage.run,
    }
