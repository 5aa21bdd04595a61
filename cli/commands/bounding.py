"""The commands about what can be counted on: bound, guarantees."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import exits
from cli.commands.options import Json
from cli.errors import CommandError

app = typer.Typer()
Environment = Annotated[
    str | None,
    typer.Option("--env", metavar="NAME", help="of this environment (LASTGOOD_ENV)", show_default=False),
]


@app.command(
    short_help="how long a rollback can take, or any state machine, and the path",
    epilog=exits.epilog("it has a bound", "with --measured: an assumption is violated"),
)
def bound(
    definition: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="a definition in Amazon States Language, as JSON", show_default=False),
    ] = None,
    *,
    environment: Environment = None,
    at_most: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATE=NUMBER",
            help="what the definition leaves open: the seconds of a Wait or a call, the items of a Map",
            show_default=False,
        ),
    ] = None,
    clock: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH=STATE+SECONDS",
            help="how late a moment comes that a Choice compares the time with: so long after a state is first entered",
            show_default=False,
        ),
    ] = None,
    until: Annotated[
        list[str] | None,
        typer.Option(metavar="STATE", help="cut the machine where this state is entered", show_default=False),
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH=VALUE", help="a value that is assumed wherever a Choice asks", show_default=False),
    ] = None,
    no_errors: Annotated[bool, typer.Option("--no-errors", help="no error is left after the retries")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="every state: by when it ends, and why")] = False,
    measured: Annotated[
        bool, typer.Option("--measured", help="what this environment's runs and drills have shown of the assumptions")
    ] = False,
    as_json: Json = False,
) -> int:
    """Say how long it can take at most from the first bad minute until the last known good release serves, and why.

    Of an environment, as it would be synthesized now: every clock, the longest path, and with --explain each other path
    and what all of it rests on. Nothing is asked of AWS but, with --measured, the records of its runs and drills. With
    FILE: of any state machine, from its start to its end; nothing else is read, and what has no bound is named.
    """
    from cli.bounding import Told, bounded, explained, lines  # noqa: PLC0415
    from cli.output import show, show_json  # noqa: PLC0415

    if definition is None:
        from cli.proving import shown  # noqa: PLC0415

        return shown(environment, explain=explain, against_records=measured, as_json=as_json)
    if measured:
        raise CommandError("--measured is about an environment, and a file has no runs; leave one of them out")
    found = bounded(definition, Told(at_most or (), clock or (), until or (), given or (), caught=not no_errors))
    if as_json:
        states = {"states": [one.json() for one in found.explain()]} if explain else {}
        show_json({"file": str(definition), **found.json(), **states})
    else:
        show(*lines(found), *(explained(found) if explain else ()))
    return exits.DONE


@app.command(
    short_help="what is proven of an environment, assumed, best effort, and out of scope",
    epilog=exits.epilog("it was said"),
)
def guarantees(*, environment: Environment = None, as_json: Json = False) -> int:
    """Say what can be counted on in this environment, as its settings are: never more than is proven.

    The figures are computed from its stacks, synthesized now; nothing is asked of AWS.
    """
    from cli.proving import guaranteed  # noqa: PLC0415

    return guaranteed(environment, as_json=as_json)
