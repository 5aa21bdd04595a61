"""Break-glass: flip."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import exits
from cli.commands.options import Colour, Json

app = typer.Typer()


@app.command(
    short_help="break the glass: move all requests by hand, with nothing but the load balancer",
    epilog=exits.epilog("the rule reads back as wanted", "the rule reads back otherwise, or the answer was no"),
)
def flip(
    *,
    to: Annotated[Colour | None, typer.Option("--to", help="this group (the one with less traffic)")] = None,
    record: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="a control record (.lastgood/<app>-<environment>/control.json)"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="also to the group with fewer healthy targets")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="flip without being asked")] = False,
    as_json: Json = False,
) -> int:
    """Break the glass: move all requests by hand, with nothing but the load balancer.

    It asks STS and the load balancer, and nothing else; what it knows of them stands in a record that the other
    commands keep on this machine.
    """
    from cli.control import of_environment, read  # noqa: PLC0415
    from cli.flip import flip as flipped  # noqa: PLC0415
    from cli.output import show, show_json  # noqa: PLC0415
    from cli.project import Project  # noqa: PLC0415

    done = flipped(read(record or of_environment(Project.chosen())), asked=to, force=force, yes=yes)
    if as_json:
        show_json(done.document())
    else:
        show(*done.lines())
    return exits.DONE if done.done else exits.NOT_DONE
