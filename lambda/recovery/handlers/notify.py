"""Tells people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recovery.aws import clock
from recovery.aws.store import Store
from recovery.aws.topic import Topic
from recovery.core import telling
from recovery.core.answers import Answer, Go
from recovery.core.passage import Passage
from recovery.handlers.entry import said, settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.settings import Settings


def _told(event: Mapping[str, Any], passage: Passage, chosen: Settings) -> None:
    """What the watchdog looks for: an outcome that nobody was told."""
    if event["step"] == "Tell":
        Store(chosen).told(passage.run, clock.now())


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Lambda's entry point, for the state machine's steps and for the watchdog."""
    passage, chosen = Passage.of(event["state"]), settings()
    where = f"{chosen.app} {chosen.environment}"
    match event["step"]:
        case "Escalate":
            message = telling.of_escalation(passage, where, chosen.console)
        case "Alert":
            message = telling.of_alert(passage, where, chosen.console)
        case "Page":
            message = telling.of_page(passage, where, chosen.console)
        case _:
            message = telling.of_outcome(passage, where, chosen.console)
    if message is None:
        _told(event, passage, chosen)
        return said(event, Answer(Go.ON, "nobody needs to hear of it"))
    topic = Topic(chosen)
    document = {
        "severity": str(message.severity),
        "subject": message.subject,
        "text": message.text,
        "run": passage.run,
        "at": clock.now(),
    }
    attributes = {"severity": str(message.severity), "run": passage.run}
    # Whichever of the two is out of reach, the other one is told; then the whole is tried again.
    try:
        topic.publish(message.subject, message.text, attributes)
    finally:
        topic.keep(document)
    _told(event, passage, chosen)
    return said(event, Answer(Go.ON, message.subject))
