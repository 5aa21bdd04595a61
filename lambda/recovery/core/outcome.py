"""How a run ended, and what is to be remembered of the release that it was about."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from recovery.core.answers import Blame, Go, blame
from recovery.core.incident import FLIP
from recovery.core.lease import Kind
from recovery.core.protocol import Ending, Profile
from recovery.core.quarantine import Level

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.core.passage import Passage

CAUSE_SHOWN = 300
ALONE = "it is the only one: there is NOTHING TO GO BACK TO until another release is promoted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`blamed` is the fingerprint to quarantine, with the level and the evidence; None where none is."""

    ending: Ending
    reason: str
    blamed: tuple[str, Blame] | None = None
    chosen: str = ""
    """The fingerprint of the release that a person flipped to."""


def decide(passage: Passage) -> Outcome:
    """Of a run that has come to Finish."""
    refused = next((passage.answer(step) for step in ("Load", "Capture") if _says(passage, step, Go.REFUSED)), None)
    if refused is not None:
        return Outcome(Ending.REFUSED, str(refused["reason"]))
    if "go" not in passage.answer("Capture") or passage.failed == "Begin":
        return Outcome(Ending.REFUSED, f"it could not begin: {error_of(passage) or 'nothing was captured'}")
    match passage.kind:
        case Kind.RELEASE:
            return _release(passage)
        case Kind.ROLLBACK:
            return _rollback(passage)
        case Kind.DRILL:
            return _drill(passage)
        case Kind.RECONCILE:
            return _reconciled(passage)


def failure(passage: Passage, step: str = "") -> str:
    """Why a step failed, the last one where none is named, in one line."""
    name = step or passage.failed
    said = passage.answer(name)
    if "Error" in said:
        return f"{name}: {_error(said)}"
    reason = f"{name}: {said.get('reason', 'it took too long')}"
    missed = passage.missed.get(name)
    return f"{reason}; a look failed: {_error(missed)}" if missed else reason


def error_of(passage: Passage) -> str:
    """The error that a step before any change ended with, or nothing."""
    return "; ".join(f"{step}: {_error(said)}" for step, said in passage.said.items() if "Error" in said)


def _error(said: Mapping[str, Any]) -> str:
    """A caught error: Step Functions hands Lambda's own message on as JSON in the cause."""
    cause = str(said.get("Cause", ""))
    try:
        cause = str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        cause = cause[:CAUSE_SHOWN]
    return f"{said['Error']}: {cause}"


def _release(passage: Passage) -> Outcome:
    if passage.profile is Profile.RECONCILE:
        return _settled(passage, "it serves already; sizes are as the settings say")
    if _says(passage, "Promote", Go.ON):
        reason = str(passage.answer("Promote").get("reason", ""))
        return Outcome(Ending.PROMOTED, f"{reason}; {ALONE}" if passage.profile is Profile.FIRST else reason)
    return Outcome(Ending.RESTORED, failure(passage, _stopped_by(passage)), blamed(passage))


def blamed(passage: Passage) -> tuple[str, Blame] | None:
    """Whom a release's own failure is held against, whether or not what served before could be put back."""
    if passage.kind is not Kind.RELEASE or passage.candidate is None or _says(passage, "Promote", Go.ON):
        return None
    found = blame(passage.answer(_stopped_by(passage))) or _preempted(passage)
    return (passage.candidate.fingerprint, found) if found else None


def _rollback(passage: Passage) -> Outcome:
    if passage.profile is Profile.RECONCILE:
        return Outcome(Ending.RESTORED, str(passage.answer("Capture")["reason"]), _accused(passage, Level.SUSPECT))
    if "Return" in passage.said:
        return Outcome(Ending.UNDONE, failure(passage, _stopped_by(passage)))
    unclear = blame(passage.answer("Clear"))
    reason = f"version {passage.target.version} serves again ({passage.answer('Load').get('reason', '')})"
    if unclear is not None:
        return Outcome(Ending.RESTORED, f"{reason}; {unclear.evidence}", _accused(passage, Level.SUSPECT))
    return Outcome(Ending.RESTORED, reason, _accused(passage, Level.BAD if passage.bad else Level.SUSPECT))


def followed(passage: Passage) -> str | None:
    """The flip that a run has followed. One that failed, or was refused, leaves it to the next; others follow none."""
    if passage.kind is not Kind.RECONCILE or passage.failed or not _says(passage, "Capture", Go.ON):
        return None
    return str(passage.answer("Capture").get("flip", ""))


def _reconciled(passage: Passage) -> Outcome:
    """After a flip, what a person left is suspect: nothing goes back to it by itself before somebody says so."""
    settled = _settled(passage, str(passage.answer("Retire").get("reason", "nothing to do")))
    if passage.incident != FLIP or passage.failed:
        return settled
    left = str(passage.answer("Capture").get("idle", ""))
    blamed = (left, Blame(Level.SUSPECT, passage.cause)) if left else None
    return replace(settled, blamed=blamed, chosen=str(passage.answer("Load").get("serves", "")))


def _settled(passage: Passage, reason: str) -> Outcome:
    return Outcome(Ending.SETTLED, failure(passage) if passage.failed else reason)


def _stopped_by(passage: Passage) -> str:
    """The step that spoke against the run. What failed last may be a step of its way back."""
    return next((step for step, said in passage.said.items() if said.get("go") == Go.FAIL), passage.failed)


def _accused(passage: Passage, level: Level) -> tuple[str, Blame] | None:
    fingerprint = passage.bad or str(passage.answer("Load").get("serves", ""))
    good = passage.answer("Load").get("release", {}).get("fingerprint")
    if not fingerprint or fingerprint == good:
        return None
    return fingerprint, Blame(level, passage.cause)


def _preempted(passage: Passage) -> Blame | None:
    wish = passage.answer("Keep")
    return Blame(Level.BAD, str(wish["reason"])) if wish.get("wish") == "stop" and wish.get("accuses") else None


def _drill(passage: Passage) -> Outcome:
    if passage.failed or not _says(passage, "Verify", Go.ON):
        return Outcome(Ending.NOT_READY, failure(passage, _stopped_by(passage)) if passage.failed else "not verified")
    seconds = float(passage.answer("Verify")["at"]) - float(passage.answer("Capture")["at"])
    reason = f"version {passage.target.version} came up and answered within {seconds:.0f} s"
    watched = passage.answer("WatchShare")
    if _says(passage, "WatchShare", Go.ON):
        return Outcome(Ending.READY, f"{reason}; {watched['reason']}")
    return Outcome(Ending.READY, reason)


def _says(passage: Passage, step: str, go: Go) -> bool:
    return passage.answer(step).get("go") == go
