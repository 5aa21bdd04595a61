"""Functions run from their deployed code as on Lambda: warm, one invocation at a time, stopped in time."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from http import HTTPMethod
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from botocore.exceptions import ClientError

from localaws.process import running
from tests.contract.account import Account
from tests.contract.conftest import ACCOUNT, REGION
from tests.contract.test_process import ENVIRONMENT
from tests.contract.workshop import Workshop, eventually, zipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localaws.process import LocalAws
    from tests.contract.blue_green import BlueGreen

COUNTS = """
import os
count = 0
def handler(event, context):
    global count
    count += 1
    return {"pid": os.getpid(), "count": count}
"""
SLEEPS = """
import os, time
def handler(event, context):
    time.sleep(event.get("seconds", 0))
    return os.getpid()
"""
FAILS = """
def handler(event, context):
    print("attempt", event["name"])
    raise ValueError(f"no {event['name']}")
"""


@pytest.fixture(scope="module")
def shop(account: Account) -> Workshop:
    return Workshop(account)


def test_a_worker_is_reused_and_keeps_what_the_module_holds(shop: Workshop) -> None:
    """Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle"."""
    name = shop.function(COUNTS)
    first, second = shop.invoke(name), shop.invoke(name)
    assert (first["count"], second["count"]) == (1, 2)
    assert first["pid"] == second["pid"]


def test_invocations_at_the_same_time_run_in_workers_of_their_own(shop: Workshop) -> None:
    name = shop.function(SLEEPS)
    machine = shop.machine(
        {
            "Both": {
                "Type": "Parallel",
                "End": True,
                "Branches": [
                    {
                        "StartAt": "T",
                        "States": {"T": {"Type": "Task", "Resource": shop.function_arn(name), "End": True}},
                    }
                ]
                * 2,
            }
        }
    )
    pids = json.loads(shop.run(machine, {"seconds": 0.5})["output"])
    assert len(set(pids)) == 2


def test_new_code_and_new_configuration_take_new_workers(shop: Workshop) -> None:
    name = shop.function(COUNTS)
    old = shop.invoke(name)["pid"]
    shop.functions.update_function_configuration(FunctionName=name, Environment={"Variables": {"A": "b"}})
    assert eventually(lambda: None if psutil.pid_exists(old) else True)
    changed = shop.invoke(name)
    assert changed["count"] == 1
    shop.functions.update_function_code(FunctionName=name, ZipFile=zipped("def handler(e, c):\n    return 'new'\n"))
    assert shop.invoke(name) == "new"
    assert eventually(lambda: None if psutil.pid_exists(changed["pid"]) else True)


def test_a_version_keeps_its_code_and_an_alias_names_one(shop: Workshop) -> None:
    """Lambda API, Invoke: Qualifier; Lambda Developer Guide, "Manage Lambda function versions"."""
    name = shop.function("def handler(e, c):\n    return [1, c.invoked_function_arn]\n", Publish=True)
    shop.functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    code = zipped("def handler(e, c):\n    return [2, c.invoked_function_arn]\n")
    shop.functions.update_function_code(FunctionName=name, ZipFile=code, Publish=True)
    arn = shop.function_arn(name)
    assert shop.invoke(name) == [2, arn]
    assert shop.invoke(name, Qualifier="1") == [1, f"{arn}:1"]
    assert shop.invoke(name, Qualifier="live") == [1, f"{arn}:live"]
    assert shop.invoke(f"{arn}:live") == [1, f"{arn}:live"]
    shop.functions.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    assert shop.invoke(name, Qualifier="live") == [2, f"{arn}:live"]


def test_an_exception_is_a_function_error_with_its_name(shop: Workshop) -> None:
    """Lambda Developer Guide, "Lambda function errors in Python"; invoking itself succeeds with 200."""
    error = shop.failure(shop.function(FAILS), {"name": "chance"})
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no chance")
    (frame,) = error["stackTrace"]
    assert frame.startswith('  File "/var/task/app.py", line ')


@pytest.mark.parametrize(
    ("code", "handler", "kind", "message"),
    [
        (
            "import absent",
            "app.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'absent'",
        ),
        ("", "app.other", "Runtime.HandlerNotFound", "Handler 'other' missing on module 'app'"),
        ("def handler(e, c): return {1, 2}", "app.handler", "Runtime.MarshalError", "Unable to marshal response"),
        ("import sys\ndef handler(e, c): sys.exit(3)", "app.handler", "Runtime.ExitError", "exit status 3"),
        ("import os\ndef handler(e, c): os._exit(0)", "app.handler", "Runtime.ExitError", "Runtime exited"),
    ],
)
def test_the_runtimes_own_errors(shop: Workshop, code: str, handler: str, kind: str, message: str) -> None:
    name = shop.function(code, Handler=handler)
    for _ in range(2):
        error = shop.failure(name)
        assert error["errorType"] == kind
        assert message in error["errorMessage"]


def test_a_function_is_stopped_at_its_timeout_and_the_next_one_starts_anew(shop: Workshop) -> None:
    """Lambda Developer Guide, "Configure Lambda function timeout"."""
    name = shop.function(SLEEPS, Timeout=1)
    warm = shop.invoke(name)
    began = time.monotonic()
    error = shop.failure(name, {"seconds": 30})
    assert time.monotonic() - began < 3
    assert error["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert not psutil.pid_exists(warm)
    assert shop.invoke(name) != warm


def test_the_context_and_the_environment_are_lambdas_and_nothing_else(shop: Workshop, aws: LocalAws) -> None:
    """Lambda Developer Guide, "Using the Lambda context object" and "defined runtime environment variables"."""
    code = """
    import os
    def handler(event, context):
        told = context.function_name, context.aws_request_id, 0 < context.get_remaining_time_in_millis() <= 3000
        return {"context": told, "environment": dict(os.environ)}
    """
    name = shop.function(code, Environment={"Variables": {"MINE": "yes"}}, MemorySize=256, Publish=True)
    answer = shop.functions.invoke(FunctionName=name, Qualifier="1")
    got = json.loads(answer["Payload"].read())
    assert answer["ExecutedVersion"] == "1"
    assert got["context"][0] == name
    assert got["context"][2] is True
    environment = got["environment"]
    assert environment["MINE"] == "yes"
    assert environment["AWS_ENDPOINT_URL"] == aws.endpoint
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == REGION
    assert environment["AWS_LAMBDA_FUNCTION_VERSION"] == "1"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environment["AWS_ACCESS_KEY_ID"] == f"ROLE{shop.role.rpartition('/')[2]}"
    assert not {"HOME", "PYTHONPATH", "VIRTUAL_ENV", "MOTO_PORT"} & set(environment)


def test_a_function_finds_its_own_modules_and_boto3_and_no_other_package_of_this_machine(shop: Workshop) -> None:
    """Lambda Developer Guide, "Runtime-included SDK versions": what else it needs must be in its package."""
    code = """
    import importlib.util
    import boto3, mine
    def handler(event, context):
        there = [name for name in event if importlib.util.find_spec(name)]
        return there, mine.WORD, boto3.client("sts").get_caller_identity()["Account"]
    """
    name = shop.function(code, Code={"ZipFile": zipped(code, mine="WORD = 'own'")}, Timeout=10)
    asked = ["botocore", "pydantic", "moto", "localaws", "recovery", "cli"]
    assert shop.invoke(name, asked) == [["botocore"], "own", ACCOUNT]


def test_what_is_printed_and_logged_is_in_the_log_group(shop: Workshop) -> None:
    """Lambda Developer Guide, "Sending Lambda function logs to CloudWatch Logs": /aws/lambda/<name> by default."""
    code = """
    import logging, sys
    def handler(event, context):
        print("printed")
        print("complained", file=sys.stderr)
        logging.getLogger().warning("warned %s", 1)
        print("unended", end="")
    """
    name = shop.function(code)
    answer = shop.functions.invoke(FunctionName=name, LogType="Tail")
    tail = base64.b64decode(answer["LogResult"]).decode()
    group = f"/aws/lambda/{name}"
    lines = [event["message"] for event in shop.logs.filter_log_events(logGroupName=group)["events"]]
    for text in ("printed", "complained", "unended"):
        assert text in lines
        assert text in tail
    assert any(line.startswith("[WARNING]\t") and line.endswith("\twarned 1") for line in lines)


def test_a_function_may_log_into_another_group(shop: Workshop) -> None:
    """Lambda API, LoggingConfig.LogGroup."""
    group = f"/{shop.account.fresh('group')}"
    name = shop.function("def handler(e, c): print('here')", LoggingConfig={"LogGroup": group})
    shop.invoke(name)
    assert "here" in [event["message"] for event in shop.logs.filter_log_events(logGroupName=group)["events"]]
    configured = shop.functions.get_function_configuration(FunctionName=name)["LoggingConfig"]
    assert configured == {"LogFormat": "Text", "LogGroup": group}


def test_a_function_may_log_objects_from_a_level_on(shop: Workshop) -> None:
    """Lambda Developer Guide, "Configuring advanced logging controls": the runtime sets format and level."""
    code = """
    import logging
    log = logging.getLogger("app")
    def handler(event, context):
        log.debug("not this")
        log.info("moved %s", "weights", extra={"run": event["run"]})
    """
    name = shop.function(code, LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "INFO"})
    shop.invoke(name, {"run": "r1"})
    lines = [event["message"] for event in shop.logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]]
    logged = [json.loads(line) for line in lines if line.startswith('{"timestamp"')]
    told = [(line["level"], line["message"], line["logger"], line["run"]) for line in logged]
    assert told == [("INFO", "moved weights", "app", "r1")]


def test_reserved_concurrency_throttles(shop: Workshop) -> None:
    """Lambda Developer Guide, "Configuring reserved concurrency": zero takes no invocation at all."""
    name = shop.function()
    shop.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        shop.invoke(name)
    shop.functions.delete_function_concurrency(FunctionName=name)
    assert shop.invoke(name, {"a": 1}) == {"a": 1}


def test_a_functions_time_is_the_emulators(shop: Workshop) -> None:
    name = shop.function("import time\ndef handler(e, c): return time.time()")
    before = shop.invoke(name)
    shop.account.advance(1000)
    assert 1000 <= shop.invoke(name) - before < 1010


def test_an_asynchronous_invocation_is_accepted_before_it_runs(shop: Workshop) -> None:
    """Lambda API, Invoke: InvocationType Event answers 202, without a payload."""
    name = shop.function(SLEEPS)
    began = time.monotonic()
    answer = shop.functions.invoke(FunctionName=name, InvocationType="Event", Payload='{"seconds": 2}')
    assert time.monotonic() - began < 1
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")


def test_an_asynchronous_failure_is_retried_after_one_and_two_minutes_and_then_handed_on(shop: Workshop) -> None:
    """Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation"."""
    url, arn = shop.queue()
    dead, dead_arn = shop.queue()
    name = shop.function(FAILS, DeadLetterConfig={"TargetArn": dead_arn})
    shop.functions.put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    shop.functions.invoke(FunctionName=name, InvocationType="Event", Payload='{"name": "luck"}')
    attempts(shop, name, 1)
    for number, pause in ((1, 59), (2, 2), (2, 117), (3, 4)):
        shop.account.advance(pause)
        attempts(shop, name, number)
    record = json.loads(shop.message(url)["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestPayload"] == {"name": "luck"}
    assert record["responsePayload"]["errorMessage"] == "no luck"
    letter = shop.message(dead)
    assert json.loads(letter["Body"]) == {"name": "luck"}
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no luck"
    assert shop.nothing_comes(url)


def test_an_alias_may_have_no_retries(shop: Workshop) -> None:
    """Lambda API, PutFunctionEventInvokeConfig: Qualifier, MaximumRetryAttempts."""
    url, arn = shop.queue()
    name = shop.function(FAILS, Publish=True)
    shop.functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    for retries in (2, 0):
        shop.functions.put_function_event_invoke_config(
            FunctionName=name,
            Qualifier="live",
            MaximumRetryAttempts=retries,
            DestinationConfig={"OnFailure": {"Destination": arn}},
        )
    shop.functions.invoke(FunctionName=name, Qualifier="live", InvocationType="Event", Payload='{"name": "luck"}')
    record = json.loads(shop.message(url)["Body"])
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert record["requestContext"]["functionArn"].endswith(f"{name}:live")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        shop.functions.get_function_event_invoke_config(FunctionName=name)


REQUESTS = """
import http.client, json, socket
def handler(event, context):
    connection = http.client.HTTPConnection(event["host"], event["port"], timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": "x"})
        answer = connection.getresponse()
        return [answer.status, answer.read().decode()]
    except ConnectionRefusedError:
        return "refused"
"""


def test_a_function_reaches_a_load_balancer_by_its_name_and_its_private_addresses(
    shop: Workshop, stage: BlueGreen
) -> None:
    """ELB guide, "Application Load Balancers": an interface a subnet, described as ELB app/<name>/<id>."""
    stage.group(stage.version("boot=0s"), 1, colour="blue")
    balancer = stage.account.elbv2.describe_load_balancers(LoadBalancerArns=[stage.balancer])["LoadBalancers"][0]
    description = "ELB " + stage.balancer.partition("loadbalancer/")[2]
    name = shop.function(REQUESTS, Timeout=10)
    interfaces = stage.account.ec2.describe_network_interfaces(
        Filters=[{"Name": "description", "Values": [description]}]
    )["NetworkInterfaces"]
    assert {interface.get("SubnetId") for interface in interfaces} == set(stage.subnets)
    hosts = [balancer.get("DNSName", ""), *(interface.get("PrivateIpAddress", "") for interface in interfaces)]
    for host in hosts:
        status, body = shop.invoke(name, {"host": host, "port": 80})
        assert status == 200, body
        assert json.loads(body)["zone"].startswith(REGION)
    assert shop.invoke(name, {"host": hosts[1], "port": 81}) == "refused"


def test_a_load_balancers_interfaces_go_with_it(stage: BlueGreen) -> None:
    """VPC user guide, "Requester-managed network interfaces"."""
    by_vpc: Any = [{"Name": "vpc-id", "Values": [stage.vpc]}]
    assert len(stage.account.ec2.describe_network_interfaces(Filters=by_vpc)["NetworkInterfaces"]) == 2
    stage.account.elbv2.delete_load_balancer(LoadBalancerArn=stage.balancer)
    assert not stage.account.ec2.describe_network_interfaces(Filters=by_vpc)["NetworkInterfaces"]


KILLED = """
import os, signal, sys
from localaws.process import running
from tests.contract.account import Account
from tests.contract.workshop import Workshop
with running("222222222222", "eu-west-1") as aws:
    shop = Workshop(Account(aws))
    name = shop.function(open(0).read(), Timeout=60)
    print(shop.invoke(name), flush=True)
    shop.functions.invoke(FunctionName=name, InvocationType="Event", Payload='{"seconds": 50}')
    os.kill(aws.pid if sys.argv[1] == "emulator" else os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("killed", ["emulator", "owner"])
def test_no_worker_outlives_the_emulator(killed: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, killed],
        env=ENVIRONMENT,
        input=SLEEPS,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    worker = int(ended.stdout.splitlines()[0])
    assert eventually(lambda: None if psutil.pid_exists(worker) else True)


@pytest.fixture
def busy() -> Iterator[tuple[LocalAws, int]]:
    with running(ACCOUNT, REGION) as emulator:
        shop = Workshop(Account(emulator))
        name = shop.function(SLEEPS, Timeout=60)
        worker = shop.invoke(name)
        machine = shop.machine({"T": {"Type": "Task", "Resource": shop.function_arn(name), "End": True}})
        shop.start(machine, {"seconds": 50})
        yield emulator, worker


def test_the_emulator_stops_in_time_whatever_runs(busy: tuple[LocalAws, int]) -> None:
    emulator, worker = busy
    process = psutil.Process(emulator.pid)
    os.kill(emulator.pid, signal.SIGTERM)
    process.wait(5)
    assert eventually(lambda: None if psutil.pid_exists(worker) else True)


def attempts(shop: Workshop, name: str, count: int) -> None:
    """As many attempts are in the log, and no more."""

    def found() -> bool | None:
        try:
            events = shop.logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        except ClientError:
            return None
        lines = [event["message"] for event in events if event["message"].startswith("attempt")]
        assert len(lines) <= count
        return True if len(lines) == count else None

    assert eventually(found)


def test_the_emulators_own_routes_refuse_what_they_do_not_know(shop: Workshop) -> None:
    with pytest.raises(AssertionError, match="is not known"):
        shop.own(HTTPMethod.GET, "nonsense")
