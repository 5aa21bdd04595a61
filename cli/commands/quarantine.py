"""The commands about releases that are held back: quarantine list, show, lift."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import exits
from cli.commands.options import GROUP, Json, Release

app = typer.Typer(
    name="quarantine",
    help="Releases that are held back.",
    short_help="releases that are held back: list, show, lift",
    context_settings=GROUP,
)
READ = exits.epilog("it was read")


@app.command("list", short_help="list the releases that are held back", epilog=READ)
def list_(
    *,
    everything: Annotated[bool, typer.Option("--all", help="those that were lifted too")] = False,
    as_json: Json = False,
) -> int:
    """List the releases that are held back."""
    from cli.listing import MARK_COLUMNS, mark_document, mark_row, marks  # noqa: PLC0415
    from cli.output import show, show_json  # noqa: PLC0415
    from cli.plane import Plane  # noqa: PLC0415
    from cli.rows import Rows  # noqa: PLC0415

    found = [mark for mark in marks(Plane.chosen().store.all("mark")) if mark.holds or everything]
    if as_json:
        show_json([mark_document(mark) for mark in found])
    else:
        show(Rows(MARK_COLUMNS, [mark_row(mark) for mark in found]) if found else "no release is held back")
    return exits.DONE


@app.command("show", short_help="show why a release is held back, and by which run", epilog=READ)
def show_(release: Release, *, as_json: Json = False) -> int:
    """Show why a release is held back, and by which run."""
    from cli.listing import mark_document, marks, named  # noqa: PLC0415
    from cli.output import show, show_json  # noqa: PLC0415
    from cli.plane import Plane  # noqa: PLC0415

    mark = mark_document(named(marks(Plane.chosen().store.all("mark")), release))
    if as_json:
        show_json(mark)
    else:
        show(*(f"{name:<12} {value}" for name, value in mark.items() if value not in ("", 0.0)))
    return exits.DONE


@app.command(
    short_help="let a release be released again", epilog=exits.epilog("it is lifted", "it is not quarantined any more")
)
def lift(
    release: Release,
    *,
    reason: Annotated[str, typer.Option("--reason", help="why it may be released again; it is kept")],
    as_json: Json = False,
) -> int:
    """Let a release be released again."""
    from cli import asking  # noqa: PLC0415
    from cli.listing import marks, named  # noqa: PLC0415
    from cli.plane import Plane  # noqa: PLC0415

    plane = Plane.chosen()
    mark = named([one for one in marks(plane.store.all("mark")) if one.holds], release)
    by = f"{plane.desk.caller()}: {reason}"
    return asking.once(plane, {"lift": {"fingerprint": mark.fingerprint, "by": by}}, as_json=as_json)
