"""Start and stop the embedded AWS as a process of its own. Imports no moto, so it is cheap to import."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path
    from typing import IO

START_SECONDS = 30.0
STOP_SECONDS = 5.0
LOOPBACK = "127.0.0.1"
# Longer than any answer of a healthy emulator; few attempts, so a call it does not know fails at once.
MAX_ATTEMPTS = "2"


class LocalAwsError(Exception):
    """The embedded AWS did not start; the message says why."""


@dataclass(frozen=True, slots=True)
class LocalAws:
    """A running emulator."""

    endpoint: str
    pid: int
    account: str
    region: str

    def environment(self) -> dict[str, str]:
        """The whole environment for a child process that shall talk to this emulator and to nothing else of AWS."""
        return sealed(os.environ) | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }

    @contextlib.contextmanager
    def entered(self) -> Generator[None]:
        """This process's own environment for the length of the block: boto3 reads it, and so does every child."""
        before, during = dict(os.environ), self.environment()
        os.environ.clear()
        os.environ.update(during)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def sealed(environment: Mapping[str, str]) -> dict[str, str]:
    """A copy in which no AWS profile, role, certificate or endpoint of the user's is left, and no proxy is in between.

    Every variable that the SDKs and Terraform read for AWS starts with AWS_ (SDKs and Tools Reference Guide,
    "Environment variables list"), so all of them go and the few that must hold come back.
    """
    kept = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    direct = ",".join(filter(None, (kept.get("NO_PROXY") or kept.get("no_proxy"), LOOPBACK)))
    return kept | {
        "AWS_ACCESS_KEY_ID": "localaws",
        "AWS_SECRET_ACCESS_KEY": "localaws",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": MAX_ATTEMPTS,
        "NO_PROXY": direct,
        "no_proxy": direct,
    }


@contextlib.contextmanager
def running(
    account: str, region: str, port: int = 0, log: Path | None = None, speed: float = 1.0
) -> Generator[LocalAws]:
    """An emulator for the length of the block. It is stopped, and waited for, however the block ends."""
    command = [sys.executable, "-P", "-m", "localaws", "--exit-with-parent", f"--port={port}"]
    command += [f"--account={account}", f"--region={region}", f"--speed={speed:g}", *([f"--log={log}"] if log else [])]
    with tempfile.TemporaryFile() as complaints:
        # A session of its own: a terminal's Ctrl-C reaches the owner, which stops the emulator when it is done with it.
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=sealed(os.environ) | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,
            text=True,
        )
        try:
            endpoint, pid = _ready(process, complaints)
            yield LocalAws(endpoint, pid, account, region)
        finally:
            _stop(process)


def _ready(process: subprocess.Popen[str], complaints: IO[bytes]) -> tuple[str, int]:
    """The endpoint and pid of the one line that the process prints when it serves."""
    lines: queue.Queue[str] = queue.Queue()
    output = process.stdout
    if output is None:
        raise LocalAwsError("the embedded AWS has no output to read")
    # A thread, as a pipe with a timeout is not portable.
    threading.Thread(target=lambda: lines.put(output.readline()), daemon=True).start()
    try:
        line = lines.get(timeout=START_SECONDS)
    except queue.Empty:
        raise LocalAwsError(f"the embedded AWS was not ready within {START_SECONDS:g} s") from None
    try:
        ready = cast("dict[str, object]", json.loads(line))
        return str(ready["endpoint"]), int(str(ready["pid"]))
    except (ValueError, KeyError):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        complaints.seek(0)
        said = complaints.read().decode(errors="replace").strip() or f"it printed {line!r}"
        raise LocalAwsError(f"the embedded AWS did not start (exit status {process.returncode}): {said}") from None


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()
