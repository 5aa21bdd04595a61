"""Asks the release itself, through the test listener. It runs inside the VPC and may ask AWS nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recovery.aws import clock
from recovery.aws.requests import TestListener
from recovery.core.passage import Passage
from recovery.core.protocol import looks
from recovery.core.smoking import smoke
from recovery.handlers.entry import said, settings

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUESTS_A_NODE = 4


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Lambda's entry point."""
    passage, step, chosen = Passage.of(event["state"]), str(event["step"]), settings()
    listener = TestListener(chosen)
    nodes: list[str] = passage.fact("Capture", "nodes")
    replies = [listener.ask(node, passage.colour) for node in nodes for _ in range(REQUESTS_A_NODE)]
    return said(event, smoke(replies, passage, step, looks(chosen.rules, step), clock.now()))
