"""The real adapters on the embedded AWS. Each part is made when a case first asks for it."""

from __future__ import annotations

import base64
import hashlib
import inspect
import json
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from http import HTTPMethod
from typing import TYPE_CHECKING, Any

from recovery.aws import archive, balancer, groups, metrics, parameters, runs, store, templates, topic
from recovery.core.fingerprint import fingerprint
from recovery.core.release import Release
from tests.contract.account import exchange
from tests.contract.fakes import flaky
from tests.contract.fakes.side import BAD_PERCENT, BOOT_SECONDS, FLAKY, MACHINE, RUN_SECONDS, Ended
from tests.contract.fakes.simulated import place
from tests.contract.workshop import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from recovery.core.rules import Rules
    from recovery.settings import Settings
    from tests.contract.blue_green import BlueGreen
    from tests.contract.fakes.side import Told
    from tests.contract.workshop import Workshop

ADAPTERS = (archive, balancer, groups, metrics, parameters, runs, store, templates, topic)
PRINTS = "import json\ndef handler(event, context): print(json.dumps(event))"
COLOURS = ("blue", "green")
NAMES = {"elb": "elasticloadbalancing", "cloudwatch": "monitoring"}
WRITES = {"dynamodb": "UpdateItem", "elb": "ModifyRule", "s3": "PutObject", "states": "StartExecution"}
REFUSALS = {
    "dynamodb": ("ThrottlingException", 400),
    "ec2": ("RequestLimitExceeded", 503),
    "s3": ("SlowDown", 503),
    "states": ("ThrottlingException", 400),
}
OFTEN = ("Throttling", 400)
"""How the others say that they were asked too often."""


class Emulated:
    """A `Side`. The adapters' modules must have its clients."""

    def __init__(self, shop: Workshop, stage: Callable[[], BlueGreen]) -> None:
        self.shop, self.account = shop, shop.account
        self._stage = stage
        self._base: Settings = place().settings
        self._versions: dict[int, Release] = {}
        self._groups: dict[str, str] = {}
        self._alarms: list[str] = []
        self.rules: Rules = place().rules

    @cached_property
    def stage(self) -> BlueGreen:
        return self._stage()

    # The adapters

    @cached_property
    def store(self) -> store.Store:
        name, dynamodb = self.account.fresh("table"), self.account.dynamodb
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
        # As Terraform seeds it.
        dynamodb.put_item(TableName=name, Item={"pk": {"S": "status"}, "sk": {"S": "status"}, "quarantined": {"M": {}}})
        return store.Store(replace(self._base, table=name))

    @cached_property
    def archive(self) -> archive.Archive:
        name = self.account.fresh("checkpoints")
        self.account.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        self.account.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        self.account.s3.put_object(Bucket=name, Key="service.tfstate", Body=b"{}")
        chosen = replace(self._base, bucket=name, state_bucket=name, state_key="service.tfstate")
        return archive.Archive(chosen)

    @cached_property
    def balancer(self) -> balancer.Balancer:
        return balancer.Balancer(self._balanced)

    @cached_property
    def groups(self) -> groups.Groups:
        named = {f"group_{colour}": name for colour, name in self._groups.items()}
        return groups.Groups(replace(self._base, **named))

    @cached_property
    def metrics(self) -> metrics.Metrics:
        chosen = self._balanced
        for colour in COLOURS:
            for signal in self.rules.signals:
                self._alarm(chosen, colour, signal.name)
        return metrics.Metrics(chosen)

    @cached_property
    def notify(self) -> topic.Notify:
        return topic.Notify(replace(self._base, notify_function=self._notify))

    @cached_property
    def parameters(self) -> parameters.Parameters:
        key = self.account.kms.create_key()["KeyMetadata"].get("Arn", "")
        for number in range(1, 5):
            [reference] = self.release(number).parameters.values()
            name = reference.partition(":")[0]
            self.account.ssm.put_parameter(Name=name, Value=str(number), Type="String", Overwrite=number > 1)
        return parameters.Parameters(replace(self._base, parameter_key_arn=key))

    @cached_property
    def runs(self) -> runs.Runs:
        arn = self._machine
        return runs.Runs(replace(self._base, machine_arn=arn, machine=arn.rpartition(":")[2]))

    @cached_property
    def templates(self) -> templates.Templates:
        return templates.Templates()

    @cached_property
    def topic(self) -> topic.Topic:
        arn: str = self.shop.topics.create_topic(Name=self.account.fresh("told"))["TopicArn"]
        self.shop.topics.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=self._heard[1])
        return topic.Topic(replace(self._base, topic_arn=arn, outbox_url=self._outbox[0]))

    # What is there

    def release(self, number: int) -> Release:
        if number not in self._versions:
            self._versions[number] = self._released(number)
        return self._versions[number]

    def serve(self, blue: int, green: int = 0) -> None:
        for number, (colour, count) in enumerate(zip(COLOURS, (blue, green), strict=True), start=1):
            release = self.release(number)
            specification = {"LaunchTemplateId": release.template_id, "Version": str(release.version)}
            types = [{"InstanceType": one} for one in release.instance_types]
            policy = {"LaunchTemplate": {"LaunchTemplateSpecification": specification, "Overrides": types}}
            self._groups[colour] = self.stage.group(
                str(release.version),
                count,
                colour=colour,
                policy=policy,
                maximum=self.rules.maximum,
                HealthCheckType="ELB",
                HealthCheckGracePeriod=self.rules.healthy_seconds,
            )
        self.wait(BOOT_SECONDS + 1)

    # Time

    def now(self) -> float:
        return self.account.advance(0).timestamp()

    def wait(self, seconds: float) -> None:
        self.account.advance(seconds)

    # What happens

    def weigh(self, weights: Mapping[str, int]) -> None:
        self.stage.weigh(**weights)

    def tag(self, flip: str) -> None:
        tags: Any = [{"Key": balancer.FLIP_TAG, "Value": flip}]
        self.account.elbv2.add_tags(ResourceArns=[self.stage.rule], Tags=tags)

    def requests(self, count: int) -> None:
        address = self.stage.address()
        for _ in range(count):
            exchange(address, "/")

    def turn(self, number: int) -> None:
        change = {"release": self.release(number).fingerprint, "line": f"errors={BAD_PERCENT:g}%"}
        self._own("behaviour", change)

    def sicken(self, colour: str) -> str:
        one = min(self.stage.instance_ids(self._groups[colour]))
        self._own("behaviour", {"instance": one, "line": "health=500"})
        self.wait(11)  # two checks, five seconds apart
        return one

    def capacity(self, *, short: bool) -> None:
        limits = [{"instance_type": "*", "zone": "*", "available": 0}]
        self._own("capacity", limits if short else [])

    def stop(self, run: str) -> None:
        self.shop.machines.stop_execution(executionArn=self._execution(run))

    def finish(self, run: str) -> None:
        execution = self._execution(run)

        def entered() -> bool | None:
            events = self.shop.machines.get_execution_history(executionArn=execution)["events"]
            return True if len(events) > 1 else None

        eventually(entered)
        self.wait(RUN_SECONDS + 1)
        self.shop.ended(execution)

    def execute(self, machine: Mapping[str, Any], document: Mapping[str, Any]) -> Ended:
        text = json.dumps(machine)
        if FLAKY in text:
            name = self.shop.function(inspect.getsource(flaky))
            text = text.replace(f'"{FLAKY}"', json.dumps(self.shop.function_arn(name)))
        definition: dict[str, Any] = json.loads(text)
        arn = self.shop.machine(definition.pop("States"), **definition)
        execution = self.shop.machines.start_execution(stateMachineArn=arn, input=json.dumps(document))["executionArn"]

        def ended() -> Any:
            found = self.shop.machines.describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                return found
            # Its waits, and the pauses before what is tried again.
            self.wait(1)
            return None

        found = eventually(ended)
        return Ended(found["status"], json.loads(found["output"]) if found.get("output") else None)

    @contextmanager
    def fault(self, kind: str, service: str) -> Generator[None]:
        code, status = REFUSALS.get(service, OFTEN)
        effects: dict[str, dict[str, Any]] = {
            "busy": {"effect": "error", "code": code, "status": status},
            "down": {"effect": "down"},
            "lost": {"effect": "lost", "operation": WRITES.get(service, "*")},
        }
        self._own("faults", [{"service": NAMES.get(service, service), **effects[kind]}])
        yield
        self.account.own("faults", HTTPMethod.DELETE)

    # What came of it

    def told(self) -> Told:
        body = json.loads(self.shop.message(self._heard[0])["Body"])
        assert self.shop.nothing_comes(self._heard[0])
        return body["Subject"], body["Message"], {key: one["Value"] for key, one in body["MessageAttributes"].items()}

    def kept(self) -> Mapping[str, Any]:
        return json.loads(self.shop.message(self._outbox[0])["Body"])

    def paged(self) -> Mapping[str, Any]:
        def printed() -> Any:
            try:
                found = self.shop.logs.filter_log_events(logGroupName=f"/aws/lambda/{self._notify}")["events"]
            except self.shop.logs.exceptions.ResourceNotFoundException:
                return None
            lines = [event["message"] for event in found if event["message"].startswith("{")]
            return lines or None

        [line] = eventually(printed)
        return json.loads(line)

    def tidy(self) -> None:
        """What other tests would meet, or wait for: a shortage, and alarms that are evaluated once a minute."""
        self.capacity(short=False)
        if self._alarms:
            self.account.cloudwatch.delete_alarms(AlarmNames=self._alarms)

    # How

    @cached_property
    def _balanced(self) -> Settings:
        stage = self.stage
        targets = {f"target_group_{colour}": stage.targets[colour] for colour in COLOURS}
        dimension = stage.balancer.partition(":loadbalancer/")[2]
        prefix = self.account.fresh("shop")
        return replace(self._base, rule_arn=stage.rule, balancer=dimension, alarm_prefix=prefix, **targets)

    @cached_property
    def _heard(self) -> tuple[str, str]:
        return self.shop.queue()

    @cached_property
    def _outbox(self) -> tuple[str, str]:
        return self.shop.queue()

    @cached_property
    def _notify(self) -> str:
        return self.shop.function(PRINTS)

    @cached_property
    def _machine(self) -> str:
        states: Any = MACHINE["States"]
        return self.shop.machine(states)

    @cached_property
    def _image(self) -> str:
        return self.account.ec2.register_image(Name=self.account.fresh("image"))["ImageId"]

    @cached_property
    def _profile(self) -> str:
        name = self.account.fresh("shop")
        self.account.iam.create_instance_profile(InstanceProfileName=name)
        return name

    @cached_property
    def _app(self) -> str:
        return self.account.fresh("shop")

    def _released(self, number: int) -> Release:
        """The simulator's release of this number, of what there is here."""
        content: dict[str, Any] = dict(place().builds[number].release.content)
        script = f"#!/bin/bash\n# localaws: boot={'never' if number == 4 else f'{BOOT_SECONDS:g}s'}\n"
        # Whatever device RegisterImage is asked for, moto's images have this one.
        content["root_volume"] = {**content["root_volume"], "device": "/dev/sda1"}
        content |= {
            "image_id": self._image,
            "instance_profile": self._profile,
            "parameters": {"password": f"/{self._app}/password:{number}"},
            "user_data_sha256": hashlib.sha256(script.partition("\n")[2].encode()).hexdigest(),
        }
        mark, volume = fingerprint(content), content["root_volume"]
        named = script.replace("\n", f"\nexport LASTGOOD_RELEASE='{mark}'\n", 1)
        disk = {"VolumeSize": volume["gib"], "VolumeType": volume["type"], "Encrypted": volume["encrypted"]}
        version = self.stage.version(
            release=mark,
            ImageId=self._image,
            UserData=base64.b64encode(named.encode()).decode(),
            IamInstanceProfile={"Name": self._profile},
            MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
            BlockDeviceMappings=[{"DeviceName": volume["device"], "Ebs": disk}],
        )
        return Release(self.stage.template, int(version), mark, content)

    def _execution(self, run: str) -> str:
        return f"{self._machine.replace(':stateMachine:', ':execution:')}:{run}"

    def _own(self, route: str, content: object) -> None:
        answer = self.account.own(route, HTTPMethod.PUT, content)
        assert answer.status == 200, answer.body

    def _alarm(self, chosen: Settings, colour: str, name: str) -> None:
        """As modules/alarms.py has it."""
        signal = next(one for one in self.rules.signals if one.name == name)
        dimensions: Any = [
            {"Name": "LoadBalancer", "Value": chosen.balancer},
            {"Name": "TargetGroup", "Value": chosen.target_groups[colour].rpartition(":")[2]},
        ]
        queries: Any = [{"Id": "signal", "Expression": signal.expression, "ReturnData": True}]
        for one in signal.metrics:
            metric = {"Namespace": metrics.NAMESPACE, "MetricName": one.name, "Dimensions": dimensions}
            stat = {"Metric": metric, "Period": 60, "Stat": one.statistic}
            queries.append({"Id": one.id, "MetricStat": stat, "ReturnData": False})
        self._alarms.append(chosen.alarm(colour, name))
        self.account.cloudwatch.put_metric_alarm(
            AlarmName=chosen.alarm(colour, name),
            ComparisonOperator="GreaterThanThreshold",
            Threshold=signal.threshold,
            EvaluationPeriods=signal.window_minutes,
            DatapointsToAlarm=signal.bad_minutes,
            TreatMissingData="notBreaching",
            Metrics=queries,
        )
