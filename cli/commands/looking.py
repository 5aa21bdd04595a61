"""The commands that only look: status, runs, checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli import exits
from cli.commands.options import Json

if TYPE_CHECKING:
    from cli.plane import Plane

app = typer.Typer()
EPILOG = exits.epilog("it was read", "it was followed, and cannot be seen any more")
READ = exits.epilog("it was read")


@app.command(short_help="what serves, what stands by, what is in progress", epilog=READ)
def status(*, as_json: Json = False) -> int:
    """Say what serves, what stands by, and what is in progress."""
    from cli.listing import marks  # noqa: PLC0415
    from cli.output import show, show_json  # noqa: PLC0415
    from cli.plane import Plane  # noqa: PLC0415
    from cli.serving import Status  # noqa: PLC0415

    plane = Plane.chosen()
    found = Status.of(plane, marks(plane.store.all("mark")))
    if as_json:
        show_json(found.document())
    else:
        show(*found.lines())
    return exits.DONE


@app.command(short_help="list the control plane's runs, or show one's steps", epilog=EPILOG)
def runs(
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="this run alone, step by step", show_default=False)
    ] = None,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", help="follow it to its end (without RUN: the one in progress)")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="list so many, the newest first")] = 20,
    as_json: Json = False,
) -> int:
    """List the control plane's runs, or show one's steps."""
    from cli.errors import CommandError  # noqa: PLC0415
    from cli.listing import RUN_COLUMNS  # noqa: PLC0415
    from cli.listing import runs as listed  # noqa: PLC0415
    from cli.output import show, show_json  # noqa: PLC0415
    from cli.plane import Plane  # noqa: PLC0415
    from cli.rows import Rows  # noqa: PLC0415

    plane = Plane.chosen()
    chosen = run or (plane.store.lease().run if follow else None)
    if chosen:
        return _one(plane, chosen, follow=follow, as_json=as_json)
    if follow:
        raise CommandError("no run is in progress; name one to see it again")
    found = listed(plane.store.all("run"), limit)
    if as_json:
        show_json([one.document() for one in found])
    else:
        show(Rows(RUN_COLUMNS, [one.row() for one in found]) if found else "there was no run yet")
    return exits.DONE


@app.command(short_help="list the good releases that can be gone back to", epilog=READ)
def checkpoints(
    key: Annotated[
        str | None,
        typer.Argument(metavar="KEY", help="this one alone, whole, as JSON (its number is enough)", show_default=False),
    ] = None,
    *,
    as_json: Json = False,
) -> int:
    """List the good releases that can be gone back to."""
    from cli.errors import CommandError  # noqa: PLC0415
    from cli.listing import CHECKPOINT_COLUMNS, Kept  # noqa: PLC0415
    from cli.output import show, show_json  # noqa: PLC0415
    from cli.plane import Plane  # noqa: PLC0415
    from cli.rows import Rows  # noqa: PLC0415

    plane = Plane.chosen()
    held_back = plane.store.held_back()
    found = [Kept.of(key, plane.archive.read(key), held_back) for key in plane.archive.keys()]  # noqa: SIM118 an archive is no dict
    if key is not None:
        chosen = next((one for one in found if one.goes_by(key)), None)
        if chosen is None:
            raise CommandError(f"{key}: no such checkpoint; `lastgood checkpoints` lists them")
        show_json({**chosen.document(), "content": chosen.content()})
    elif as_json:
        show_json([one.document() for one in found])
    else:
        none = "there is no checkpoint: no release was ever promoted"
        show(Rows(CHECKPOINT_COLUMNS, [one.row() for one in found]) if found else none)
    return exits.DONE


def _one(plane: Plane, run: str, *, follow: bool, as_json: bool) -> int:
    from cli import asking, display, following  # noqa: PLC0415
    from cli.output import show, show_json  # noqa: PLC0415

    if follow:
        ended = following.follow(plane, run, display.chosen(as_json=as_json))
        asking.say_ended(plane, ended, as_json=as_json)
        return exits.DONE
    stands = following.now(plane, run)
    if as_json:
        show_json(stands.document())
    else:
        show(display.table(stands.timeline, stands.timeline.at), "", f"{run}: {stands.outcome}: {stands.reason}")
    return exits.DONE
