"""Can we go back right now? What was seen, judged: one check for each thing that a rollback stands on.

A check that could not be made is not good: nobody knows. Each bad one says what to do, as a command or a place to look.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from recovery.core.check import Check, Readiness
from recovery.core.commands import PAUSED
from recovery.core.incident import ALARM
from recovery.core.parts import GONE, Unseen
from recovery.core.preparing import needed
from recovery.core.refilling import refill

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recovery.core.checkpoint import Checkpoint
    from recovery.core.incident import Alarm
    from recovery.core.observation import Group
    from recovery.core.parts import AlarmRule
    from recovery.core.release import Release
    from recovery.core.sight import Sight

ENABLED = "Enabled"
AVAILABLE = "available"
INSUFFICIENT = "INSUFFICIENT_DATA"


def readiness(sight: Sight) -> Readiness:
    """Judge it."""
    makers = (
        _checkpoint,
        _template,
        _image,
        _parameters,
        _key,
        _quota,
        _addresses,
        _processes,
        _warm,
        _channel,
        _alarms,
        _dead_letters,
    )
    return Readiness(sight.at, tuple(maker(sight) for maker in makers))


def _checkpoint(sight: Sight) -> Check:
    name, back = "checkpoint", sight.back
    if isinstance(back, Unseen):
        return _unseen(name, back, sight)
    if back.damaged:
        key, why = back.damaged[0]
        instead = f"a rollback would go to {_named(back.checkpoint)}" if back.checkpoint else "nothing else is there"
        versions = f"aws s3api list-object-versions --bucket {sight.places.bucket} --prefix {key}"
        remedy = (
            f"{versions}, and delete the version that is wrong (docs/runbook.md, not ready); else `lastgood deploy`"
        )
        return Check(name, ok=False, says=f"{key}: {why}; {instead}", remedy=remedy)
    if back.checkpoint is None:
        says = "there is no release to go back to: none but what serves was promoted, or all others are quarantined"
        remedy = "`lastgood checkpoints` and `lastgood quarantine list`; the next release's promotion makes one"
        return Check(name, ok=False, says=says, remedy=remedy)
    return Check(name, ok=True, says=f"{_named(back.checkpoint)} reads, and matches its checksum")


def _template(sight: Sight) -> Check:
    name, target, found = "template", sight.target(), sight.template
    if isinstance(target, Unseen) or isinstance(found, Unseen):
        return _unseen(name, _first(target, found), sight)
    version = f"version {target.version} of {target.template_id}"
    if found:
        return Check(name, ok=True, says=f"{version} exists")
    return Check(name, ok=False, says=f"{version} is gone", remedy=_elsewhere("a deleted version does not come back"))


def _image(sight: Sight) -> Check:
    name, image = "image", sight.image
    if isinstance(image, Unseen):
        return _unseen(name, image, sight)
    if image.state == AVAILABLE:
        return Check(name, ok=True, says=f"{image.id} is available")
    if image.state == GONE:
        recycled = f"aws ec2 restore-image-from-recycle-bin --image-id {image.id}, if it is there"
        return Check(name, ok=False, says=f"{image.id} is deregistered", remedy=_elsewhere(recycled))
    remedies = {"disabled": f"aws ec2 enable-image --image-id {image.id}"}
    remedy = remedies.get(image.state, f"aws ec2 describe-images --image-ids {image.id} says why")
    return Check(name, ok=False, says=f"{image.id} is {image.state}", remedy=remedy)


def _parameters(sight: Sight) -> Check:
    name, target, gone = "parameters", sight.target(), sight.parameters
    if isinstance(target, Unseen) or isinstance(gone, Unseen):
        return _unseen(name, _first(target, gone), sight)
    if gone:
        parameter = gone[0].partition(":")[0]
        history = f"aws ssm get-parameter-history --name {parameter}"
        remedy = _elsewhere(f"{history} shows what is left")
        return Check(name, ok=False, says=f"{', '.join(gone)} gone", remedy=remedy)
    return Check(name, ok=True, says=f"{len(target.parameters)} of {len(target.parameters)} exist as they are pinned")


def _key(sight: Sight) -> Check:
    name, state, key = "key", sight.key, sight.places.parameter_key
    if isinstance(state, Unseen):
        return _unseen(name, state, sight)
    if state == ENABLED:
        return Check(name, ok=True, says="the parameters' key is enabled")
    remedies = {
        "Disabled": f"aws kms enable-key --key-id {key}",
        "PendingDeletion": f"aws kms cancel-key-deletion --key-id {key}, then aws kms enable-key --key-id {key}",
    }
    says = f"the parameters' key is {state}: instances could not read their secrets"
    return Check(name, ok=False, says=says, remedy=remedies.get(state, f"aws kms describe-key --key-id {key}"))


def _quota(sight: Sight) -> Check:
    name, rooms, more = "quota", sight.rooms, sight.more()
    if isinstance(rooms, Unseen) or isinstance(more, Unseen):
        return _unseen(name, _first(rooms, more), sight)
    known = [room for room in rooms if room.used is not None]
    if not known:
        quotas = ", ".join(room.called for room in rooms) or "the instance types"
        return _unseen(name, Unseen(f"CloudWatch has no figure of late of what is used of {quotas}"), sight)
    best = max(known, key=lambda room: room.free - room.wanted(more))
    leaves = f"{best.called} leaves {best.free:g} of {best.limit:g}"
    says = f"{more} more instances need {best.wanted(more)} vCPUs; {leaves}"
    if best.free >= best.wanted(more):
        return Check(name, ok=True, says=says)
    value = math.ceil((best.used or 0) + best.wanted(more))
    ask = "aws service-quotas request-service-quota-increase --service-code ec2"
    return Check(name, ok=False, says=says, remedy=f"{ask} --quota-code {best.quota} --desired-value {value}")


def _addresses(sight: Sight) -> Check:
    name, free, more = "addresses", sight.addresses, sight.more()
    if isinstance(free, Unseen) or isinstance(more, Unseen):
        return _unseen(name, _first(free, more), sight)
    # The groups spread their instances over the zones; one more, as what is replaced stands beside its successor.
    each = math.ceil(more / max(len(free), 1)) + 1
    short = {subnet: count for subnet, count in sorted(free.items()) if count < each}
    if short or not free:
        subnets = ", ".join(f"{subnet} has {count}" for subnet, count in short.items()) or "the groups have no subnets"
        where = next(iter(short), "")
        remedy = f"aws ec2 describe-network-interfaces --filters Name=subnet-id,Values={where} shows what takes them"
        says = f"{subnets} free; {each} are needed in each"
        return Check(name, ok=False, says=says, remedy=remedy if short else "`lastgood deploy`")
    return Check(name, ok=True, says=f"each of {len(free)} subnets has at least {min(free.values())} free")


def _processes(sight: Sight) -> Check:
    name, seen = "processes", sight.seen
    if isinstance(seen, Unseen):
        return _unseen(name, seen, sight)
    # What runs pause is theirs to resume, and the watchdog's where one did not.
    by_hand = {colour: sorted(set(group.suspended) - set(PAUSED)) for colour, group in seen.groups.items()}
    found = {colour: names for colour, names in by_hand.items() if names}
    if not found:
        return Check(name, ok=True, says="no scaling process is suspended by hand")
    says = "; ".join(f"{colour} has {', '.join(names)} suspended" for colour, names in found.items())
    resume = "aws autoscaling resume-processes --auto-scaling-group-name {} --scaling-processes {}"
    remedy = "; ".join(resume.format(sight.places.groups[colour], " ".join(names)) for colour, names in found.items())
    return Check(name, ok=False, says=says, remedy=remedy)


def _warm(sight: Sight) -> Check:
    name, sides, target = "warm", sight.sides(), sight.target()
    if (run := sight.at_work()) is not None:
        return Check(name, ok=True, says=f"{run} is at work, and sees to the groups itself")
    if isinstance(sides, Unseen):
        return _unseen(name, sides, sight)
    serving, idle = sides
    size = sight.rules.warm_size(serving.desired)
    if not size:
        launches = f"going back launches {needed(serving, sight.rules)} instances"
        return Check(name, ok=True, says=f"nothing is kept warm, as the settings say: {launches}")
    if isinstance(target, Unseen):
        return _unseen(name, target, sight)
    return _warm_enough(sight, idle, target, size)


def _warm_enough(sight: Sight, idle: Group, target: Release, size: int) -> Check:
    healthy = len(idle.healthy(target))
    says = f"{healthy} of {size} instances of version {target.version} are healthy in {idle.colour}"
    if healthy >= size:
        return Check("warm", ok=True, says=says)
    trouble = f"; the newest launch failed: {idle.trouble}" if idle.trouble else ""
    return Check("warm", ok=False, says=f"{says}{trouble}", remedy=_warmer(sight, idle, target, size))


def _channel(sight: Sight) -> Check:
    name, found, topic = "channel", sight.listening, sight.places.topic
    if isinstance(found, Unseen):
        return _unseen(name, found, sight)
    waits = f"; {found.waiting} waiting to be confirmed" if found.waiting else ""
    if found.confirmed:
        return Check(name, ok=True, says=f"{found.confirmed} confirmed{waits}")
    configure = f"set notifications.email in config/{sight.places.environment}.toml, then `lastgood deploy`"
    confirm = (
        "follow the link in the mail `AWS Notification - Subscription Confirmation`; it is sent again by "
        f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint ADDRESS"
    )
    says = f"nobody would hear of it: the topic has no confirmed subscription{waits}"
    return Check(name, ok=False, says=says, remedy=confirm if found.waiting else configure)


def _alarms(sight: Sight) -> Check:
    name, alarms, rule = "alarms", sight.alarms, sight.alarm_rule
    if isinstance(alarms, Unseen) or isinstance(rule, Unseen):
        return _unseen(name, _first(alarms, rule), sight)
    expected = sight.places.alarms
    missing = sorted(set(expected) - {one.name for one in alarms})
    if missing:
        remedy = "`lastgood deploy` makes it again"
        return Check(name, ok=False, says=f"{', '.join(missing)}: there is no such alarm", remedy=remedy)
    found = _deaf(sight, rule)
    if found is not None:
        return found
    blind = sorted(one.name for one in alarms if one.state == INSUFFICIENT)
    if blind:
        remedy = f"aws cloudwatch describe-alarms --alarm-names {' '.join(blind)} says why"
        return Check(name, ok=False, says=f"{', '.join(blind)} has too little data to fire", remedy=remedy)
    stuck = _stuck(sight, alarms)
    if stuck:
        remedy = "`lastgood status`, then docs/runbook.md, alarms of a group"
        says = f"{', '.join(stuck)} fires and no run is at work: it cannot set one off again"
        return Check(name, ok=False, says=says, remedy=remedy)
    return Check(
        name, ok=True, says=f"{len(expected)} of {len(expected)} watch, and {sight.places.alarm_rule} hands on"
    )


def _deaf(sight: Sight, rule: AlarmRule | None) -> Check | None:
    """Where the alarms' events reach nobody."""
    called = sight.places.alarm_rule
    left_out = sorted(set(sight.places.alarms) - set(rule.alarms)) if rule is not None else []
    if rule is None or left_out or not rule.reaches_submit:
        why = "is gone" if rule is None else f"leaves out {', '.join(left_out)}" if left_out else "has lost its target"
        return Check("alarms", ok=False, says=f"the rule {called} {why}", remedy="`lastgood deploy` makes it right")
    if not rule.enabled:
        says = f"the rule {called} is disabled: no alarm sets anything off but by the watchdog"
        return Check("alarms", ok=False, says=says, remedy=f"aws events enable-rule --name {called}")
    return None


def _stuck(sight: Sight, alarms: Sequence[Alarm]) -> list[str]:
    """Those that fire longer than their event counts, while no run is at work."""
    if sight.at_work() is not None:
        return []
    oldest = sight.at - sight.rules.event_age_seconds
    return sorted(one.name for one in alarms if one.state == ALARM and one.at < oldest)


def _dead_letters(sight: Sight) -> Check:
    name, count = "dead-letters", sight.dead_letters
    if isinstance(count, Unseen):
        return _unseen(name, count, sight)
    if not count:
        return Check(name, ok=True, says="none")
    remedy = f"aws sqs receive-message --queue-url {sight.places.dead_letters} (docs/runbook.md, dead letters)"
    return Check(name, ok=False, says=f"{count} could not be delivered", remedy=remedy)


def _unseen(name: str, unseen: Unseen, sight: Sight) -> Check:
    logs = f"aws logs tail /{sight.places.app}/{sight.places.environment}/control/readiness --since 2h"
    return Check(name, ok=False, says=f"not looked at: {unseen.why}", remedy=unseen.remedy or logs)


def _first(*found: object) -> Unseen:
    return next(one for one in found if isinstance(one, Unseen))


def _warmer(sight: Sight, idle: Group, target: Release, size: int) -> str:
    group = sight.places.groups[idle.colour]
    if len(idle.of(target)) >= size:
        return f"aws autoscaling describe-scaling-activities --auto-scaling-group-name {group} --max-items 5"
    return refill(group, target, size)


def _elsewhere(first: str) -> str:
    """Where this release cannot be brought back any more."""
    older = "a rollback goes to an older one (`lastgood checkpoints`) until `lastgood deploy` has promoted another"
    return f"{first}; else {older}"


def _named(checkpoint: Checkpoint) -> str:
    return f"checkpoint {checkpoint.number} (version {checkpoint.release.version})"
