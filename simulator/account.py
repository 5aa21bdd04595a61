"""An AWS account behind the real adapters: boto3's clients, answered from one world, with every call noted.

The other fakes (simulator/services.py) stand in for the adapters; these stand in for what adapters call. So the calls
that a step makes are counted in the step itself.
"""

from __future__ import annotations

import io
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from recovery.aws import archive, balancer, groups, metrics, parameters, runs, store, templates, topic
from recovery.aws.metrics import REQUESTS
from recovery.handlers import change, entry, notify, observe, probe, record, submit, watchdog
from simulator import control_table, services, traffic
from simulator.calls import STAGE
from simulator.engine import Engine
from simulator.monitors import before_move
from simulator.services import NODES, REACTS_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from recovery.settings import Settings
    from simulator.fleet import Fleet, Machine
    from simulator.paths import Doc
    from simulator.world import Execution, World

ADAPTERS = (archive, balancer, groups, metrics, parameters, runs, store, templates, topic)
HANDLERS = (change, entry, notify, observe, probe, record, submit, watchdog)


@dataclass(frozen=True, slots=True)
class Done:
    """One call of a function, and the calls of AWS that it made, in their order: `elbv2.describe_rules` and so on."""

    at: float
    function: str
    step: str
    calls: tuple[str, ...]


@dataclass(slots=True)
class Account:
    """What was called."""

    done: list[Done] = field(default_factory=list["Done"])
    now: list[str] = field(default_factory=list[str])

    def client(self, service: str, _config: object = None) -> Any:
        """In the place of recovery.aws.clients.client."""
        return Client(service, self.now)


class Client:
    """One service's. An operation that is not known here is an AttributeError, as with boto3."""

    def __init__(self, service: str, noted: list[str]) -> None:
        self._service, self._noted = service, noted

    def __getattr__(self, operation: str) -> Callable[..., Doc]:
        if self._service == "dynamodb":
            effect = getattr(control_table.Typed(), operation)
            answer: Callable[[World, Doc], Doc] = lambda _world, arguments: effect(**arguments)  # noqa: E731 as below
        else:
            try:
                answer = ANSWERS[self._service][operation]
            except KeyError:
                raise AttributeError(f"no {operation} of {self._service} is known here") from None

        def call(**arguments: Any) -> Doc:
            self._noted.append(f"{self._service}.{operation}")
            return STAGE.call(self._service, answer, STAGE.engine.world, arguments)

        return call


class Counting(Engine):
    """An engine that keeps what each call of a function called."""

    def __init__(self, world: World, account: Account) -> None:
        super().__init__(world)
        self.account = account

    def invoke(self, function: str, event: Doc, fault: str = "", *, run: Execution | None = None) -> tuple[str, Doc]:
        account, at = self.account, self.world.now
        # Another function may be called while this one is at work.
        outer, mine = list(account.now), account.now
        mine.clear()
        said = super().invoke(function, event, fault, run=run)
        account.done.append(Done(at, function, str(event.get("step", "")), tuple(mine)))
        mine[:] = outer
        return said


@contextmanager
def wired(settings: Settings) -> Generator[Account]:
    """Handlers that are called inside run with their real adapters, on this account's clients."""
    account = Account()
    before: list[tuple[Any, str, Any]] = []

    def put(module: Any, name: str, value: Any) -> None:
        if hasattr(module, name):
            before.append((module, name, getattr(module, name)))
            setattr(module, name, value)

    for adapter in ADAPTERS:
        put(adapter, "client", account.client)
    for handler in HANDLERS:
        put(handler, "clock", services.Clock)
        put(handler, "settings", lambda: settings)
    put(probe, "TestListener", _test_listener)
    put(entry.log, "disabled", True)
    try:
        yield account
    finally:
        for module, name, value in reversed(before):
            setattr(module, name, value)


def _test_listener(_settings: Settings) -> services.TestListener:
    return services.TestListener()


# What the services answer, in boto3's shapes


def _at(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def _colour(world: World, arn: str) -> str:
    return next(colour for colour, one in world.site.settings.target_groups.items() if one == arn)


def _rules(world: World, _arguments: Doc) -> Doc:
    weights, arns = world.seen_rule(), world.site.settings.target_groups
    forward = [{"TargetGroupArn": arns[colour], "Weight": weight} for colour, weight in weights.items()]
    return {"Rules": [{"Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": forward}}]}]}


def _tags(world: World, _arguments: Doc) -> Doc:
    tags = [{"Key": balancer.FLIP_TAG, "Value": world.flip}] if world.flip else []
    return {"TagDescriptions": [{"Tags": tags}]}


def _target_health(world: World, arguments: Doc) -> Doc:
    fleet = world.seen_fleets()[_colour(world, arguments["TargetGroupArn"])]
    return {
        "TargetHealthDescriptions": [
            {"Target": {"Id": one.id}, "TargetHealth": {"State": "healthy" if one.healthy else "unhealthy"}}
            for one in fleet.machines
        ]
    }


def _modify_rule(world: World, arguments: Doc) -> Doc:
    [action] = arguments["Actions"]
    weights = {
        _colour(world, one["TargetGroupArn"]): int(one["Weight"]) for one in action["ForwardConfig"]["TargetGroups"]
    }
    before_move(world, weights)
    traffic.move(world, weights)
    return {}


def _describe_groups(world: World, _arguments: Doc) -> Doc:
    names = world.site.settings.groups
    return {"AutoScalingGroups": [_group(names[colour], fleet) for colour, fleet in world.seen_fleets().items()]}


def _group(name: str, fleet: Fleet) -> Doc:
    specification = {"LaunchTemplateId": fleet.template_id, "Version": str(fleet.version)}
    return {
        "AutoScalingGroupName": name,
        "MinSize": fleet.minimum,
        "DesiredCapacity": fleet.desired,
        "MaxSize": fleet.maximum,
        "AvailabilityZones": list(fleet.zones),
        "SuspendedProcesses": [{"ProcessName": one} for one in fleet.suspended],
        "MixedInstancesPolicy": {
            "LaunchTemplate": {
                "LaunchTemplateSpecification": specification,
                "Overrides": [{"InstanceType": one} for one in fleet.types],
            }
        },
        "Instances": [
            {
                "InstanceId": one.id,
                "AvailabilityZone": one.zone,
                "LifecycleState": groups.IN_SERVICE,
                "LaunchTemplate": {"LaunchTemplateId": fleet.template_id, "Version": str(one.version)},
            }
            for one in fleet.machines
        ],
    }


def _fleet(world: World, arguments: Doc) -> Fleet:
    names = world.site.settings.groups
    return next(one for colour, one in world.fleets.items() if names[colour] == arguments["AutoScalingGroupName"])


def _update_group(world: World, arguments: Doc) -> Doc:
    changes: dict[str, Any] = {"minimum": arguments["MinSize"], "desired": arguments["DesiredCapacity"]}
    policy = arguments.get("MixedInstancesPolicy")
    if policy:
        template = policy["LaunchTemplate"]
        changes["version"] = int(template["LaunchTemplateSpecification"]["Version"])
        changes["types"] = tuple(one["InstanceType"] for one in template.get("Overrides", ()))
    colour = _fleet(world, arguments).colour
    traffic.change_fleet(world, colour, **changes)
    world.push(REACTS_SECONDS, "adjust", colour)
    return {}


def _suspend(world: World, arguments: Doc) -> Doc:
    return _processes(world, arguments, lambda now, named: now | named)


def _resume(world: World, arguments: Doc) -> Doc:
    return _processes(world, arguments, lambda now, named: now - named)


def _processes(world: World, arguments: Doc, change_: Callable[[set[str], set[str]], set[str]]) -> Doc:
    fleet = _fleet(world, arguments)
    suspended = change_(set(fleet.suspended), set(arguments["ScalingProcesses"]))
    traffic.change_fleet(world, fleet.colour, suspended=tuple(sorted(suspended)))
    return {}


def _versions(world: World, arguments: Doc) -> Doc:
    found = (world.site.data.get(int(one)) for one in arguments["Versions"])
    return {"LaunchTemplateVersions": [{"LaunchTemplateData": one} for one in found if one is not None]}


def _machines(world: World, ids: list[str]) -> list[Machine]:
    return [one for fleet in world.fleets.values() for one in fleet.machines if one.id in ids]


def _instances(world: World, arguments: Doc) -> Doc:
    found = [_instance(world, one) for one in _machines(world, arguments["InstanceIds"])]
    return {"Reservations": [{"Instances": found}]}


def _instance(world: World, one: Machine) -> Doc:
    release = world.site.builds[one.version].release
    content: Mapping[str, Any] = release.content
    tags = {
        templates.TEMPLATE_TAG: release.template_id,
        templates.VERSION_TAG: str(release.version),
        templates.RELEASE_TAG: release.fingerprint,
    }
    device = content["root_volume"]["device"]
    return {
        "InstanceId": one.id,
        "ImageId": content["image_id"],
        "InstanceType": release.instance_types[0],
        "IamInstanceProfile": {"Arn": f"arn:aws:iam::222222222222:instance-profile/{content['instance_profile']}"},
        "MetadataOptions": {
            "HttpTokens": content["metadata"]["tokens"],
            "HttpPutResponseHopLimit": content["metadata"]["hops"],
        },
        "RootDeviceName": device,
        "BlockDeviceMappings": [{"DeviceName": device, "Ebs": {"VolumeId": f"vol-{one.id}"}}],
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }


def _volumes(world: World, arguments: Doc) -> Doc:
    found: list[Doc] = []
    for volume in arguments["VolumeIds"]:
        [one] = _machines(world, [volume.removeprefix("vol-")])
        content: Mapping[str, Any] = world.site.builds[one.version].release.content
        root = content["root_volume"]
        found.append(
            {"VolumeId": volume, "Size": root["gib"], "VolumeType": root["type"], "Encrypted": root["encrypted"]}
        )
    return {"Volumes": found}


def _metric_data(world: World, arguments: Doc) -> Doc:
    begin, end = arguments["StartTime"], arguments["EndTime"]
    minutes = [one for one in world.minutes if begin <= one.at < end and one.published <= world.now]
    results: list[Doc] = []
    for query in arguments["MetricDataQueries"]:
        colour, _, name = str(query["Id"]).partition("_")
        there = [one for one in minutes if colour in one.requests]
        # Of what an expression is made of, only the times are looked at: which minutes were published.
        counted = name == REQUESTS or name.startswith(metrics.RAW)
        values = [one.requests[colour] if counted else traffic.value(one, colour, name) for one in there]
        results.append({"Id": query["Id"], "Timestamps": [_at(one.at) for one in there], "Values": values})
    return {"MetricDataResults": results}


def _alarms(world: World, arguments: Doc) -> Doc:
    found: list[Doc] = []
    for name in arguments["AlarmNames"]:
        state, at, reason = world.alarms.get(name, ("OK", 0.0, ""))
        found.append({"AlarmName": name, "StateValue": state, "StateUpdatedTimestamp": _at(at), "StateReason": reason})
    return {"MetricAlarms": found}


def _start(_world: World, arguments: Doc) -> Doc:
    STAGE.engine.start(arguments["name"], json.loads(arguments["input"]))
    return {}


def _status(world: World, arguments: Doc) -> Doc:
    return {"status": world.runs[arguments["executionArn"].rpartition(":")[2]].status}


def _publish(_world: World, arguments: Doc) -> Doc:
    attributes = {name: one["StringValue"] for name, one in arguments["MessageAttributes"].items()}
    STAGE.engine.publish(arguments["Subject"], arguments["Message"], attributes)
    return {}


def _invoke(_world: World, arguments: Doc) -> Doc:
    STAGE.engine.later("notify", json.loads(arguments["Payload"]))
    return {}


def _kept(world: World, arguments: Doc) -> Doc:
    world.outbox.append(arguments["MessageBody"])
    return {}


def _fixed(answer: Doc) -> Callable[[World, Doc], Doc]:
    return lambda _world, _arguments: answer


ANSWERS: Mapping[str, Mapping[str, Callable[[World, Doc], Doc]]] = {
    "elbv2": {
        "describe_rules": _rules,
        "describe_tags": _tags,
        "describe_target_health": _target_health,
        "modify_rule": _modify_rule,
    },
    "autoscaling": {
        "describe_auto_scaling_groups": _describe_groups,
        "describe_scaling_activities": _fixed({"Activities": []}),
        "update_auto_scaling_group": _update_group,
        "suspend_processes": _suspend,
        "resume_processes": _resume,
    },
    "ec2": {
        "describe_launch_template_versions": _versions,
        "describe_images": _fixed({"Images": [{"State": templates.AVAILABLE}]}),
        "describe_instances": _instances,
        "describe_volumes": _volumes,
        "describe_network_interfaces": _fixed({"NetworkInterfaces": [{"PrivateIpAddress": one} for one in NODES]}),
    },
    "cloudwatch": {"get_metric_data": _metric_data, "describe_alarms": _alarms, "put_metric_data": _fixed({})},
    "ssm": {"get_parameter_history": _fixed({"Parameters": [{"Version": number} for number in range(1, 10)]})},
    "kms": {"describe_key": _fixed({"KeyMetadata": {"KeyState": parameters.USABLE}})},
    "s3": {
        "list_objects_v2": lambda world, _: {"Contents": [{"Key": one} for one in world.objects]},
        "get_object": lambda world, arguments: {"Body": io.BytesIO(world.objects[arguments["Key"]].encode())},
    },
    "stepfunctions": {"start_execution": _start, "describe_execution": _status},
    "sns": {"publish": _publish},
    "sqs": {"send_message": _kept},
    "lambda": {"invoke": _invoke},
}
