"""Make the virtual environment from the lock file: one quiet step, done once (`make setup`).

Runs on the bare system Python, so it uses the standard library alone. The log of the last run is `.venv/setup.log`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOG = VENV / "setup.log"
LOCK = ROOT / "requirements.lock"
READY = VENV / ".ready"
TAIL = 20


def fail(message: str) -> NoReturn:
    print(f"setup: {message}", file=sys.stderr)
    raise SystemExit(2)


def run(label: str, command: list[str]) -> None:
    """Run one step with its elapsed time on one line; on failure print the end of its log."""
    start = time.monotonic()
    done = threading.Event()
    terminal = sys.stderr.isatty()

    def tick() -> None:
        while not done.wait(0.2):
            print(f"\r  {label} … {time.monotonic() - start:.0f} s", end="", file=sys.stderr, flush=True)

    ticker = threading.Thread(target=tick, daemon=True)
    if terminal:
        ticker.start()
    # The machine's own settings could otherwise leave the venv without bytecode, to be compiled in every synth.
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"}}
    with LOG.open("a", encoding="utf-8") as log:
        code = subprocess.run(command, cwd=ROOT, env=environment, stdout=log, stderr=log, check=False).returncode
    done.set()
    if terminal:
        ticker.join()
    print(f"{chr(13) if terminal else ''}  {label}  {time.monotonic() - start:.0f} s   ", file=sys.stderr)
    if code != 0:
        tail = LOG.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:]
        print("\n".join(tail), file=sys.stderr)
        fail(f"'{label}' failed (exit {code}); the whole log is {LOG.relative_to(ROOT)}")


def interpreter() -> str:
    """The Python to build the venv with: the running one, or a newer one on the path. Exits 2 below 3.11."""
    if sys.version_info >= (3, 11):  # noqa: UP036 this file is what an older Python may be asked to run
        return sys.executable
    for name in ("python3.13", "python3.12", "python3.11"):
        found = shutil.which(name)
        if found:
            return found
    fail(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. Install it and run `make` again.")


def main() -> None:
    python = interpreter()
    if VENV.exists() and not (VENV / "bin" / "python").exists():
        shutil.rmtree(VENV)
    VENV.mkdir(exist_ok=True)
    READY.unlink(missing_ok=True)
    LOG.write_text("", encoding="utf-8")
    print("Setting up .venv from requirements.lock (once)", file=sys.stderr)
    run("virtual environment", [python, "-m", "venv", str(VENV)])
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    # --no-compile: compiling the AWS provider's 2,340 modules takes minutes and fast synth imports some sixty of them.
    run("packages", [*pip, "--no-compile", "--require-hashes", "--requirement", str(LOCK)])
    run("lastgood", [*pip, "--no-compile", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    run(
        "bytecode",
        [
            str(VENV / "bin" / "python"),
            "-m",
            "compileall",
            "-q",
            "-j",
            "0",
            "-x",
            "cdktf_cdktf_provider_aws",
            str(VENV / "lib"),
        ],
    )
    READY.touch()


if __name__ == "__main__":
    main()
