"""The command line itself: what there is, what is said of it, what is typed wrong, and what a start costs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, get_args

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from cli.__main__ import main
from cli.application import NAME, app
from cli.commands.options import Colour
from recovery.core.observation import COLOURS
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer._click import Command


def commands(command: Command, *path: str) -> Iterator[tuple[str, Command]]:
    """Every command that does something, as it is typed."""
    if isinstance(command, TyperGroup):
        for name, below in command.commands.items():
            yield from commands(below, *path, name)
    else:
        yield " ".join(path), command


COMMANDS = dict(commands(get_command(app)))
GROUPS = ["", "state", "quarantine"]


def options(command: Command) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts if name.startswith("--")}


def test_everything_that_an_operator_needs_is_there() -> None:
    assert COMMANDS.keys() >= {
        *("deploy", "status", "runs", "rollback", "abort", "pause", "resume", "flip", "drill", "checkpoints"),
        *("quarantine list", "quarantine show", "quarantine lift", "bootstrap", "doctor", "validate", "demo"),
        *("localaws", "state repair-digest", "state lock-mode"),
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_json(name: str) -> None:
    assert "--json" in options(COMMANDS[name])


@pytest.mark.parametrize("name", [*COMMANDS, *GROUPS])
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_each_command_explains_itself_and_its_exit_statuses(
    name: str, flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*name.split(), flag]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith(f"Usage: {NAME} {name}".rstrip())
    if name in GROUPS:
        below = [one.removeprefix(f"{name} ") for one in COMMANDS if one.startswith(name)]
        assert all(f" {one.split()[0]} " in said for one in below)
    else:
        assert re.search(r"Exit status: 0: .+ 1: .+ 2: .+ 130: ", said)


def test_the_reference_has_every_command_with_its_options() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    documented = {found[1]: found[0] for found in re.finditer(r"^\| `lastgood ([a-z -]+)` \|.*$", text, re.MULTILINE)}
    assert documented.keys() == COMMANDS.keys()
    for name, command in COMMANDS.items():
        assert set(re.findall(r"--[a-z-]+", documented[name].split("|")[2])) == options(command) - {"--json"}, name


def test_the_version_is_the_package_s(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert re.fullmatch(r"lastgood \d+\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "lastgood: missing command; see `lastgood --help`"),
        ("quarantine", "lastgood quarantine: missing command; see `lastgood quarantine --help`"),
        ("rollbck", "lastgood: no such command 'rollbck'. Did you mean 'rollback'?; see `lastgood --help`"),
        ("status --jsn", "lastgood status: no such option: --jsn (Possible options: --json); see "),
        ("status now", "lastgood status: got unexpected extra argument(s) (now); see `lastgood status --help`"),
        ("deploy --auto", "lastgood deploy: no such option: --auto (Possible options: --auto-approve); see "),
        ("runs --limit ten", "lastgood runs: invalid value for '--limit': "),
        ("runs --limit 0", "lastgood runs: invalid value for '--limit': "),
        ("localaws --port 65536", "lastgood localaws: invalid value for '--port': "),
        ("flip --to red", "lastgood flip: invalid value for '--to': 'red' is not one of 'blue', 'green'; see "),
        ("quarantine lift abc", "lastgood quarantine lift: missing option '--reason'; see "),
        ("state lock-mode", "lastgood state lock-mode: missing option '--to'. Choose from: dynamodb, both, lockfile; "),
    ],
)
def test_what_is_typed_wrong_is_one_line_and_status_2(
    typed: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(typed.split()) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(said)
    assert len(shown.err.splitlines()) == 1


def test_the_colours_on_the_command_line_are_the_control_plane_s() -> None:
    assert get_args(Colour) == COLOURS


HEAVY = {"boto3", "botocore", "cdktf", "jsii", "pydantic", "rich"}
LOADED = """
import sys
from cli.__main__ import main
main(sys.argv[1:])
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "typed", ["--help", "status --help", "state lock-mode --help", "quarantine --help", "--version"]
)
def test_help_waits_for_nothing_that_is_slow_to_import(typed: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LOADED, *typed.split()], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert HEAVY & set(ended.stderr.splitlines()[-1].split()) == set()


@pytest.mark.parametrize("typed", ["--help", "--version"])
def test_a_reader_who_has_enough_is_no_traceback(typed: str) -> None:
    # Buffered, as it is for a user: what is written last fails last.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        [sys.executable, "-m", "cli", typed],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(20) == 1
