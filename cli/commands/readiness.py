"""The command that says whether one could go back right now: ready."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import exits
from cli.commands.options import Environment, Json

app = typer.Typer()


@app.command(
    short_help="could we go back to the last known good release right now?",
    epilog=exits.epilog("every check is green", "one is red, or the last look is over 2 hours old"),
)
def ready(
    *,
    env: Environment = None,
    now: Annotated[bool, typer.Option("--now", help="look now, and wait for it; else the last look is shown")] = False,
    as_json: Json = False,
) -> int:
    """Say whether we could go back to the last known good release right now: a line a check, with what to do."""
    from cli.output import show, show_json  # noqa: PLC0415
    from cli.plane import Plane  # noqa: PLC0415
    from cli.ready import ready as shown  # noqa: PLC0415

    found = shown(Plane.chosen(env), now=now)
    if as_json:
        show_json(found.document())
    else:
        show(*found.lines())
    return exits.DONE if found.ready else exits.NOT_DONE
