"""What must hold at each change: invariants 1, 3 and 11 (docs/guarantees.md), asked of the truth, not of a look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recovery.core.lease import Kind
from recovery.core.observation import COLOURS, flipped_at, other
from recovery.core.protocol import Ending

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recovery.core.commands import SetGroup
    from simulator.fleet import Fleets
    from simulator.world import Execution, World

SEEN_SECONDS = 12.0
"""A decision is as old as its look: an instance that died since is nobody's fault."""
ALL = 100


def before_move(world: World, weights: Mapping[str, int]) -> None:
    """A write of the rule. One that changes nothing is none, whoever sends it."""
    if dict(weights) == dict(world.rule):
        return
    _one_writer(world, f"moves traffic to {dict(weights)}")
    if sorted(weights) != sorted(COLOURS) or sum(weights.values()) != ALL:
        world.violates(1, f"the weights are {dict(weights)}")
    for colour in COLOURS:
        if weights[colour] > world.rule[colour]:
            _can_serve(world, colour)


def before_group(world: World, command: SetGroup) -> None:
    """A write of a group's version and sizes; likewise."""
    fleet = world.fleets[command.colour]
    version = command.release.version if command.release is not None else fleet.version
    if (command.minimum, command.desired, version) == (fleet.minimum, fleet.desired, fleet.version):
        return
    _one_writer(world, f"sets {command.says()}")
    if _before_the_flip(world):
        return
    if world.rule[command.colour] <= 0 and world.share[command.colour] <= 0:
        return
    if command.desired < fleet.desired:
        world.violates(1, f"{command.colour} has traffic, and is shrunk from {fleet.desired} to {command.desired}")
    if command.release is not None and command.release.version != fleet.runs:
        world.violates(1, f"{command.colour} has traffic, and is set to version {command.release.version}")


def at_finish(world: World, run: Execution, outcome: str) -> None:
    """A run says how it ended: what it says of the traffic is true at that moment."""
    if outcome != Ending.RESTORED or world.by_hand:
        return
    if 0 not in world.rule.values():
        world.violates(1, f"{run.name} says {outcome} while both groups have traffic: {world.rule}")
    serving = world.fleets[max(COLOURS, key=lambda colour: world.rule[colour])]
    if run.kind == Kind.RELEASE and serving.runs == run.doc["release"]["version"]:
        world.violates(1, f"{run.name} says {outcome}, and its own release serves")


def _before_the_flip(world: World) -> bool:
    """A change that was under way when a person flipped: it cannot be called back (docs/guarantees.md, 1, "Not")."""
    at_work = world.invocation
    return at_work is not None and at_work.started < flipped_at(world.flip) + 1


def _one_writer(world: World, does: str) -> None:
    at_work = world.invocation
    if at_work is None:
        return
    if at_work.function != "change":
        world.violates(3, f"{at_work.function} {does}")
    lease = world.table.get(("lease", "lease"), {})
    if not lease.get("run") and lease.get("epoch") == at_work.epoch and world.now < float(lease["expires_at"]):
        # Given back, and nobody can take it until what was under way has arrived.
        return
    if (lease.get("run"), lease.get("epoch")) != (at_work.run, at_work.epoch):
        world.violates(
            3,
            f"{at_work.run} (epoch {at_work.epoch}) {does}; the lease is {lease.get('run') or 'nobody'}'s, epoch "
            f"{lease.get('epoch')}",
        )


def _can_serve(world: World, colour: str) -> None:
    at_work, rules = world.invocation, world.site.rules
    run = world.runs.get(at_work.run) if at_work else None
    if run is None:
        return
    said = run.doc["said"]
    if at_work is not None and at_work.step == "Return":
        # What served before need only be better than what has the traffic now.
        version, wanted = None, min(rules.minimum, _most(world, other(colour), None) + 1)
    else:
        version = int(said["Load"]["release"]["version"])
        least = min(fleets[other(colour)].desired for fleets in _lately(world))
        wanted = min(max(rules.minimum, least), rules.maximum)
        if run.kind == Kind.ROLLBACK:
            wanted = rules.minimum
    found = _most(world, colour, version)
    if found < wanted:
        world.violates(1, f"traffic moves to {colour}: {found} of {wanted} instances of version {version} are healthy")


def _most(world: World, colour: str, version: int | None) -> int:
    """The most healthy instances that a look of these seconds could see."""
    return max(
        fleets[colour].healthy_of(fleets[colour].runs if version is None else version) for fleets in _lately(world)
    )


def _lately(world: World) -> Iterable[Fleets]:
    since = world.now - SEEN_SECONDS
    # A look that is `lag` old was true at its time.
    if world.now < world.lag_until + SEEN_SECONDS:
        since -= world.lag
    yield world.fleets
    for number in range(len(world.past) - 1, -1, -1):
        at, _, fleets = world.past[number]
        yield fleets
        if at <= since:
            return
