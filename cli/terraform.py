"""Run Terraform: its output goes to a log, an interruption lets it finish and give its lock back."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any, Self

from cli import toolchain
from cli.errors import StepFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TAIL_LINES = 20
# Much of an apply is the provider's waiting, which costs nothing side by side (Terraform's default is 10).
PARALLEL = "-parallelism=30"
OUTPUT_SHOWN = 20_000
# How long an interrupted Terraform may take to end what it is doing and to unlock.
GRACE_SECONDS = 60.0
CHANGES = 2
"""The exit status of `plan -detailed-exitcode` when there is something to do."""


class Running:
    """A Terraform that runs. Use as a context manager: it never outlives the block."""

    def __init__(self, label: str, command: list[str], folder: Path, environment: Mapping[str, str], log: Path) -> None:
        self.label = label
        self.log = log
        self._output = log.open("ab")
        self._start = log.stat().st_size
        # A group of its own: a terminal's Ctrl-C reaches us alone, and we pass on one interruption, not two.
        self._process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdout=self._output, stderr=self._output, start_new_session=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.interrupt()
        self._output.close()

    def finished(self) -> bool:
        return self._process.poll() is not None

    def wait(self) -> int:
        """Its exit status. On Ctrl-C it is interrupted, waited for, and the interruption goes on."""
        try:
            return self._process.wait()
        except KeyboardInterrupt:
            self.interrupt()
            raise

    def interrupt(self) -> None:
        """End it, if it still runs: politely first, so that it releases its lock."""
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            if self.finished():
                return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                self._process.wait(GRACE_SECONDS)

    def output(self) -> str:
        """What it printed."""
        with self.log.open("rb") as log:
            log.seek(self._start)
            return log.read().decode(errors="replace")

    def failure(self) -> StepFailedError:
        """What to tell when its exit status is not what was wanted."""
        tail = [line for line in self.output().splitlines() if line.strip()][-TAIL_LINES:]
        return StepFailedError(f"terraform {self.label} failed", tail=tail, log=str(self.log))


class Terraform:
    """Terraform in one folder."""

    def __init__(self, folder: Path, *, work: Path, environment: Mapping[str, str]) -> None:
        """`work` is where the configuration and the logs go; `environment` comes on top of this process's.

        Raises:
            CommandError: when Terraform is missing or too old.
        """
        self.folder = folder
        self._binary = toolchain.terraform()
        self._logs = work / "logs"
        self._logs.mkdir(parents=True, exist_ok=True)
        self._environment = {
            **os.environ,
            **environment,
            # Always ours: a machine's own may name a file that is not there, or another mirror.
            "TF_CLI_CONFIG_FILE": str(toolchain.write_configuration(work)),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "CHECKPOINT_DISABLE": "1",
        }

    def start(self, *arguments: str) -> Running:
        """Start a subcommand."""
        label = f"{arguments[0]} in {self.folder.name}"
        log = self._logs / f"{self.folder.name}-{arguments[0]}.log"
        return Running(
            label, [self._binary, arguments[0], "-no-color", *arguments[1:]], self.folder, self._environment, log
        )

    def run(self, *arguments: str, wanted: tuple[int, ...] = (0,)) -> int:
        """Run a subcommand to its end. Raises StepFailedError when its exit status is none of `wanted`."""
        with self.start(*arguments) as running:
            status = running.wait()
            if status not in wanted:
                raise running.failure()
            return status

    def init(self, *arguments: str) -> None:
        self.run("init", *arguments)

    def apply(self, *arguments: str) -> None:
        self.run("apply", "-auto-approve", PARALLEL, *arguments)

    def destroy(self) -> None:
        self.run("destroy", "-auto-approve")

    def last_output(self, subcommand: str) -> str:
        """The end of what a subcommand printed, warnings included."""
        log = self._logs / f"{self.folder.name}-{subcommand}.log"
        return log.read_text(encoding="utf-8", errors="replace")[-OUTPUT_SHOWN:]

    def has_changes(self) -> bool:
        """Whether a plan would change anything."""
        return self.run("plan", "-detailed-exitcode", "-lock-timeout=30s", wanted=(0, CHANGES)) == CHANGES

    def plan(self, file: Path) -> dict[str, Any]:
        """A plan, saved to `file`, as JSON."""
        self.run("plan", f"-out={file}")
        return self._json("show", "-json", str(file))

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs by name."""
        return {name: output["value"] for name, output in self._json("output", "-json").items()}

    def resources(self) -> list[str]:
        """The addresses of what the state manages (data sources are only read)."""
        listed = self._read("state", "list").splitlines()
        return [address for address in listed if address and not address.startswith("data.")]

    def pull(self) -> dict[str, Any]:
        """The state itself."""
        return self._json("state", "pull")

    def _json(self, *arguments: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self._read(*arguments) or "{}")
        return document

    def _read(self, *arguments: str) -> str:
        run = subprocess.run(
            [self._binary, *arguments],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode != 0:
            log = self._logs / f"{self.folder.name}-{arguments[0]}.log"
            log.write_text(run.stderr, encoding="utf-8")
            message = f"terraform {' '.join(arguments[:2])} in {self.folder.name} failed"
            raise StepFailedError(message, tail=run.stderr.splitlines()[-TAIL_LINES:], log=str(log))
        return run.stdout
