"""What a user meets at the command line: help, exit statuses, progress, and one clear line for what is wrong."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.__main__ import main
from cli.demo import Outcome, table
from cli.errors import CommandError, StepFailedError
from cli.progress import Progress
from tests.conftest import ROOT, edited


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=ROOT,
        env={**{name: value for name, value in os.environ.items() if not name.startswith("AWS_")}, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", [["demo"], ["bootstrap"], ["state", "repair-digest"], ["localaws"]], ids=" ".join)
def test_an_unknown_environment_is_one_line_and_status_2(command: list[str]) -> None:
    ended = run(*command, LASTGOOD_ENV="nowhere")
    assert ended.returncode == 2
    assert ended.stderr.endswith("nowhere.toml: no such environment; LASTGOOD_ENV may be one of: dev, prod\n")
    assert len(ended.stderr.splitlines()) == 1


# Neither the user's own, nor an instance's.
NO_CREDENTIALS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
OLD = """#!/bin/sh
echo '{"terraform_version": "1.5.7"}'
"""


@pytest.mark.parametrize("command", ["demo", "bootstrap", "validate"])
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("", "terraform is not on the PATH; install 1.11 or newer: "),
        (OLD, "terraform is Terraform 1.5.7, which is too old; install 1.11 or newer: "),
    ],
    ids=["missing", "too old"],
)
def test_a_terraform_that_will_not_do_is_one_line_before_anything_is_done(
    command: str, script: str, said: str, tmp_path: Path
) -> None:
    if script:
        (tmp_path / "terraform").write_text(script)
        (tmp_path / "terraform").chmod(0o755)
    out = tmp_path / "out"
    ended = run(command, PATH=str(tmp_path), LASTGOOD_OUTDIR=str(out))
    assert ended.returncode == 2
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stdout == ""
    assert not out.exists()


@pytest.mark.parametrize("command", ["demo", "bootstrap", "validate"])
def test_a_wrong_provider_is_one_line_before_anything_is_done(command: str, tmp_path: Path) -> None:
    (tmp_path / "terraform").write_text("""#!/bin/sh\necho '{"terraform_version": "1.13.0"}'\n""")
    (tmp_path / "terraform").chmod(0o755)
    ended = run(command, PATH=str(tmp_path), LASTGOOD_PROVIDER_MIRROR=str(tmp_path / "mirror"))
    assert ended.returncode == 2
    assert f"LASTGOOD_PROVIDER_MIRROR={tmp_path / 'mirror'} has AWS provider none for " in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_taken_port_is_one_line_and_status_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("localaws", "--port", str(port))
    assert ended.returncode == 2
    assert f"port {port} is in use; choose another with --port" in ended.stderr
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1


def test_an_unknown_stack_is_one_line_and_status_2() -> None:
    ended = run("state", "repair-digest", "databse")
    assert (ended.returncode, ended.stderr) == (
        2,
        "databse: no such stack; there are state_backend, network, service, control_plane\n",
    )


@pytest.mark.parametrize(
    "command",
    [["bootstrap"], ["state", "repair-digest"], ["state", "lock-mode", "--to", "both"], ["status"], ["rollback"]],
    ids=" ".join,
)
def test_missing_credentials_are_one_line_and_status_2(command: list[str]) -> None:
    ended = run(*command, **NO_CREDENTIALS)
    assert ended.returncode == 2
    assert ended.stderr == (
        "there are no AWS credentials: Unable to locate credentials; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY\n"
    )


def test_an_unknown_profile_is_one_line_and_status_2() -> None:
    ended = run("bootstrap", **NO_CREDENTIALS, AWS_PROFILE="nobody")
    assert ended.returncode == 2
    assert "The config profile (nobody) could not be found; `aws configure list-profiles`" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_doctor_names_what_is_missing_and_goes_on(tmp_path: Path) -> None:
    folder = edited(tmp_path, "dev", ("zones = 2", "zones = 1"))
    ended = run("doctor", "--json", PATH=str(tmp_path), LASTGOOD_CONFIG=str(folder))
    findings = {finding["what"]: finding for finding in json.loads(ended.stdout)}
    assert ended.returncode == 2
    assert {name for name, finding in findings.items() if not finding["good"]} == {"terraform", "settings dev"}
    assert "network.zones = 1" in findings["settings dev"]["says"]


def test_localaws_prints_what_to_export_and_stops_on_a_signal() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "cli", "localaws"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        lines: list[str] = []
        while not lines or not lines[-1].startswith("# localaws is up at "):
            lines.append(process.stdout.readline())
            assert lines[-1], "it ended before it was up"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    exports = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines if line.startswith("export "))
    assert Path(exports["TF_CLI_CONFIG_FILE"]).is_file()
    port = int(exports["AWS_ENDPOINT_URL"].rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_a_step_shows_its_time_on_a_line_of_its_own() -> None:
    shown, times = io.StringIO(), iter([0.0, 10.0, 12.34, 20.0])
    progress = Progress(shown, lambda: next(times))
    with progress.step("deploy network", note="this takes a while"):
        assert shown.getvalue() == ""
    assert shown.getvalue() == "   2.3 s  deploy network\n"
    assert progress.seconds == {"deploy network": 2.3}
    assert progress.total() == 20.0


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_what_is_going_on_and_is_left_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    shown = Terminal()
    with Progress(shown).step("deploy network", note="this takes a while"):
        time.sleep(0.2)
    spinner, cleared, line = shown.getvalue().rpartition("\x1b[2K")
    assert "deploy network (this takes a while)" in spinner
    assert cleared
    assert line.endswith(" s  deploy network\n")


def test_a_step_that_fails_is_not_shown_as_done() -> None:
    shown = io.StringIO()
    with pytest.raises(CommandError), Progress(shown).step("deploy"):
        raise CommandError("no")
    assert shown.getvalue() == ""


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (CommandError("change that"), 2, "change that\n"),
        (
            StepFailedError("terraform apply failed", tail=["Error: a", "because b"], log="/log"),
            1,
            "terraform apply failed; its output ends with:\n  Error: a\n  because b\nall of it is in /log\n",
        ),
        (KeyboardInterrupt(), 130, "interrupted; nothing of it is left running\n"),
    ],
)
def test_what_goes_wrong_has_a_status_and_no_traceback(
    error: BaseException,
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("cli.doctor.examine", fail)
    assert main(["doctor"]) == status
    assert capsys.readouterr().err == said


OUTCOME = Outcome(
    resources={"network": ["aws_vpc.vpc", "aws_subnet.a", "aws_subnet.b"]},
    changes=[],
    concurrent_apply="refused",
    answer={"release": "abc"},
)


def test_the_demo_says_what_was_made_and_proven() -> None:
    shown = table(OUTCOME).splitlines()
    assert "  network          3  2 subnet, vpc" in shown
    assert shown[-3:] == [
        "resources created: 3",
        "plan after apply: no changes",
        "second apply: refused by the lock",
    ]
    assert OUTCOME.good


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        (Outcome(OUTCOME.resources, ["network"], "refused", {}), "plan after apply: CHANGES in network"),
        (Outcome(OUTCOME.resources, [], "not refused", {}), "second apply: NOT REFUSED"),
    ],
)
def test_the_demo_fails_loudly(outcome: Outcome, line: str) -> None:
    assert line in table(outcome).splitlines()
    assert not outcome.good
