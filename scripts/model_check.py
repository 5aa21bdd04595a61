"""Check the model of the lease with SPIN: each property, and that each bug seeded into it is found (`make model`)."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MODEL = Path(__file__).resolve().parent.parent / "docs" / "model" / "lease.pml"
TOOLS = ("spin", "gcc")
INSTALL = "install SPIN and a C compiler (Debian, Ubuntu: apt-get install spin gcc; macOS: brew install spin)"
# How far a search may go down before it is cut off, which is an error: many times what the model needs.
DEPTH = 1_000_000
STATES = re.compile(r"^\s*(\d+) states, stored", re.MULTILINE)
ERRORS = re.compile(r"errors: (\d+)$", re.MULTILINE)
VIOLATED = re.compile(r"assertion violated (.*?) \(at depth|(acceptance cycle)")
CUT_OFF = re.compile(r"max search depth too small|out of memory|aborted")


class Promise(StrEnum):
    """What is promised of a change, by the text of its assertion in the model."""

    ONE_WRITER = "two runs change at once"
    TAKEN_OVER = "a change after a takeover"
    FLIP = "an old run changes after the flip"
    LATE = "a late delivery changes"
    ORDER = "an earlier step changes last"
    REACHED = "it happens"
    PROGRESS = "the lease stays held"


# An assertion as SPIN prints it, its macros expanded, begins like this. The first that fits counts.
PROMISES = (
    (re.compile(r"!\((\(*)\(call\[1\]\.at=="), Promise.ONE_WRITER),
    (re.compile(r"\(call\[me\]\.epoch==epoch\)"), Promise.TAKEN_OVER),
    (re.compile(r"!\((\(*)by_hand"), Promise.FLIP),
    (re.compile(r"!\(call\[me\]\.late\)"), Promise.LATE),
    (re.compile(r"!\((\(*)holder=="), Promise.ORDER),
    (re.compile(r"\(\d!=\d\)"), Promise.REACHED),
)
# A writer whose lease was taken over shows as either, by which the search comes across first.
TWO_WRITERS = frozenset({Promise.ONE_WRITER, Promise.TAKEN_OVER})


@dataclass(frozen=True, slots=True)
class Check:
    """One search. `breaks`: one of these has to be broken, where the model was changed so that one is."""

    says: str
    options: tuple[str, ...]
    breaks: frozenset[Promise] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it."""

    states: int
    broken: Promise | None


class ModelError(Exception):
    """SPIN or the compiler failed, or the search was not finished."""


TWO = ("RUNS=2", "SECONDS=1")
FLIPS = ("RUNS=2", "SECONDS=0", "FLIPS")
# Three runs are many: so one change each, and clocks that agree.
THREE = ("RUNS=3", "SECONDS=0", "STEPS=1", "SKEW=0", "LEASE=2")
PROGRESS = ("RUNS=2", "SECONDS=1", "CRASHES=1", "UNHURT=ROLLBACK", "PROGRESS")
# A lease that lasts longer than a hand-over takes, as it does where it is deployed.
HANDOVER = ("RUNS=2", "SECONDS=0", "LEASE=5", "HANDS_OVER")


def _bug(says: str, *options: str, breaks: frozenset[Promise] | Promise = TWO_WRITERS) -> Check:
    return Check(says, options, breaks if isinstance(breaks, frozenset) else frozenset({breaks}))


CHECKS: dict[str, tuple[Check, ...]] = {
    "What holds": (
        Check("two runs, crashes, late deliveries", TWO),
        Check("release, rollback and reconcile", THREE),
        Check("two runs and a flip by hand", FLIPS),
        Check("in the end the lease is free", PROGRESS),
        Check("the lease of a run that died is handed over", HANDOVER),
        Check("two calls side by side, if a freed lease waits", (*TWO, "TWINS", "FREED_WAITS")),
    ),
    "Seeded bugs": (
        _bug("a takeover without the wait", *TWO, "NO_WAIT"),
        _bug("no renewal before a change", *TWO, "NO_RENEWAL"),
        _bug("a renewal on no condition", *TWO, "NO_CONDITION"),
        _bug("a renewal that shortens the lease", *TWO, "SHORTENS"),
        _bug("no turn in the lease", *TWO, "NO_TURN", breaks=Promise.LATE),
        _bug("clocks that differ by a tick more", *TWO, "SKEW=2"),
        _bug("no look at the tag before a change", *FLIPS, "NO_LOOK", breaks=Promise.FLIP),
        _bug("a flip that writes weights, then the tag", *FLIPS, "WEIGHTS_FIRST", breaks=Promise.FLIP),
        _bug("nobody follows a run that died", *PROGRESS, "NO_WATCHDOG", breaks=Promise.PROGRESS),
        _bug("a hand-over that is a tick too early", *HANDOVER, "HANDOVER=3"),
    ),
    "Known limits": (
        _bug("a change under way when the tag is written", *FLIPS, "STRICT_FLIP", breaks=Promise.FLIP),
        _bug("two calls of one step side by side", *TWO, "TWINS"),
        _bug(
            "the same, and the order of a run's own steps", *TWO, "TWINS", "FREED_WAITS", "ORDER", breaks=Promise.ORDER
        ),
        _bug("a step that failed, and its request arrives", "RUNS=2", "SECONDS=0", "ABANDONED"),
        _bug("a hand-over after the function's timeout alone", *HANDOVER, "HANDOVER=TIMEOUT"),
    ),
    # A model in which nothing of the kind happens would keep every promise.
    "What can happen at all": (
        _bug("a takeover", *FLIPS, "REACH=1", breaks=Promise.REACHED),
        _bug("a late call is refused", *TWO, "REACH=2", breaks=Promise.REACHED),
        _bug("a flip stops a run", *FLIPS, "REACH=3", breaks=Promise.REACHED),
        _bug("a run finds its lease lost", *TWO, "REACH=4", breaks=Promise.REACHED),
        _bug("a change arrives after the expiry", *TWO, "REACH=5", breaks=Promise.REACHED),
        _bug("a run is asked to make way", "RUNS=2", "SECONDS=0", "REACH=6", breaks=Promise.REACHED),
        _bug("a call goes on after its run died", *TWO, "REACH=7", breaks=Promise.REACHED),
    ),
}


def search(check: Check, model: Path = MODEL) -> Found:
    """Search all that can happen, up to the first promise that is broken. Raises ModelError."""
    progress = "PROGRESS" in check.options
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        shutil.copy(model, folder / model.name)
        _run(folder, "spin", *(f"-D{option}" for option in check.options), "-a", model.name)
        # No process has to be waited for where nothing is promised of the end; fairness has to be told how many are.
        kind = ("-DNFAIR=4",) if progress else ("-DSAFETY",)
        _run(folder, "gcc", "-O2", "-w", "-DCOLLAPSE", "-DVECTORSZ=2048", *kind, "-o", "pan", "pan.c")
        return read(_run(folder, "./pan", f"-m{DEPTH}", "-E", *(("-a", "-f") if progress else ())))


def read(text: str) -> Found:
    """Of what the search printed. Raises ModelError."""
    states, errors = STATES.search(text), ERRORS.search(text)
    if states is None or errors is None or CUT_OFF.search(text):
        raise ModelError(f"the search was not finished:\n{text}")
    violated = VIOLATED.search(text)
    if violated is None:
        if int(errors[1]):
            raise ModelError(f"the search met an error of its own:\n{text}")
        return Found(int(states[1]), None)
    return Found(int(states[1]), _promise(violated))


def kept(check: Check, found: Found) -> bool:
    """Whether it came out as it has to."""
    return found.broken in check.breaks if check.breaks else found.broken is None


def row(check: Check, found: Found) -> str:
    """One line of the table."""
    result = (
        "holds" if found.broken is None else f"found: {found.broken}" if check.breaks else f"BROKEN: {found.broken}"
    )
    wrong = "" if kept(check, found) else "   <-- has to be: " + (" or ".join(sorted(check.breaks)) or "holds")
    return f"  {check.says:<48}{found.states:>11,}  {result}{wrong}"


def main(arguments: list[str]) -> int:
    """Print the table; 1 where a property is broken, or what was seeded is not found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--if-installed", action="store_true", help="skip it where SPIN is not installed")
    chosen = parser.parse_args(arguments)
    if not all(shutil.which(tool) for tool in TOOLS):
        print(f"the lease's model {'was skipped' if chosen.if_installed else 'cannot be checked'}: {INSTALL}")
        return 0 if chosen.if_installed else 1
    right = True
    try:
        for title, checks in CHECKS.items():
            print(f"{title:<50}{'states':>11}  result", flush=True)
            for check in checks:
                found = search(check)
                right = right and kept(check, found)
                print(row(check, found), flush=True)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 1
    print("as it has to be" if right else "NOT AS IT HAS TO BE: see the arrows")
    return 0 if right else 1


def _promise(violated: re.Match[str]) -> Promise:
    if violated[2]:
        return Promise.PROGRESS
    text = violated[1].replace(" ", "")
    found = next((promise for shape, promise in PROMISES if shape.match(text)), None)
    if found is None:
        raise ModelError(f"an assertion that no promise is known for: {text}")
    return found


def _run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ModelError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
