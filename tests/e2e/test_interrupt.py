"""Ctrl-C in the middle of the demo: what it started ends with it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time

import psutil

from tests.conftest import ROOT

START_SECONDS = 60.0
END_SECONDS = 90.0


def command(process: psutil.Process) -> list[str]:
    """Its command line; empty once it has ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []


def test_an_interrupted_demo_leaves_no_process(terraform_binary: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "cli", "demo"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("LASTGOOD_")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        until = time.monotonic() + START_SECONDS
        started: list[psutil.Process] = []
        while not any(command(process)[:2] == [terraform_binary, "apply"] for process in started):
            assert time.monotonic() < until, started
            time.sleep(0.1)
            started = psutil.Process(demo.pid).children(recursive=True)
        assert any("localaws" in command(process) for process in started)
        demo.send_signal(signal.SIGINT)
        _, said = demo.communicate(timeout=END_SECONDS)
    assert demo.returncode == 130, said
    assert said.endswith("interrupted; nothing of it is left running\n")
    assert "Traceback" not in said
    assert [process for process in started if process.is_running() and command(process)] == []
