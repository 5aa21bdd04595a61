"""The commands that steer the run in progress: abort, pause, resume."""

from __future__ import annotations

import typer

from cli import exits
from cli.commands.options import Json, Run

app = typer.Typer()
EPILOG = exits.epilog("it was asked for", "there is no such run in progress, or it cannot be done to it")


@app.command(short_help="have the run in progress go back to what served before it", epilog=EPILOG)
def abort(run: Run = None, *, as_json: Json = False) -> int:
    """Have the run in progress go back to what served before it."""
    return _wish("stop", run, as_json=as_json)


@app.command(short_help="have the release in progress wait where it is", epilog=EPILOG)
def pause(run: Run = None, *, as_json: Json = False) -> int:
    """Have the release in progress wait where it is."""
    return _wish("pause", run, as_json=as_json)


@app.command(short_help="have the release in progress go on", epilog=EPILOG)
def resume(run: Run = None, *, as_json: Json = False) -> int:
    """Have the release in progress go on."""
    return _wish("", run, as_json=as_json)


def _wish(wish: str, run: str | None, *, as_json: bool) -> int:
    from cli import asking  # noqa: PLC0415
    from cli.plane import Plane  # noqa: PLC0415

    plane = Plane.chosen()
    request = {"wish": {"wish": wish, "by": plane.desk.caller(), "run": run or ""}}
    return asking.once(plane, request, as_json=as_json)
