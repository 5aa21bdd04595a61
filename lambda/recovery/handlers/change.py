"""Moves traffic, groups and labels: the only function that may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recovery.aws import clock
from recovery.aws.look import Look
from recovery.aws.parameters import Parameters
from recovery.aws.store import Store
from recovery.core import preparing, retiring, sharing, shifting
from recovery.core.answers import Answer, Go
from recovery.core.commands import Command, SetGroup, SetProcesses, SetWeights
from recovery.core.lease import Terms
from recovery.core.observation import ALL
from recovery.core.passage import Passage
from recovery.errors import FlippedError
from recovery.handlers.entry import log, said, settings, turn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from recovery.core.observation import Observation
    from recovery.core.rules import Rules

Decision = tuple[list[Command], Answer]
DECISIONS: Mapping[str, Callable[[Observation, Passage, Rules], Decision]] = {
    "Prepare": preparing.prepare,
    "Canary": lambda seen, passage, rules: shifting.shift(seen, passage, rules, rules.canary_percent),
    "Share": sharing.share,
    "Shift": lambda seen, passage, rules: shifting.shift(seen, passage, rules, ALL),
    "Return": shifting.give_back,
    "Retire": retiring.retire,
}


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Renew the lease, look, decide, act, look again."""
    passage, step = Passage.of(event["state"]), str(event["step"])
    chosen = settings()
    terms = Terms(float(chosen.lease_seconds), float(chosen.change_seconds))
    now = clock.now()
    Store(chosen).renew(passage.run, passage.epoch, now, terms, turn=turn(event))
    if step == "Label":
        return said(event, _label(passage))
    look = Look(chosen)
    seen = look.groups_and_rule(now)
    if seen.flip != passage.fact("Capture", "flip"):
        raise FlippedError(f"traffic was moved by hand ({seen.flip}); run {passage.run} changes nothing more")
    commands, answer = DECISIONS[step](seen, passage, chosen.rules)
    carry_out(commands, look, passage.run)
    return said(event, answer)


def carry_out(commands: Sequence[Command], look: Look, run: str) -> None:
    """Each command, logged before it is done. What reads back is the next step's to look at: here it may be stale."""
    for command in commands:
        log.info("change.made", extra={"run": run, "change": command.says()})
        match command:
            case SetGroup():
                look.groups.set(command)
            case SetProcesses():
                look.groups.processes(command)
            case SetWeights():
                look.balancer.move(command.weights)


def _label(passage: Passage) -> Answer:
    refused = Parameters(settings()).keep(passage.target.parameters)
    if refused:
        return Answer(Go.FAIL, f"parameter versions cannot be kept: {'; '.join(refused)}")
    return Answer(Go.ON, f"{len(passage.target.parameters)} parameters are kept")
