"""What the demo asks of the deployment that it watches: a method a question."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG = Config(connect_timeout=3, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 3})
GOING_BACK = "Return"
# More than a run writes in half a second, so that no look misses a step.
LATELY_EVENTS = 60
ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


class Deployed:
    """A control plane on the embedded AWS. `control` and `record` are its stacks' outputs."""

    def __init__(self, endpoint: str, control: Mapping[str, Any], record: Mapping[str, Any]) -> None:
        self._endpoint, self._control, self._record = endpoint, control, record
        self._cloudwatch: Any = boto3.client("cloudwatch", config=CONFIG)
        self._dynamodb: Any = boto3.client("dynamodb", config=CONFIG)
        self._elbv2: Any = boto3.client("elbv2", config=CONFIG)
        self._states: Any = boto3.client("stepfunctions", config=CONFIG)
        self._colours = {arn: colour for colour, arn in record["target_groups"].items()}

    def weights(self) -> dict[str, int]:
        """Colour → weight."""
        rule = self._elbv2.describe_rules(RuleArns=[self._record["rule_arn"]])["Rules"][0]
        groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
        return {self._colours[one["TargetGroupArn"]]: int(one["Weight"]) for one in groups}

    def firing(self) -> list[str]:
        """The groups' alarms that are in ALARM."""
        found = self._cloudwatch.describe_alarms(AlarmNamePrefix=self._record["alarm_prefix"])
        # Chosen here: moto looks at the prefix alone when it is given both.
        names: list[str] = [one["AlarmName"] for one in found["MetricAlarms"] if one["StateValue"] == "ALARM"]
        return [name for name in names if f"{self._record['alarm_prefix']}-control" not in name]

    def going_back(self) -> str:
        """The run in progress, if it has lately entered the step that puts the undo point's weights back."""
        run = self.item("lease").get("run")
        if not run:
            return ""
        events = self._states.get_execution_history(
            executionArn=self._execution(run), reverseOrder=True, maxResults=LATELY_EVENTS
        )["events"]
        entered = {one["stateEnteredEventDetails"]["name"] for one in events if "stateEnteredEventDetails" in one}
        return str(run) if GOING_BACK in entered else ""

    def runs(self) -> dict[str, dict[str, Any]]:
        """Every run's record by its name."""
        found = self._dynamodb.query(
            TableName=self._control["table"],
            KeyConditionExpression="pk = :run",
            ExpressionAttributeValues={":run": {"S": "run"}},
            ConsistentRead=True,
        )["Items"]
        items = [{name: _plain(value) for name, value in item.items()} for item in found]
        return {str(item["sk"]): item for item in items}

    def over(self, run: str) -> bool:
        """Whether a run's execution has ended."""
        return self._states.describe_execution(executionArn=self._execution(run))["status"] in ENDED

    def item(self, pk: str, sk: str = "") -> dict[str, Any]:
        """One item of the control table."""
        key = {"pk": {"S": pk}, "sk": {"S": sk or pk}}
        found = self._dynamodb.get_item(TableName=self._control["table"], Key=key, ConsistentRead=True)
        return {name: _plain(value) for name, value in found.get("Item", {}).items()}

    def behave(self, release: str, line: str) -> None:
        """Running instances of a release do this from now on."""
        body = json.dumps({"release": release, "line": line}).encode()
        request = urllib.request.Request(f"{self._endpoint}/_localaws/behaviour", data=body, method="PUT")  # noqa: S310 ours, on loopback
        with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310 ours, on loopback
            response.read()

    def _execution(self, run: str) -> str:
        machine = str(self._control["machine_arn"]).rpartition(":")[0]
        return f"{machine.replace(':stateMachine:', ':execution:')}:{run}"


def _plain(value: Mapping[str, Any]) -> Any:
    [(kind, found)] = value.items()
    if kind == "M":
        return {name: _plain(inner) for name, inner in found.items()}
    return [_plain(inner) for inner in found] if kind == "L" else found
