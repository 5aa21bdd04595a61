from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING
from unittest import mock
from urllib.parse import urlsplit

import pytest

from localaws.process import LOOPBACK, LocalAwsError, running
from tests.conftest import ROOT
from tests.contract.account import client
from tests.contract.conftest import ACCOUNT, REGION

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.process import LocalAws
    from tests.contract.account import Account

MODULE = [sys.executable, "-P", "-m", "localaws"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
# A parent that dies without a chance to clean up.
PARENT = """
import os, signal, sys
from localaws.process import running
with running("222222222222", "eu-west-1") as aws:
    print(aws.endpoint, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def taken() -> socket.socket:
    return socket.create_server((LOOPBACK, 0))


def test_a_taken_port_is_named_with_the_remedy(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    with taken:
        ended = subprocess.run(
            [*MODULE, f"--port={port}"], env=ENVIRONMENT, capture_output=True, text=True, check=False
        )
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr == f"port {port} is in use; choose another with --port or leave it out for a free one\n"


def test_the_caller_hears_why_it_did_not_start(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    complaint = pytest.raises(LocalAwsError, match=f"did not start .exit status 2.: port {port} is in use")
    with taken, complaint, running(ACCOUNT, REGION, port=port):
        pytest.fail("it started on a taken port")


@pytest.mark.parametrize(
    ("argument", "message"),
    [("--port=70000", "70000 is no port"), ("--account=12", "12 is no account"), ("--log=/", "/ cannot be written")],
)
def test_a_wrong_argument_is_refused(argument: str, message: str) -> None:
    ended = subprocess.run([*MODULE, argument], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_it_does_not_outlive_a_killed_parent() -> None:
    parent = subprocess.run(
        [sys.executable, "-c", PARENT],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    assert parent.returncode == -signal.SIGKILL
    assert is_gone(parent.stdout.strip())


def test_leaving_the_block_stops_it_and_an_interrupt_meant_for_the_owner_does_not() -> None:
    with running(ACCOUNT, REGION) as emulator:
        assert os.getsid(emulator.pid) != os.getsid(0)
        assert is_serving(emulator.endpoint)
    assert not is_serving(emulator.endpoint)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_status_0_and_one_line_said(number: signal.Signals, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    with subprocess.Popen(
        [*MODULE, f"--log={log}"], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        output, errors = process.stdout, process.stderr
        assert output
        assert errors
        ready = json.loads(output.readline())
        assert ready == {"endpoint": ready["endpoint"], "pid": process.pid}
        with mock.patch.dict(os.environ, {**keys(), "AWS_ENDPOINT_URL": ready["endpoint"]}):
            client("sts", REGION).get_caller_identity()
        process.send_signal(number)
        assert process.wait(10) == 0
        assert (output.read(), errors.read()) == ("", "")
    assert " POST / 200 OK\n" in log.read_text(encoding="utf-8")


def test_every_access_key_belongs_to_the_account(account: Account) -> None:
    assert account.sts.get_caller_identity()["Account"] == ACCOUNT


def test_it_listens_on_loopback_alone(aws: LocalAws) -> None:
    assert aws.endpoint.startswith(f"http://{LOOPBACK}:")


def test_the_environment_lets_nothing_of_the_users_aws_through(aws: LocalAws) -> None:
    """SDKs and Tools Reference Guide, "Environment variables list"."""
    users = {
        "AWS_PROFILE": "production",
        "AWS_DEFAULT_PROFILE": "production",
        "AWS_SESSION_TOKEN": "planted",
        "AWS_ACCESS_KEY_ID": "planted",
        "AWS_ENDPOINT_URL_S3": "https://s3.example",
        "AWS_ROLE_ARN": "planted",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/planted",
        "AWS_CA_BUNDLE": "/planted",
        "HTTP_PROXY": "http://proxy.example",
        "NO_PROXY": "intranet.example",
    }
    with mock.patch.dict(os.environ, users):
        environment = aws.environment()
    assert {name: value for name, value in environment.items() if name.startswith("AWS_")} == {
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_ACCESS_KEY_ID": "localaws",
        "AWS_SECRET_ACCESS_KEY": "localaws",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "2",
    }
    assert environment["NO_PROXY"] == "intranet.example,127.0.0.1"
    assert environment["PATH"] == os.environ["PATH"]


def test_callers_do_not_load_moto() -> None:
    """It takes a quarter of a second, which the command line would pay on every call."""
    code = (
        "import sys, localaws.process; sys.exit(any(name.split('.')[0] in ('moto', 'boto3') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, check=True)


def keys() -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}


def is_serving(endpoint: str) -> bool:
    place = urlsplit(endpoint)
    try:
        socket.create_connection((place.hostname or "", place.port or 0), timeout=5).close()
    except (ConnectionRefusedError, ConnectionResetError):  # reset: it was closing just then
        return False
    return True


def is_gone(endpoint: str) -> bool:
    """Whether it stops serving; it is given a while, as the end of an orphan cannot be waited for."""
    for _ in range(200):
        if not is_serving(endpoint):
            return True
        threading.Event().wait(0.02)
    return False


def test_an_answer_comes_in_one_piece(aws: LocalAws) -> None:
    """Terraform loses answers whose head comes apart from their body."""
    place = urlsplit(aws.endpoint)
    request = f"GET /_localaws/listeners HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode()
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as connection:
        for _ in range(50):
            connection.sendall(request)
            head, _, body = connection.recv(1_000_000).decode().partition("\r\n\r\n")
            assert f"content-length: {len(body)}" in head.lower()
            assert body
