"""A deployed control plane on one embedded AWS: releases made and submitted without Terraform, runs followed to their end."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recovery.core.fingerprint import fingerprint
from recovery.core.release import Release
from tests.contract.account import client

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localaws.process import LocalAws

RUNNING = "RUNNING"
# Of the machine's time. A run's own waits go by the emulator's clock, which is far faster.
LONGEST_RUN_SECONDS = 150.0


@dataclass
class Plane:
    """What a test does to it, and what it sees of it. Every call belongs inside `aws.entered()`."""

    aws: LocalAws
    control: Mapping[str, Any]
    service: Mapping[str, Any]
    made: int = field(default=0)
    good: Release | None = None
    """The release that a test was given last."""

    # Doing

    def release(self, line: str = "", *, reversible: bool = True) -> Release:
        """A new version of the template, whose instances behave as `line` says. Its content is new with each call."""
        self.made += 1
        ec2, template = client("ec2"), self.service["record"]["template_id"]
        newest = ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=["$Latest"])
        data = newest["LaunchTemplateVersions"][0]["LaunchTemplateData"]
        _, _, body = _first_release(template).split("\n", 2)
        body += f"\n# release {self.made}\n# localaws: boot=1s {line}\n"
        content = {**self.service["release"], "user_data_sha256": hashlib.sha256(body.encode()).hexdigest()}
        mark = fingerprint(content)
        script = f"#!/bin/bash\nexport LASTGOOD_RELEASE='{mark}'\n{body}"
        for specification in data["TagSpecifications"]:
            for tag in specification["Tags"]:
                tag["Value"] = mark if tag["Key"] == "Release" else tag["Value"]
        data["UserData"] = base64.b64encode(script.encode()).decode()
        made = ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=data)
        version = made["LaunchTemplateVersion"]["VersionNumber"]
        return Release(template, version, mark, content, reversible)

    def first(self) -> Release:
        """What Terraform deployed."""
        record = self.service["record"]
        return Release(record["template_id"], 1, self.service["fingerprint"], self.service["release"])

    def ask(self, request: Mapping[str, Any]) -> dict[str, str]:
        """What submit answers; a refusal as `{"error": type, "reason": message}`."""
        answer = client("lambda").invoke(
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

    def roll_back(self, by: str = "a test") -> dict[str, Any]:
        ticket = self.ask({"rollback": {"by": by, "reason": "on purpose"}})
        assert ticket.get("answer") == "started", ticket
        return self.ended(ticket["run"])

    def behave(self, release: Release, line: str) -> None:
        """Running instances of a release behave otherwise from now on."""
        self._own("PUT", "behaviour", {"release": release.fingerprint, "line": line})

    def well_behaved(self) -> None:
        """What `behave`, `faults` and `hold` did is over."""
        for route in ("behaviour", "faults", "delivery", "capacity"):
            self._own("DELETE", route)

    def faults(self, *faults: Mapping[str, object]) -> None:
        self._own("PUT", "faults", list(faults))

    def _own(self, method: str, route: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.aws.endpoint}/_localaws/{route}", data=data, method=method)  # noqa: S310 loopback
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 loopback
            return json.loads(response.read() or b"null")

    # Seeing

    def ended(self, run: str, *, within: float = LONGEST_RUN_SECONDS) -> dict[str, Any]:
        """The run's record, once its execution has ended."""
        self.until(lambda: self.status(run) not in (RUNNING, "gone"), f"{run} ends", within)
        return self.item("run", run)

    def status(self, run: str) -> str:
        states = client("stepfunctions")
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
            time.sleep(0.1)
        return found

    def item(self, pk: str, sk: str = "") -> dict[str, Any]:
        found = client("dynamodb").get_item(
            TableName=self.control["table"], Key={"pk": {"S": pk}, "sk": {"S": sk or pk}}, ConsistentRead=True
        )
        return {name: _plain(value) for name, value in found.get("Item", {}).items()}

    def runs(self) -> dict[str, str]:
        """Run → outcome, or the step it is at."""
        found = client("dynamodb").query(
            TableName=self.control["table"],
            KeyConditionExpression="pk = :run",
            ExpressionAttributeValues={":run": {"S": "run"}},
        )["Items"]
        items = [{name: _plain(value) for name, value in item.items()} for item in found]
        return {str(item["sk"]): str(item.get("outcome") or item.get("step")) for item in items}

    def weights(self) -> dict[str, int]:
        rule = client("elbv2").describe_rules(RuleArns=[self.service["record"]["rule_arn"]])["Rules"][0]
        groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
        colours = {arn: colour for colour, arn in self.service["record"]["target_groups"].items()}
        return {colours[one["TargetGroupArn"]]: int(one["Weight"]) for one in groups}

    def serving(self) -> str:
        weights = self.weights()
        return max(weights, key=lambda colour: weights[colour])

    def group(self, colour: str) -> dict[str, Any]:
        name = self.service["record"]["groups"][colour]
        [found] = client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        return dict(found)

    def versions(self, colour: str) -> set[int]:
        return {int(one["LaunchTemplate"]["Version"]) for one in self.group(colour)["Instances"]}

    def healthy(self, colour: str) -> int:
        arn = self.service["record"]["target_groups"][colour]
        found = client("elbv2").describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return sum(one["TargetHealth"]["State"] == "healthy" for one in found)

    def told(self) -> list[dict[str, Any]]:
        """Every notification since the last call."""
        queue, found = client("sqs"), list[dict[str, Any]]()
        while True:
            answer = queue.receive_message(QueueUrl=self.control["outbox_url"], MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            if not messages:
                return found
            for message in messages:
                found.append(json.loads(message["Body"]))
                queue.delete_message(QueueUrl=self.control["outbox_url"], ReceiptHandle=message["ReceiptHandle"])

    def public_address(self) -> str:
        """Where the public listener is."""
        listeners: list[dict[str, Any]] = self._own("GET", "listeners")
        return str(min(listeners, key=lambda one: one["port"])["address"])

    def _execution(self, run: str) -> str:
        machine = str(self.control["machine_arn"]).rpartition(":")[0]
        return f"{machine.replace(':stateMachine:', ':execution:')}:{run}"


def _first_release(template: str) -> str:
    found = client("ec2").describe_launch_template_versions(LaunchTemplateId=template, Versions=["1"])
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
