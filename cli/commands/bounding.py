"""The command about how long a state machine can take: bound."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import exits
from cli.commands.options import Json

app = typer.Typer()


@app.command(
    short_help="the longest that a state machine can take, and the path",
    epilog=exits.epilog("it has a bound"),
)
def bound(
    definition: Annotated[
        Path, typer.Argument(metavar="FILE", help="a definition in Amazon States Language, as JSON", show_default=False)
    ],
    *,
    at_most: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATE=NUMBER",
            help="what the definition leaves open: the seconds of a Wait or a call, the items of a Map",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> int:
    """Say the longest that any state machine can take from its start to its end, and on which path.

    The definition is all that is read: nothing is asked of AWS, and no settings are needed. What has no bound is named.
    """
    from cli.bounding import bounded, told  # noqa: PLC0415
    from cli.output import show, show_json  # noqa: PLC0415

    found = bounded(definition, told(at_most or []))
    if as_json:
        show_json({"file": str(definition), **found.json()})
    else:
        from cli.bounding import lines  # noqa: PLC0415

        show(*lines(found))
    return exits.DONE
