"""Requests: which group gets them, how they are answered, and what CloudWatch says of it, minutes later."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recovery.core.incident import ALARM
from recovery.core.observation import COLOURS, Series
from recovery.core.verdict import breach
from simulator.world import Episode, Minute, World

if TYPE_CHECKING:
    from collections.abc import Mapping

ERRORS_PERCENT = 40.0
LOOKED_BACK = 5
"""Minutes that an alarm is evaluated from."""


def value(minute: Minute, colour: str, signal: str) -> float:
    """One signal's value in a minute."""
    if signal == "errors":
        return minute.errors[colour]
    if signal == "unhealthy":
        return float(minute.unhealthy[colour])
    return 0.1


def move(world: World, weights: Mapping[str, int]) -> None:
    """Write the rule. Its nodes obey one after the other."""
    world.rule = dict(weights)
    world.moves += 1
    world.remember()
    world.tells(f"the rule is {dict(weights)}")
    for node, after in enumerate(world.obey_after):
        world.push(after, "obey", node, world.moves, world.rule)


def obey(world: World, node: int, number: int, weights: Mapping[str, int]) -> None:
    """A node of the load balancer learns of the weights; an older write does not come after a newer one."""
    if world.nodes[node][0] < number:
        world.nodes = tuple(old if at != node else (number, weights) for at, old in enumerate(world.nodes))
        changed(world)


def change_fleet(world: World, colour: str, **changes: Any) -> None:
    """Another state of a group."""
    put(world, replace(world.fleets[colour], **changes))


def put(world: World, fleet: Any) -> None:
    world.fleets = {**world.fleets, fleet.colour: fleet}
    world.remember()
    changed(world)


def turn(world: World, version: int, *, bad: bool) -> None:
    """A release answers badly from now on, or well again."""
    world.tells(f"version {version} is {'bad' if bad else 'well'}")
    world.bad = world.bad | {version} if bad else world.bad - {version}
    changed(world)


def depend(world: World, *, bad: bool) -> None:
    """What every release needs breaks, or comes back."""
    world.dependency = bad
    changed(world)


def changed(world: World) -> None:
    """Something about traffic is another than before: count what was until now, and look at the promise's clock."""
    _count(world)
    share = {
        colour: sum(weights[colour] / (sum(weights.values()) or 1) for _, weights in world.nodes) / len(world.nodes)
        for colour in COLOURS
    }
    world.share = share
    world.sick = {colour: _sick(world, colour) for colour in COLOURS}
    harmed = any(share[colour] > 0 and world.sick[colour] for colour in COLOURS)
    newest = world.episodes[-1] if world.episodes else None
    if harmed and (newest is None or newest.ended is not None):
        world.tells(f"requests are answered badly: {share}")
        world.episodes.append(Episode(world.now, paged=world.now if world.by_hand else None))
    elif not harmed and newest is not None and newest.ended is None:
        world.tells("every request is answered well again")
        newest.ended = world.now


def _sick(world: World, colour: str) -> bool:
    fleet = world.fleets[colour]
    return world.dependency or not fleet.healthy or fleet.runs in world.bad


def _count(world: World) -> None:
    blue, blue_bad, green, green_bad = world.sums
    for_seconds, share, sick = world.now - world.measured, world.share, world.sick
    if for_seconds > 0:
        b, g = share["blue"] * for_seconds, share["green"] * for_seconds
        world.sums = (blue + b, blue_bad + b * sick["blue"], green + g, green_bad + g * sick["green"])
        world.measured = world.now


def minute(world: World) -> None:
    """A minute is over: it is published later."""
    _count(world)
    sums: dict[str, tuple[float, float]] = dict(zip(COLOURS, (world.sums[:2], world.sums[2:]), strict=True))
    fleets = world.fleets
    measured = [colour for colour in COLOURS if fleets[colour].machines or sums[colour][0]]
    errors = {
        colour: ERRORS_PERCENT * sums[colour][1] / sums[colour][0] if sums[colour][0] else 0.0 for colour in measured
    }
    unhealthy = {colour: fleets[colour].failed for colour in measured}
    world.minutes.append(
        Minute(
            at=world.now - 60,
            published=world.now + world.metric_delay,
            requests={colour: float(round(world.load * sums[colour][0] / 60)) for colour in measured},
            errors=errors,
            unhealthy=unhealthy,
            bad=any(errors.values()) or any(unhealthy.values()),
        )
    )
    world.sums = (0.0, 0.0, 0.0, 0.0)


def evaluate(world: World) -> list[str]:
    """Every alarm, as CloudWatch does once a minute; those that went into ALARM."""
    minutes = [one for one in world.minutes[-LOOKED_BACK:] if one.published <= world.now]
    if not any(one.bad for one in minutes) and not any(one[0] == ALARM for one in world.alarms.values()):
        return []
    fired: list[str] = []
    for colour in COLOURS:
        there = [one for one in minutes if colour in one.requests]
        at = tuple([one.at for one in there])
        for signal in world.site.rules.signals:
            name = world.site.settings.alarm(colour, signal.name)
            before = world.alarms.get(name, ("OK", 0.0, ""))[0]
            values = tuple([value(one, colour, signal.name) for one in there])
            if before == "OK" and max(values, default=0.0) <= signal.threshold:
                continue
            found = breach(signal, Series(at, values), 0.0)
            state = ALARM if found else "OK"
            if state != before:
                world.tells(f"{name} is {state}")
                world.alarms[name] = (state, world.now, found or "")
                if found:
                    fired.append(name)
    return fired
