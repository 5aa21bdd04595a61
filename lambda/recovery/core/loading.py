"""What a run is to bring up, and whether it may: the candidate, or the last known good release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recovery.core.answers import Answer, Go
from recovery.core.incident import died
from recovery.core.observation import other

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from recovery.core.checkpoint import Checkpoint, Choice
    from recovery.core.observation import Observation
    from recovery.core.passage import Passage
    from recovery.core.quarantine import Mark
    from recovery.core.release import Release
    from recovery.core.rules import Rules


@dataclass(frozen=True, slots=True)
class Head:
    """Where the head points: the newest promotion."""

    key: str
    number: int
    fingerprint: str
    at: float


def candidate(release: Release, mark: Mark | None, missing: Sequence[str]) -> Answer:
    """A release that was submitted."""
    if mark is not None and mark.holds:
        return Answer(Go.REFUSED, f"this release is quarantined ({mark.level}): {mark.evidence}")
    if missing:
        return Answer(Go.REFUSED, f"what it needs is gone: {', '.join(missing)}")
    return Answer(Go.ON, f"version {release.version} of {release.template_id}", facts={"release": release.document()})


def last_good(choice: Choice, serves: str) -> Answer:
    """The release to go back to. `serves`: the fingerprint that serves now, which is not it."""
    skipped = [{"key": one.key, "reason": one.reason} for one in choice.skipped]
    facts = {"skipped": skipped, "serves": serves}
    if choice.checkpoint is None:
        why = "; ".join(f"{one.key}: {one.reason}" for one in choice.skipped) or "no release was ever promoted"
        return Answer(Go.ESCALATE, f"there is no good checkpoint to go back to ({why})", facts=facts)
    found = choice.checkpoint
    return Answer(
        Go.ON,
        _with_skipped(f"checkpoint {found.number}, version {found.release.version}", choice),
        facts={**facts, "release": found.release.document(), "checkpoint": found.key},
    )


def may_roll_back(
    seen: Observation,
    passage: Passage,
    head: Head | None,
    *,
    serving: Release | None,
    serves: str,
    rolled_back_before: int,
    rules: Rules,
) -> Answer | None:
    """Why a run that no person asked for must not roll back, or None where it may.

    Only a young release, at its first failure, whose group alone is bad: all else has another cause, or needs a person.
    `serves` is the fingerprint that serves; `serving` the release itself, where a checkpoint or the run knows it.
    """
    if passage.bad and serves and serves != passage.bad:
        # Whose place it takes may have moved the traffic already: then it is tidied up after.
        gone = Answer(Go.REFUSED, "it is about a release that does not serve any more")
        return None if died(passage.incident) else gone
    if not passage.automatic:
        return None
    # A run that is about no release in particular takes none away: it ends what a dead run left.
    of_the_release = (_irreversible(serving), _old(seen, head, serving, rules)) if passage.bad else ()
    reasons = (
        *of_the_release,
        "this release was rolled back automatically before: once is the limit" if rolled_back_before else None,
        _both_bad(seen, passage),
    )
    found = next((reason for reason in reasons if reason), None)
    return Answer(Go.ESCALATE, found) if found else None


def _irreversible(serving: Release | None) -> str | None:
    if serving is None or serving.reversible:
        return None
    return f"version {serving.version} changed data, and is not rolled back without a person"


def _old(seen: Observation, head: Head | None, serving: Release | None, rules: Rules) -> str | None:
    if head is None or serving is None:
        return None
    if head.fingerprint != serving.fingerprint:
        # Going back from release to release would follow a dependency's fault to the oldest of them.
        return f"version {serving.version} was good before the newest promotion: that it is bad too has another cause"
    age = seen.at - head.at
    if age <= rules.automatic_seconds:
        return None
    return f"the release has been good for {age / 3600:.1f} h: its age says that it is not the cause"


def _both_bad(seen: Observation, passage: Passage) -> str | None:
    serving = seen.serving()
    idle = other(serving)
    firing = seen.alarms.get(idle, ())
    if not firing or seen.weights.get(idle, 0) <= 0:
        return None
    if not passage.bad and not seen.alarms.get(serving):
        # No alarm of what serves has started it: the smaller share alone is bad, and ends with the split.
        return None
    return f"both groups are bad ({', '.join(firing)}): a dependency, not the release"


def kept_idle(fingerprint: str, held_back: Collection[str], good: Collection[str]) -> bool:
    """Whether the group that does not serve holds a release worth keeping warm."""
    return fingerprint in good and fingerprint not in held_back


def checkpoint_number(head: Head | None) -> int:
    """The next promotion's number."""
    return head.number + 1 if head else 1


def same_release(checkpoint: Checkpoint, release: Release) -> bool:
    """Whether a stored checkpoint is of this very release."""
    return checkpoint.release.fingerprint == release.fingerprint


def _with_skipped(reason: str, choice: Choice) -> str:
    if not choice.skipped:
        return reason
    return f"{reason}; passed over: " + "; ".join(f"{one.key}: {one.reason}" for one in choice.skipped)
