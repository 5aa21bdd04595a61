"""What a person is told: what happened, what serves now, what to do. Never more than a phone shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from recovery.core.incident import ENDED, OVERDUE, REPLACED, UNANSWERED, UNTOLD
from recovery.core.outcome import error_of, failure
from recovery.core.protocol import FAILURES, Ending

if TYPE_CHECKING:
    from recovery.core.passage import Passage

LIMIT = 900


class Severity(StrEnum):
    """Whether somebody is woken."""

    PAGE = "page"
    INFORM = "inform"


@dataclass(frozen=True, slots=True)
class Message:
    """One notification."""

    severity: Severity
    subject: str
    text: str


def of_outcome(passage: Passage, where: str, console: str) -> Message | None:
    """When a run is over; None for what nobody needs to hear of."""
    finish = passage.answer("Finish")
    ending = Ending(finish.get("outcome", Ending.ESCALATED))
    reason = str(finish.get("reason", ""))
    match ending:
        case Ending.SETTLED | Ending.REFUSED | Ending.JOINED if passage.automatic:
            return None
        case Ending.UNDONE:
            text = (
                f"The last known good release could not be restored: {reason}. What served before serves again, bad as "
                f"it is. Look now. By hand: lastgood flip"
            )
            severity = Severity.INFORM if _alerted(passage) else Severity.PAGE
            return _message(severity, f"{where}: rollback UNDONE", passage, text, console)
        case _:
            severity = Severity.PAGE if "Page" in passage.said else Severity.INFORM
            text = f"{reason}. Started by: {passage.cause}"
            return _message(severity, f"{where}: {passage.kind} {ending.value.upper()}", passage, text, console)


def of_escalation(passage: Passage, where: str, console: str) -> Message:
    """When the control plane cannot go on, or the watchdog sees that it does not."""
    if passage.incident == OVERDUE:
        text = f"{passage.cause}. It may still be at work. Look: lastgood status. Move traffic by hand: lastgood flip"
        return _message(Severity.PAGE, f"{where}: {passage.kind} OVERDUE", passage, text, console)
    if passage.incident == REPLACED:
        text = f"{passage.cause}. {passage.run} takes its place. Look: lastgood status. By hand: lastgood flip"
        return _message(Severity.PAGE, f"{where}: {passage.kind} DIED", passage, text, console)
    if passage.incident == UNANSWERED:
        text = (
            f"{passage.cause}. As long as none is, a rollback begins at the watchdog's next look. Look: lastgood ready"
        )
        return _message(Severity.INFORM, f"{where}: the alarms' way is NOT READY", passage, text, console)
    if passage.incident == UNTOLD:
        text = f"{passage.cause} (told late). Look: lastgood runs {passage.run}"
        failed = any(passage.cause.startswith(f"{ENDED} {ending}") for ending in FAILURES)
        severity = Severity.PAGE if failed else Severity.INFORM
        return _message(severity, f"{where}: {passage.kind} has ended", passage, text, console)
    said = failure(passage) if passage.failed else error_of(passage)
    last = next(
        (str(passage.answer(step)["reason"]) for step in ("Return", "Capture", "Load") if _escalated(passage, step)), ""
    )
    reason = last or said or passage.cause
    text = f"{reason}. It changes nothing more. Look: lastgood status. Move traffic by hand: lastgood flip"
    return _message(Severity.PAGE, f"{where}: {passage.kind} ESCALATED", passage, text, console)


def of_alert(passage: Passage, where: str, console: str) -> Message:
    """When a rollback cannot be done, before what served is put back."""
    text = (
        f"The last known good release could not be restored in time: {failure(passage)}. What served before is put "
        "back, bad as it is. Look: lastgood status. Move traffic by hand: lastgood flip"
    )
    return _message(Severity.PAGE, f"{where}: rollback FAILED", passage, text, console)


def of_page(passage: Passage, where: str, console: str) -> Message:
    """When the last known good release serves, and something about it is wrong."""
    moved = "All requests were moved to the last known good release, which could not be confirmed"
    serves = moved if passage.failed == "Confirm" else "The last known good release serves, but"
    text = f"{serves}: {failure(passage)}. Look: lastgood status"
    return _message(Severity.PAGE, f"{where}: rolled back, and not well", passage, text, console)


def _alerted(passage: Passage) -> bool:
    return passage.answer("Alert").get("go") == "on"


def _escalated(passage: Passage, step: str) -> bool:
    return passage.answer(step).get("go") == "escalate"


def _message(severity: Severity, subject: str, passage: Passage, text: str, console: str) -> Message:
    tail = f"\nRun {passage.run}\n{console}"
    room = LIMIT - len(tail)
    return Message(severity, subject, (text if len(text) <= room else text[: room - 1] + "…") + tail)
