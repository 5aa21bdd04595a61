"""The services behind the control plane's adapters: the same methods, on one world's truth.

Two adapters are real, on fake clients: the control table's (`control_table`) and the parameters' (`parameters`).
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from recovery.aws.metrics import REQUESTS
from recovery.aws.topic import SUBJECT_LIMIT
from recovery.core.incident import ALARM, Alarm
from recovery.core.observation import COLOURS, Series
from recovery.core.restored import Running
from recovery.core.smoking import Reply
from recovery.errors import AwsError, ConflictError
from simulator import traffic
from simulator.calls import STAGE
from simulator.leaks import watch
from simulator.monitors import before_group, before_move
from simulator.site import TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recovery.core.commands import SetGroup, SetProcesses
    from recovery.core.observation import Group
    from simulator.site import Site
    from simulator.world import Minute, World

NODES = ("10.0.0.10", "10.0.1.10")
# Auto Scaling reacts to a new desired capacity within seconds (AWS publishes no figure).
REACTS_SECONDS = 3.0
REPLACES_SECONDS = 30.0
RUN_NAME = re.compile(r"""[^\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}""")
"""Step Functions API, StartExecution.name."""


class Balancer:
    """Eventually consistent: a rule that reads back is not yet obeyed by every node."""

    def weights(self) -> dict[str, int]:
        return dict(STAGE.call("elb", STAGE.engine.world.seen_rule))

    def flip(self) -> str:
        return STAGE.call("elb", lambda: STAGE.engine.world.flip)

    def healthy(self, colour: str) -> frozenset[str]:
        return STAGE.call("elb", lambda: STAGE.engine.world.seen_fleets()[colour].healthy)

    def move(self, weights: Mapping[str, int]) -> None:
        STAGE.call("elb", self._move, weights, write=True)

    def nodes(self) -> list[str]:
        return STAGE.call("ec2", lambda: list(NODES))

    def _move(self, weights: Mapping[str, int]) -> None:
        world = STAGE.engine.world
        before_move(world, weights)
        traffic.move(world, weights)


class Groups:
    """Auto Scaling's part."""

    def look(self, healthy: Mapping[str, frozenset[str]]) -> dict[str, Group]:
        fleets = STAGE.call("autoscaling", STAGE.engine.world.seen_fleets)
        if not healthy:
            return {colour: fleet.unasked for colour, fleet in fleets.items()}
        return {
            colour: fleet.view if healthy.get(colour) is fleet.healthy else fleet.seen(healthy.get(colour, frozenset()))
            for colour, fleet in fleets.items()
        }

    def set(self, command: SetGroup) -> None:
        STAGE.call("autoscaling", self._set, command, write=True)

    def processes(self, command: SetProcesses) -> None:
        STAGE.call("autoscaling", self._processes, command, write=True)

    def _set(self, command: SetGroup) -> None:
        world = STAGE.engine.world
        fleet = world.fleets[command.colour]
        if not command.minimum <= command.desired <= fleet.maximum:
            # "ValidationError: Desired capacity must be between the specified min size and max size".
            raise AwsError(f"ValidationError: desired {command.desired} of {command.minimum}..{fleet.maximum}")
        release = command.release
        if release is not None and (release.template_id != TEMPLATE or release.version not in world.site.data):
            raise AwsError("ValidationError: You must use a valid fully-formed launch template.")
        before_group(world, command)
        changes: dict[str, Any] = {"minimum": command.minimum, "desired": command.desired}
        if command.release is not None:
            changes |= {"version": command.release.version, "types": command.release.instance_types or fleet.types}
        traffic.change_fleet(world, command.colour, **changes)
        world.push(REACTS_SECONDS, "adjust", command.colour)

    def _processes(self, command: SetProcesses) -> None:
        world = STAGE.engine.world
        suspended = (set(world.fleets[command.colour].suspended) | set(command.suspend)) - set(command.resume)
        traffic.change_fleet(world, command.colour, suspended=tuple(sorted(suspended)))


class Metrics:
    """CloudWatch, minutes behind."""

    def series(self, since: float, now: float) -> dict[str, dict[str, Series]]:
        return STAGE.call("cloudwatch", _series, STAGE.engine.world, since, now)

    def alarms(self) -> list[Alarm]:
        return STAGE.call("cloudwatch", _alarms, STAGE.engine.world)

    def force(self, alarm: str, reason: str) -> None:
        STAGE.call("cloudwatch", _force, STAGE.engine.world, alarm, reason, write=True)

    def put_measured(self, measured: Mapping[Any, float], at: float) -> None:
        del at
        STAGE.call("cloudwatch", measured.keys, write=True)


def _series(world: World, since: float, now: float) -> dict[str, dict[str, Series]]:
    begin, end = since - since % 60, now - now % 60
    if begin >= end:
        return {colour: {} for colour in COLOURS}
    minutes: list[Minute] = []
    for one in reversed(world.minutes):
        if one.at < begin:
            break
        if one.at < end and one.published <= world.now:
            minutes.append(one)
    minutes.reverse()
    found: dict[str, dict[str, Series]] = {}
    for colour in COLOURS:
        there = [one for one in minutes if colour in one.requests]
        at = tuple([one.at for one in there])
        found[colour] = series = {REQUESTS: Series(at, tuple([one.requests[colour] for one in there]))}
        for signal in world.site.rules.signals:
            name = signal.name
            series[name] = Series(at, tuple([traffic.value(one, colour, name) for one in there]))
    return found


def _alarms(world: World) -> list[Alarm]:
    if not world.alarms:
        return list(_quiet(world.site))
    return [
        Alarm(name, colour, *world.alarms.get(name, ("OK", 0.0, "")))
        for name, colour in world.site.settings.alarms().items()
    ]


def _force(world: World, alarm: str, reason: str) -> None:
    """Until it is evaluated next. One that fires already changes no state, so that nothing is told of it."""
    before = world.alarms.get(alarm, ("OK", 0.0, ""))[0]
    watch("the reason of", alarm, (reason,))
    world.tells(f"{alarm} is put into {ALARM}: {reason}")
    world.alarms[alarm] = (ALARM, world.now, reason)
    if before != ALARM:
        STAGE.engine.fires(alarm)


@lru_cache
def _quiet(site: Site) -> tuple[Alarm, ...]:
    """The alarms of a world in which none ever fired."""
    return tuple(Alarm(name, colour, "OK", 0.0, "") for name, colour in site.settings.alarms().items())


class Templates:
    """Launch templates, images and instances."""

    def data(self, template_id: str, version: int) -> Mapping[str, Any] | None:
        return STAGE.call("ec2", self._data, template_id, version)

    def fingerprint(self, template_id: str, version: int) -> str:
        return STAGE.call("ec2", self._fingerprint, template_id, version)

    def user_data(self, template_id: str, version: int) -> str:
        return STAGE.call("ec2", self._user_data, template_id, version)

    def image_launches(self, image_id: str) -> bool:
        return STAGE.call("ec2", self._image_launches, image_id)

    def running(self, ids: Iterable[str]) -> list[Running]:
        return STAGE.call("ec2", _running, STAGE.engine.world, frozenset(ids))

    @staticmethod
    def _data(template_id: str, version: int) -> Mapping[str, Any] | None:
        return STAGE.engine.world.site.data.get(version) if template_id == TEMPLATE else None

    @staticmethod
    def _fingerprint(template_id: str, version: int) -> str:
        build = STAGE.engine.world.site.builds.get(version)
        return build.release.fingerprint if build and template_id == TEMPLATE else ""

    def _user_data(self, template_id: str, version: int) -> str:
        mark = self._fingerprint(template_id, version)
        if not mark:
            return ""
        script = STAGE.engine.world.site.scripts[version]
        return script.replace("\n", f"\nexport LASTGOOD_RELEASE='{mark}'\n", 1)

    @staticmethod
    def _image_launches(image_id: str) -> bool:
        builds = STAGE.engine.world.site.builds.values()
        return any(build.release.content["image_id"] == image_id for build in builds)


def _running(world: World, ids: frozenset[str]) -> list[Running]:
    machines = [one for fleet in world.fleets.values() for one in fleet.machines if one.id in ids]
    found: list[Running] = []
    for one in machines:
        release = world.site.builds[one.version].release
        content: Mapping[str, Any] = release.content
        volume = content["root_volume"]
        found.append(
            Running(
                id=one.id,
                template=(release.template_id, release.version),
                release_tag=release.fingerprint,
                image_id=content["image_id"],
                instance_type=release.instance_types[0],
                instance_profile=content["instance_profile"],
                metadata_tokens=content["metadata"]["tokens"],
                metadata_hops=content["metadata"]["hops"],
                root_device=volume["device"],
                root_volume={name: volume[name] for name in ("gib", "type", "encrypted")},
            )
        )
    return found


class Archive:
    """S3: an object is there for every reader once it is written, and is written once (If-None-Match)."""

    def keys(self) -> list[str]:
        return STAGE.call("s3", lambda: sorted(STAGE.engine.world.objects, reverse=True))

    def read(self, key: str) -> str | None:
        return STAGE.call("s3", STAGE.engine.world.objects.get, key)

    def write(self, key: str, text: str) -> None:
        STAGE.call("s3", self._write, key, text, write=True)

    def state_version(self) -> str:
        return STAGE.call("s3", lambda: "3sL4kqtJlcpXroDTDmJ")

    @staticmethod
    def _write(key: str, text: str) -> None:
        watch("the object", key, (text,))
        objects = STAGE.engine.world.objects
        if objects.setdefault(key, text) != text:
            raise ConflictError("PreconditionFailed")


class Runs:
    """Step Functions' StartExecution and DescribeExecution."""

    def start(self, name: str, document: Mapping[str, Any]) -> bool:
        return STAGE.call("states", self._start, name, document, write=True)

    def status(self, name: str) -> str:
        return STAGE.call("states", self._status, name)

    @staticmethod
    def _start(name: str, document: Mapping[str, Any]) -> bool:
        if not RUN_NAME.fullmatch(name):
            raise AwsError(f"InvalidName: {name}")
        return STAGE.engine.start(name, document)

    @staticmethod
    def _status(name: str) -> str:
        found = STAGE.engine.world.runs.get(name)
        return found.status if found else "gone"


class Topic:
    """SNS, and the queue that keeps a copy."""

    def publish(self, subject: str, text: str, attributes: Mapping[str, str]) -> None:
        STAGE.call("sns", self._publish, subject[:SUBJECT_LIMIT], text, attributes, write=True)

    def keep(self, document: Mapping[str, Any]) -> None:
        STAGE.call("sqs", STAGE.engine.world.outbox.append, json.dumps(document), write=True)

    @staticmethod
    def _publish(subject: str, text: str, attributes: Mapping[str, str]) -> None:
        # SNS API, MessageAttributeValue: neither a value nor the message's text may be empty.
        if not text or not all(attributes.values()):
            raise AwsError("InvalidParameter: empty")
        STAGE.engine.publish(subject, text, attributes)


class Notify:
    """The notifying function, called without waiting for it."""

    def page(self, state: Mapping[str, Any]) -> None:
        event = {"step": "Escalate", "state": state}
        STAGE.call("lambda", lambda: STAGE.engine.later("notify", event), write=True)


class TestListener:
    """The app itself, by a group's name. A group without healthy targets gets its requests all the same (fail-open)."""

    def ask(self, node: str, colour: str) -> Reply:
        del node
        return STAGE.call("app", self._ask, colour)

    @staticmethod
    def _ask(colour: str) -> Reply:
        world = STAGE.engine.world
        fleet = world.fleets[colour]
        if not fleet.machines:
            return Reply(503, "")
        build = world.site.builds[fleet.runs]
        if not fleet.healthy or not build.smokes:
            return Reply(502, "")
        return Reply(200, build.release.fingerprint)


class Clock:
    """The function's own host's, which may be wrong."""

    @staticmethod
    def now() -> float:
        world = STAGE.engine.world
        return world.now + (world.invocation.skew if world.invocation else 0.0)
