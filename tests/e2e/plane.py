"""A deployed control plane on one embedded AWS: releases made and submitted without Terraform, runs followed to their end."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recovery.core.fingerprint import fingerprint
from recovery.core.release import Release
from tests.contract.account import client

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.e2e.site import Site

RUNNING = "RUNNING"
TEMPLATE = "aws_launch_template.launch_template"
# Of the machine's time. A run's own waits go by the emulator's clock, which is far faster.
LONGEST_RUN_SECONDS = 150.0


@dataclass
class Plane:
    """What a test does to it, and what it sees of it. Every call belongs inside `aws.entered()`."""

    site: Site
    control: Mapping[str, Any]
    service: Mapping[str, Any]
    minimum: int = 2
    """Of the settings in force."""
    restored: bool = True
    """Whether a known good release is to serve at the end of the test."""
    releases: list[Release] = field(default_factory=list["Release"])
    """All that were ever made."""
    planned: set[bool] = field(default_factory=set[bool])
    """Whether something was quarantined when a plan of the control plane was made."""
    messages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    clients: dict[str, Any] = field(default_factory=dict[str, Any])

    def client(self, service: str) -> Any:
        """Made once: making one takes longer than any call."""
        if service not in self.clients:
            self.clients[service] = client(service)
        return self.clients[service]

    # Doing

    def release(self, line: str = "", *, reversible: bool = True) -> Release:
        """A new version of the template, whose instances behave as `line` says. Its content is new with each call."""
        ec2, template = self.client("ec2"), self.service["record"]["template_id"]
        newest = ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=["$Latest"])
        data = newest["LaunchTemplateVersions"][0]["LaunchTemplateData"]
        _, _, body = _first_release(ec2, template).split("\n", 2)
        body += f"\n# release {len(self.releases) + 1}\n# localaws: boot=1s {line}\n"
        content = {**self.service["release"], "user_data_sha256": hashlib.sha256(body.encode()).hexdigest()}
        mark = fingerprint(content)
        script = f"#!/bin/bash\nexport LASTGOOD_RELEASE='{mark}'\n{body}"
        for specification in data["TagSpecifications"]:
            for tag in specification["Tags"]:
                tag["Value"] = mark if tag["Key"] == "Release" else tag["Value"]
        data["UserData"] = base64.b64encode(script.encode()).decode()
        made = ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=data)
        version = made["LaunchTemplateVersion"]["VersionNumber"]
        self.releases.append(Release(template, version, mark, content, reversible))
        return self.releases[-1]

    def first(self) -> Release:
        """What Terraform deployed."""
        return self.releases[0]

    def first_promoted(self) -> None:
        """Wait for the release that Terraform submitted with its first apply."""
        if self.item("head"):
            return
        ended = self.put_out(self.first())
        assert ended["outcome"] == "Promoted", str(ended)

    def ask(self, request: Mapping[str, Any]) -> dict[str, str]:
        """What submit answers; a refusal as `{"error": type, "reason": message}`."""
        answer = self.client("lambda").invoke(
            FunctionName=self.control["submit_function"], Payload=json.dumps(request).encode()
        )
        body: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            return {"error": body["errorType"], "reason": body["errorMessage"]}
        return body

    def submit(self, release: Release, **more: object) -> dict[str, str]:
        return self.ask({"release": release.document(), "by": "a test", **more})

    def put_out(self, release: Release) -> dict[str, Any]:
        """Submit a release and wait for its run's end; Terraform may have submitted it a moment ago."""
        ticket = self.submit(release)
        assert ticket.get("answer") in ("started", "joined"), ticket
        return self.ended(ticket["run"])

    def roll_back(self) -> dict[str, Any]:
        ticket = self.ask({"rollback": {"by": "a test", "reason": "on purpose"}})
        assert ticket.get("answer") == "started", ticket
        return self.ended(ticket["run"])

    def lift_all(self) -> None:
        """Nothing is quarantined any more."""
        for one in self.item("status").get("quarantined", {}):
            self.ask({"lift": {"fingerprint": one, "by": "a test"}})

    def wish(self, wish: str, run: str) -> dict[str, str]:
        """`stop`, `pause`, or nothing to resume."""
        return self.ask({"wish": {"wish": wish, "run": run, "by": "a test"}})

    def resize(self, colour: str, **sizes: int) -> None:
        """By hand."""
        name = self.service["record"]["groups"][colour]
        self.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=name, **sizes)

    def weigh(self, weights: Mapping[str, int]) -> None:
        """By hand."""
        record = self.service["record"]
        groups = [{"TargetGroupArn": record["target_groups"][one], "Weight": weight} for one, weight in weights.items()]
        forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
        self.client("elbv2").modify_rule(RuleArn=record["rule_arn"], Actions=[forward])

    def stop(self, run: str) -> None:
        """Kill a run's execution."""
        self.client("stepfunctions").stop_execution(executionArn=self._execution(run))

    def capacity(self, *, minimum: int) -> None:
        """Another least size in the settings, applied by Terraform; the release stays what it is."""
        self.site.configure((r"min = 2", f"min = {minimum}"))
        for stack in ("service", "control_plane"):
            self.site.terraform(stack).apply()
        self.minimum = minimum

    def terminate(self, colour: str) -> None:
        """One instance of a group, by hand."""
        instance = self.group(colour)["Instances"][0]["InstanceId"]
        self.client("ec2").terminate_instances(InstanceIds=[instance])

    def behave(self, release: Release, line: str) -> None:
        """Running instances of a release behave otherwise from now on."""
        self._own("PUT", "behaviour", {"release": release.fingerprint, "line": line})

    def well_behaved(self) -> None:
        """What `behave`, `faults` and `hold` did is over."""
        for route in ("behaviour", "faults", "delivery", "capacity"):
            self._own("DELETE", route)

    def faults(self, *faults: Mapping[str, object]) -> None:
        self._own("PUT", "faults", list(faults))

    def every_call_twice(self, seconds: float) -> None:
        """Each step's call of its function arrives again, at once or so many of the machine's seconds later."""
        self.faults({"service": "lambda", "operation": "Invoke", "effect": "twice", "seconds": seconds})

    def short_of(self, *types: str) -> None:
        """EC2 has no more of these instance types, or of any."""
        self._own("PUT", "capacity", [{"instance_type": one, "zone": "*", "available": 0} for one in types or ("*",)])

    def advance(self, seconds: float) -> None:
        """Move the clock on."""
        self._own("POST", "clock", {"seconds": seconds})

    def hold_events(self) -> None:
        self._own("PUT", "delivery", {"paused": True})

    def deliver_events(self) -> None:
        self._own("DELETE", "delivery")

    def redeliver(self, count: int) -> list[str]:
        """The last events, again; their ids."""
        return list(self._own("POST", "redeliver", {"count": count})["events"])

    def _own(self, method: str, route: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.site.aws.endpoint}/_localaws/{route}", data=data, method=method)  # noqa: S310 loopback
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 loopback
            return json.loads(response.read() or b"null")

    # Seeing

    def ended(self, run: str, *, within: float = LONGEST_RUN_SECONDS) -> dict[str, Any]:
        """The run's record, once its execution has ended."""
        self.until(lambda: self.status(run) not in (RUNNING, "gone"), f"{run} ends", within)
        return self.item("run", run)

    def status(self, run: str) -> str:
        states = self.client("stepfunctions")
        arn = self._execution(run)
        try:
            return str(states.describe_execution(executionArn=arn)["status"])
        except states.exceptions.ExecutionDoesNotExist:
            return "gone"

    def until(self, true: Any, what: str, within: float = LONGEST_RUN_SECONDS) -> Any:
        """Wait until a function answers with something."""
        give_up = time.monotonic() + within
        while not (found := true()):
            assert time.monotonic() < give_up, f"not within {within:g} s: {what}; runs: {self.runs()}"
            time.sleep(0.2)
        return found

    def item(self, pk: str, sk: str = "") -> dict[str, Any]:
        found = self.client("dynamodb").get_item(
            TableName=self.control["table"], Key={"pk": {"S": pk}, "sk": {"S": sk or pk}}, ConsistentRead=True
        )
        return {name: _plain(value) for name, value in found.get("Item", {}).items()}

    def records(self) -> dict[str, dict[str, Any]]:
        """Every run's record by its name."""
        found = self.client("dynamodb").query(
            TableName=self.control["table"],
            KeyConditionExpression="pk = :run",
            ExpressionAttributeValues={":run": {"S": "run"}},
            ConsistentRead=True,
        )["Items"]
        items = [{name: _plain(value) for name, value in item.items()} for item in found]
        return {str(item["sk"]): item for item in items}

    def runs(self) -> dict[str, str]:
        """Run → outcome, or the step it is at."""
        return {name: str(item.get("outcome") or item.get("step")) for name, item in self.records().items()}

    def run_about(self, release: Release, kind: str) -> str:
        """Wait for a run of that kind about a release; the newest one's name."""

        def newest() -> str:
            names = [name for name in self.runs() if name.startswith(f"{kind}-{release.fingerprint[:16]}-")]
            return max(names, key=lambda name: int(name.rpartition("-")[2]), default="")

        return str(self.until(newest, f"a {kind} of {release.fingerprint[:12]} starts"))

    def at_step(self, run: str, *steps: str) -> None:
        """Wait until a run looks about in one of these steps."""
        self.until(lambda: self.item("run", run).get("step") in steps, f"{run} is at {' or '.join(steps)}")

    def idle(self) -> None:
        """Wait until no run is at work."""
        self.until(lambda: not self.item("lease").get("run"), "nobody is at work")

    def weights(self) -> dict[str, int]:
        rule = self.client("elbv2").describe_rules(RuleArns=[self.service["record"]["rule_arn"]])["Rules"][0]
        groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
        colours = {arn: colour for colour, arn in self.service["record"]["target_groups"].items()}
        return {colours[one["TargetGroupArn"]]: int(one["Weight"]) for one in groups}

    def serving(self) -> str:
        weights = self.weights()
        return max(weights, key=lambda colour: weights[colour])

    @property
    def other(self) -> str:
        """The colour that does not serve."""
        return "green" if self.serving() == "blue" else "blue"

    def serves(self) -> Release | None:
        """The release that serves, if it is one of ours."""
        fingerprint = self.fingerprint_of(self.serving())
        return next((one for one in self.releases if one.fingerprint == fingerprint), None)

    def fingerprint_of(self, colour: str) -> str:
        """Of the release that a group's instances run."""
        versions = self.versions(colour)
        return next((one.fingerprint for one in self.releases if {one.version} == versions), "")

    def planned_changes(self, stack: str) -> set[str]:
        """The addresses that Terraform would change; not the template, whose versions these tests make themselves."""
        terraform = self.site.terraform(stack)
        if not terraform.has_changes():
            return set()
        return set(re.findall(r"(?m)^  # (\S+) (?:will|must) be", terraform.last_output("plan"))) - {TEMPLATE}

    def group(self, colour: str) -> dict[str, Any]:
        name = self.service["record"]["groups"][colour]
        [found] = self.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])[
            "AutoScalingGroups"
        ]
        return dict(found)

    def versions(self, colour: str) -> set[int]:
        return {int(one["LaunchTemplate"]["Version"]) for one in self.group(colour)["Instances"]}

    def healthy(self, colour: str) -> int:
        arn = self.service["record"]["target_groups"][colour]
        found = self.client("elbv2").describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return sum(one["TargetHealth"]["State"] == "healthy" for one in found)

    def told(self, run: str = "") -> list[dict[str, Any]]:
        """Every notification so far, or those about a run."""
        queue = self.client("sqs")
        while True:
            answer = queue.receive_message(QueueUrl=self.control["outbox_url"], MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            if not messages:
                return [message for message in self.messages if run in ("", message["run"])]
            for message in messages:
                self.messages.append(json.loads(message["Body"]))
                queue.delete_message(QueueUrl=self.control["outbox_url"], ReceiptHandle=message["ReceiptHandle"])

    def public_address(self) -> str:
        """Where the public listener is."""
        listeners: list[dict[str, Any]] = self._own("GET", "listeners")
        return str(min(listeners, key=lambda one: one["port"])["address"])

    def _execution(self, run: str) -> str:
        machine = str(self.control["machine_arn"]).rpartition(":")[0]
        return f"{machine.replace(':stateMachine:', ':execution:')}:{run}"


def _first_release(ec2: Any, template: str) -> str:
    found = ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=["1"])
    data = found["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    return base64.b64decode(data["UserData"]).decode()


def _plain(value: Mapping[str, Any]) -> Any:
    [(kind, found)] = value.items()
    match kind:
        case "M":
            return {name: _plain(inner) for name, inner in found.items()}
        case "L":
            return [_plain(inner) for inner in found]
        case "N":
            return float(found)
        case _:
            return found
