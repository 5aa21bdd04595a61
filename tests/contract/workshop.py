"""Functions, state machines, queues and rules, made of API calls, as small as they can be."""

from __future__ import annotations

import io
import json
import textwrap
import threading
import time
import zipfile
from typing import TYPE_CHECKING, Any

from tests.contract.account import client, exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from http import HTTPMethod

    from tests.contract.account import Account

PATIENCE_SECONDS = 20.0
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
ECHO = "def handler(event, context):\n    return event\n"


class Workshop:
    """What a test of functions and events needs; all of it under fresh names."""

    def __init__(self, account: Account) -> None:
        self.account = account
        # botocore's clients, whose stubs are not installed.
        with account.aws.entered():
            self.functions: Any = client("lambda")
            self.machines: Any = client("stepfunctions")
            self.events: Any = client("events")
            self.queues: Any = client("sqs")
            self.topics: Any = client("sns")
            self.logs: Any = client("logs")
        self.role = account.iam.create_role(RoleName=account.fresh("role"), AssumeRolePolicyDocument=TRUST)["Role"][
            "Arn"
        ]

    def own(self, method: HTTPMethod, route: str, content: object = None) -> Any:
        """One of the emulator's own routes."""
        body = None if content is None else json.dumps(content)
        answer = exchange(self.account.aws.endpoint, f"/_localaws/{route}", method, body=body)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def function(self, code: str = ECHO, **settings: Any) -> str:
        """The name of a new function whose handler is `app.handler`."""
        name = self.account.fresh("function")
        given = {
            "Runtime": "python3.13",
            "Architectures": ["arm64"],
            "Handler": "app.handler",
            "Role": self.role,
            "Code": {"ZipFile": zipped(code)},
            **settings,
        }
        self.functions.create_function(FunctionName=name, **given)
        return name

    def function_arn(self, name: str) -> str:
        return self.functions.get_function(FunctionName=name)["Configuration"]["FunctionArn"]

    def invoke(self, name: str, event: object = None, **settings: Any) -> Any:
        """The parsed result; a function error is a failure of the test."""
        answer = self.functions.invoke(FunctionName=name, Payload=json.dumps(event or {}), **settings)
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    def failure(self, name: str, event: object = None, **settings: Any) -> Any:
        """The parsed error of a function that fails."""
        answer = self.functions.invoke(FunctionName=name, Payload=json.dumps(event or {}), **settings)
        assert answer["FunctionError"] == "Unhandled"
        return json.loads(answer["Payload"].read())

    def machine(self, states: Mapping[str, Any], **definition: Any) -> str:
        """The ARN of a new state machine that starts at its first state."""
        content = {"StartAt": next(iter(states)), "States": states, **definition}
        made = self.machines.create_state_machine(
            name=self.account.fresh("machine"), definition=json.dumps(content), roleArn=self.role
        )
        return made["stateMachineArn"]

    def start(self, machine: str, content: object = None, **settings: Any) -> str:
        """An execution that has entered its first state: time that is advanced from now on is time that it waits."""
        started = self.machines.start_execution(stateMachineArn=machine, input=json.dumps(content or {}), **settings)
        execution = started["executionArn"]

        def entered() -> bool | None:
            events = self.machines.get_execution_history(executionArn=execution)["events"]
            return True if len(events) > 1 else None

        eventually(entered)
        return execution

    def run(self, machine: str, content: object = None) -> Any:
        """An execution, described when it has ended."""
        return self.ended(self.start(machine, content))

    def ended(self, execution: str) -> Any:
        def found() -> Any:
            described = self.machines.describe_execution(executionArn=execution)
            return described if described["status"] != "RUNNING" else None

        return eventually(found)

    def queue(self, **attributes: str) -> tuple[str, str]:
        """URL and ARN."""
        url = self.queues.create_queue(QueueName=self.account.fresh("queue"), Attributes=attributes)["QueueUrl"]
        found = self.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, found["Attributes"]["QueueArn"]

    def message(self, url: str) -> Any:
        """The next message, when it comes."""
        return eventually(lambda: self._receive(url))

    def nothing_comes(self, url: str) -> bool:
        """A short while is enough: what is delivered at all is delivered within milliseconds."""
        threading.Event().wait(0.3)
        return self._receive(url) is None

    def rule(self, target: str, *, pattern: object = None, schedule: str = "", **settings: Any) -> str:
        """An enabled rule with one target; `settings` are the target's."""
        name = self.account.fresh("rule")
        how = {"ScheduleExpression": schedule} if schedule else {"EventPattern": json.dumps(pattern)}
        self.events.put_rule(Name=name, **how)
        self.events.put_targets(Rule=name, Targets=[{"Id": "one", "Arn": target, **settings}])
        return name

    def put(self, source: str, detail: object, kind: str = "Something") -> str:
        entry = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail)}
        return self.events.put_events(Entries=[entry])["Entries"][0]["EventId"]

    def _receive(self, url: str) -> Any:
        received = self.queues.receive_message(QueueUrl=url, MessageAttributeNames=["All"])
        message = next(iter(received.get("Messages", [])), None)
        if message:
            self.queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return message


def eventually(found: Callable[[], Any]) -> Any:
    """The first answer that is not None."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        if (answer := found()) is not None:
            return answer
        threading.Event().wait(0.02)
    raise AssertionError(f"nothing came within {PATIENCE_SECONDS:g} s")


def zipped(code: str, **files: str) -> bytes:
    """A deployment package with `app.py`, and other modules by their names."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in {"app": code, **files}.items():
            archive.writestr(f"{name}.py", textwrap.dedent(text))
    return content.getvalue()
