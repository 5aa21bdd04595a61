"""Move traffic: only to a group that can take it, and only done when it reads back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recovery.core.answers import Answer, Go
from recovery.core.commands import Command, SetWeights, processes
from recovery.core.lease import Kind
from recovery.core.observation import ALL, Series, other
from recovery.core.preparing import needed
from recovery.core.protocol import Profile
from recovery.core.signals import PERIOD_SECONDS
from recovery.core.verdict import next_minute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.core.observation import Observation
    from recovery.core.passage import Passage
    from recovery.core.rules import Rules

STALE_SECONDS = 30.0


def shift(seen: Observation, passage: Passage, rules: Rules, share: int) -> tuple[list[Command], Answer]:
    """Give the target's group `share` of the requests in 100, gated on its health in this very look.

    A load balancer sends requests to a group whose targets are all unhealthy, and weighted groups do not stand in for
    each other (ELB guide, "Target group health"): nothing but this gate keeps traffic from a group that cannot serve.
    """
    wished = passage.wished()
    if wished is not None and wished.go is Go.FAIL:
        return [], wished
    group, release = seen.groups[passage.colour], passage.target
    weights = {passage.colour: share, other(passage.colour): ALL - share}
    facts = {"weights": weights, "before": dict(seen.weights), "at": seen.at}
    # What serves everything has to scale with it.
    scaling = processes(group, paused=False) if share == ALL else []
    if dict(seen.weights) == weights:
        return scaling, Answer(Go.ON, f"{passage.colour} has {share} % already", facts=facts)
    healthy, wanted = len(group.healthy(release)), _wanted(seen, passage, rules)
    if healthy < wanted:
        reason = f"{healthy} of {wanted} instances of version {release.version} are healthy in {passage.colour} now"
        return [], Answer(Go.AGAIN, reason)
    if group.foreign(release):
        return [], Answer(Go.AGAIN, f"{passage.colour} holds {len(group.foreign(release))} instances of other releases")
    return [SetWeights(weights), *scaling], Answer(
        Go.ON, f"{share} % to {passage.colour}, {healthy} healthy", facts=facts
    )


def confirm(seen: Observation, passage: Passage, times: int) -> Answer:
    """Whether the rule reads back, and the other group's requests have stopped.

    The API's answer says that the weights are stored, not that every node of the load balancer obeys them.
    """
    shifted = passage.answer("Shift")
    if dict(seen.weights) != dict(shifted["weights"]):
        return _unlike(seen, shifted)
    losing = other(passage.colour)
    after = next_minute(float(shifted["at"]))
    series = seen.requests.get(losing, Series())
    requests, facts = series.since(after), {"last_minute": _last_minute(series, after)}
    if (requests and requests[-1] == 0) or (not requests and seen.at >= after + 2 * PERIOD_SECONDS):
        return Answer(Go.ON, f"{losing} has had no request for a whole minute", facts=facts)
    if passage.last_look("Confirm", times, seen.at):
        reason = f"the rule reads back; {losing} still counts requests: open connections, perhaps"
        return Answer(Go.ON, reason, facts=facts)
    return Answer(Go.WAIT, f"the rule reads back; waiting for a minute without requests in {losing}")


def _last_minute(series: Series, after: float) -> float:
    """When the last minute ended that had a request, of those that began after a moment; 0 where none had."""
    busy = [at for at, value in zip(series.at, series.values, strict=True) if at >= after and value > 0]
    return busy[-1] + PERIOD_SECONDS if busy else 0.0


def give_back(seen: Observation, passage: Passage, rules: Rules) -> tuple[list[Command], Answer]:
    """Restore the weights of the undo point, unless that would send traffic where nothing can serve it."""
    undo = passage.undo
    if dict(seen.weights) == dict(undo.weights):
        if passage.profile is Profile.FIRST:
            return [], Answer(Go.ESCALATE, "this is the first release: there is nothing to go back to")
        # What the run wrote a moment ago may not be read yet, so it is written over all the same.
        moved = _may_have_moved(passage)
        commands: list[Command] = [SetWeights(undo.weights)] if moved else []
        go = Go.ON if moved else Go.SETTLE
        return commands, Answer(go, f"{undo.serving} serves as before", facts={"at": seen.at})
    serving_now = len(seen.groups[passage.colour].healthy(passage.target))
    if passage.kind is Kind.ROLLBACK and seen.weights.get(passage.colour) == ALL and serving_now >= rules.minimum:
        # The step that moved them was not heard; what it was for is done.
        reason = f"all requests go to the last known good release in {passage.colour} already: they stay there"
        return [], Answer(Go.ESCALATE, reason)
    group = seen.groups[undo.serving]
    ready = [
        one
        for one in group.instances
        if (one.template_id, one.version) == (undo.template_id, undo.version) and one.in_service and one.healthy
    ]
    if len(ready) < rules.minimum and len(ready) <= serving_now:
        reason = (
            f"{undo.serving} served before, but {len(ready)} of its instances are healthy now and {serving_now} in "
            f"{passage.colour}: traffic stays where it is"
        )
        return [], Answer(Go.ESCALATE, reason)
    facts = {"before": dict(seen.weights), "at": seen.at}
    return [SetWeights(undo.weights)], Answer(Go.ON, f"back to {dict(undo.weights)}", facts=facts)


def _may_have_moved(passage: Passage) -> bool:
    """Whether the run gave its group traffic at some time, or may have: a repeated step says only its last answer."""
    said = [passage.answer(step) for step in ("Canary", "Share", "Shift")]
    moved = any(one.get("go") == Go.ON or "Error" in one for one in said)
    return moved or bool({"WatchCanary", "WatchShare", "Confirm"} & (passage.said.keys() | passage.missed.keys()))


def confirm_return(seen: Observation, passage: Passage) -> Answer:
    """Whether the undo point's weights read back.

    A drill whose place a rollback waits for does not drain, which would take the rollback's time, and shrinks nothing.
    """
    lost = any("Error" in passage.answer(step) for step in ("Canary", "Share", "Shift"))
    if lost and seen.at - float(passage.fact("Return", "at")) < STALE_SECONDS:
        return Answer(Go.WAIT, "a move of traffic that was not heard of may arrive still")
    if dict(seen.weights) == dict(passage.undo.weights):
        if passage.kind is Kind.DRILL and passage.hurried:
            return Answer(Go.SETTLE, "the rule reads back as before the run, and a rollback waits")
        return Answer(Go.ON, "the rule reads back as before the run")
    return _unlike(seen, passage.answer("Return"))


def stale(seen: Observation, moved: Mapping[str, Any]) -> bool:
    """Whether the rule still reads as it did before a step moved traffic: what was written may be read a little later.

    AWS gives no figure for how long; after this long it was not written, or somebody else wrote it.
    """
    before = moved.get("before")
    return bool(before) and dict(seen.weights) == dict(before) and seen.at - float(moved["at"]) < STALE_SECONDS


def _unlike(seen: Observation, moved: Mapping[str, Any]) -> Answer:
    if stale(seen, moved):
        return Answer(Go.WAIT, f"the rule reads {dict(seen.weights)} still")
    return Answer(Go.AGAIN, f"the rule reads {dict(seen.weights)}: somebody else wrote it, or it was not written")


def _wanted(seen: Observation, passage: Passage, rules: Rules) -> int:
    """As many as the load needs now: the serving group may have grown since the run began.

    A rollback takes what it was granted by AwaitHealthy.
    """
    granted = int(passage.answer("AwaitHealthy").get("granted", 0))
    return granted or max(passage.needed, needed(seen.groups[passage.undo.serving], rules))
