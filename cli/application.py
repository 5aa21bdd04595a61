"""The command line: its commands, and how one is run. Each command imports what it needs; `--help` waits for none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from typer.main import get_command

from cli import exits
from cli.commands import (
    bounding,
    break_glass,
    emulated,
    looking,
    machine,
    quarantine,
    readiness,
    releasing,
    simulating,
    state,
    steering,
)
from cli.commands.options import GROUP, UNASKED
from cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "lastgood"
# Help is plain: drawn by rich it takes twice as long, and nobody can grep a frame. No completion: its installer writes
# into a shell's start files.
app = typer.Typer(
    name=NAME,
    help="Releases on AWS that can go back to the last known good one.",
    epilog="LASTGOOD_ENV chooses the environment (dev): config/<environment>.toml.",
    context_settings=GROUP,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for part in (
    releasing,
    looking,
    readiness,
    steering,
    quarantine,
    break_glass,
    emulated,
    machine,
    bounding,
    simulating,
    state,
):
    app.add_typer(part.app)
    for one in part.app.registered_commands:
        one.context_settings = {**(one.context_settings or {}), **UNASKED}


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415

        print(f"{NAME} {version(NAME)}")
        raise typer.Exit


@app.callback()
def lastgood(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="say the version and exit")
    ] = False,
) -> None:
    """The help is the application's own."""
    del version


def run(arguments: Sequence[str]) -> int:
    """Run a command. Its exit status. Raises what the command raises, and CommandError where it is typed wrong."""
    command = get_command(app)
    try:
        with command.make_context(NAME, list(arguments)) as context:
            return int(command.invoke(context) or exits.DONE)
    except typer.Exit as done:
        return done.exit_code
    except typer.TyperException as error:
        where = getattr(getattr(error, "ctx", None), "command_path", NAME)
        said = " ".join(error.format_message().replace("Value error, ", "").split()).rstrip(".")
        raise CommandError(f"{where}: {said[:1].lower()}{said[1:]}; see `{where} --help`") from error
