"""Bring a release up in the group that has no traffic, and tell when it is ready."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recovery.core.answers import Answer, Blame, Go
from recovery.core.commands import Command, SetGroup, processes
from recovery.core.lease import Kind
from recovery.core.moments import seconds
from recovery.core.protocol import Profile
from recovery.core.quarantine import Level

if TYPE_CHECKING:
    from recovery.core.observation import Group, Observation
    from recovery.core.passage import Passage
    from recovery.core.rules import Rules

IN_A_ROW = 2
"""Looks in a row that must see enough healthy instances: one passed check makes a target healthy (ELB guide)."""


def needed(serving: Group, rules: Rules) -> int:
    """As many instances as what serves now has: the static minimum would be too small for today's load."""
    return min(max(rules.minimum, serving.desired), rules.maximum)


def prepare(seen: Observation, passage: Passage, rules: Rules) -> tuple[list[Command], Answer]:
    """What to do to the group next. Two rounds where it holds another release: empty it first, then fill it."""
    group, release = seen.groups[passage.colour], passage.target
    if seen.weights.get(group.colour, 0) > 0:
        return [], Answer(Go.FAIL, f"{group.colour} has traffic, and a group that has traffic is not changed")
    size = passage.needed
    if passage.profile is not Profile.DRILL:
        size = max(size, needed(seen.groups[seen.serving()], rules))
    paused = processes(group, paused=True)
    foreign = group.foreign(release)
    if foreign:
        versions = ", ".join(sorted({str(one.version) for one in foreign}))
        reason = f"{group.colour} is emptied of {len(foreign)} instances of version {versions}"
        return [*paused, SetGroup(group.colour, release, 0, 0)], Answer(Go.ON, reason)
    commands = [*paused]
    if not _is_set(group, passage, size):
        commands.append(SetGroup(group.colour, release, size, size))
    reason = f"{group.colour} gets {size} instances of version {release.version}"
    launches = max(size - len(group.of(release)), 0)
    return commands, Answer(Go.ON, reason, facts={"size": size, "launches": launches})


def awaiting(seen: Observation, passage: Passage, rules: Rules, times: int) -> Answer:
    """Ready, not yet, prepare again, or never; and since when it is healthy, whatever else it waits for."""
    wanted = _asked(seen, passage, rules)
    group, release = seen.groups[passage.colour], passage.target
    far = passage.polls.get("AwaitHealthy", 0) >= times // 2
    fit = len(group.healthy(release)) >= wanted and (far or group.covers_zones(release, wanted))
    answer = _awaiting(seen, passage, rules, times, wanted=wanted, fit=fit)
    if not fit or answer.go is Go.FAIL:
        return answer
    return replace(answer, facts={**answer.facts, **_healthy_since(passage, seen.at)})


def _asked(seen: Observation, passage: Passage, rules: Rules) -> int:
    """As many as Prepare asked for, or would of a release now: what serves may grow while it boots or is paused.

    A rollback has no time for more than it asked for, and gets all requests with that.
    """
    asked = max(passage.needed, int(passage.answer("Prepare").get("size", 0)))
    return max(asked, needed(seen.groups[seen.serving()], rules)) if passage.profile is Profile.RELEASE else asked


def _awaiting(seen: Observation, passage: Passage, rules: Rules, times: int, *, wanted: int, fit: bool) -> Answer:
    group, release = seen.groups[passage.colour], passage.target
    wished = passage.wished()
    if wished is not None and wished.go is Go.FAIL:
        return wished
    first = passage.profile is Profile.FIRST
    unset = None if first else _unset(group, passage, wanted, times, seen.at)
    held_up = unset or wished
    if held_up is not None:
        return held_up
    healthy = len(group.healthy(release))
    last = passage.last_look("AwaitHealthy", times, seen.at)
    if fit:
        reason = f"{healthy} of {wanted} instances of version {release.version} are healthy"
        rollback = passage.kind is Kind.ROLLBACK
        answer = _in_a_row(passage, reason, once=last and rollback)
        return replace(answer, facts={**answer.facts, "granted": wanted}) if rollback else answer
    if last:
        return _at_last(group, passage, rules, f"{healthy} of {wanted} instances became healthy in {group.colour}")
    trouble = f"; the newest launch failed: {group.trouble}" if group.trouble else ""
    return Answer(Go.WAIT, f"{healthy} of {wanted} healthy in {group.colour}{trouble}", facts={"streak": 0})


def _unset(group: Group, passage: Passage, wanted: int, times: int, now: float) -> Answer | None:
    """What is to be done where the group does not hold, or is not set for, the release alone."""
    release = passage.target
    if group.foreign(release) and group.desired == 0:
        return _unless_last(passage, times, now, f"{len(group.foreign(release))} instances of other releases leave")
    if group.foreign(release) or not _is_set(group, passage, wanted):
        return Answer(Go.AGAIN, f"{group.colour} is not (or no longer) set for version {release.version}")
    return None


def _healthy_since(passage: Passage, now: float) -> dict[str, Any]:
    """The first of the looks in a row that saw it, since the group was prepared."""
    before = passage.answer("AwaitHealthy").get("healthy_at")
    entered = passage.answer("Prepare").get("entered")
    prepared = seconds(entered) if entered else 0.0
    return {"healthy_at": now if before is None or float(before) < prepared else before}


def _in_a_row(passage: Passage, reason: str, *, once: bool) -> Answer:
    before = passage.answer("AwaitHealthy")
    # A streak that ended with `on` was of the group before it had to be prepared again.
    streak = (int(before.get("streak", 0)) if before.get("go") == Go.WAIT else 0) + 1
    return Answer(Go.ON if once or streak >= IN_A_ROW else Go.WAIT, reason, facts={"streak": streak})


def _at_last(group: Group, passage: Passage, rules: Rules, seen: str) -> Answer:
    """Time is up. A rollback takes what serves best; a release that could not come up is to blame unless AWS was."""
    if passage.kind is Kind.ROLLBACK and len(group.healthy(passage.target)) >= rules.minimum:
        reason = f"{seen}; {rules.minimum} can serve, and more are not to be had"
        return Answer(Go.ON, reason, facts={"granted": rules.minimum})
    if group.trouble:
        return Answer(Go.FAIL, f"{seen}; launches fail: {group.trouble}", facts={"trouble": group.trouble})
    blamed = passage.profile in (Profile.RELEASE, Profile.FIRST)
    return Answer(Go.FAIL, seen, Blame(Level.BAD, seen) if blamed else None)


def _unless_last(passage: Passage, times: int, now: float, reason: str) -> Answer:
    if passage.last_look("AwaitHealthy", times, now):
        return Answer(Go.FAIL, f"time is up while {reason}")
    return Answer(Go.WAIT, reason, facts={"streak": 0})


def _is_set(group: Group, passage: Passage, size: int) -> bool:
    release = passage.target
    return (
        (group.template_id, group.version) == (release.template_id, release.version)
        and group.instance_types == (release.instance_types or group.instance_types)
        and group.desired >= size
        and group.minimum >= min(size, group.desired)
    )
