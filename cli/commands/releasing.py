"""The commands that start a run and follow it: deploy, rollback, drill."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cli import exits
from cli.commands.options import Json, NoFollow

if TYPE_CHECKING:
    from cli.explaining import Explanation
    from cli.plane import Plane

app = typer.Typer()
BY_HAND = "Where the control plane does not answer: `lastgood flip` needs nothing but the load balancer"


@app.command(
    short_help="apply the stacks, release what is configured, and follow it",
    epilog=exits.epilog(
        "the release is promoted, or was live already",
        "it was refused, or did not become the last known good release; what served before serves",
    ),
)
def deploy(
    *,
    accept_degraded: Annotated[
        bool, typer.Option("--accept-degraded", help="release although alarms fire: it is the cure")
    ] = False,
    auto_approve: Annotated[bool, typer.Option("--auto-approve", help="apply the plans without being asked")] = False,
    no_follow: NoFollow = False,
    as_json: Json = False,
) -> int:
    """Apply the stacks, release what is configured, and follow it."""
    from cli import asking  # noqa: PLC0415
    from cli.deploying import deploy as deployed  # noqa: PLC0415
    from cli.progress import Progress  # noqa: PLC0415
    from cli.project import Project  # noqa: PLC0415
    from recovery.core.lease import Kind  # noqa: PLC0415

    done = deployed(Project.chosen(), Progress(), approved=auto_approve, accept_degraded=accept_degraded)
    return asking.see_through(done.plane, done.ticket, Kind.RELEASE, followed=not no_follow, as_json=as_json)


@app.command(short_help="go back to the last known good release", epilog=exits.epilog("what was to serve again serves"))
def rollback(
    *,
    reason: Annotated[str, typer.Option("--reason", help="why; it is kept as evidence against the release")] = "",
    explain: Annotated[bool, typer.Option("--explain", help="say what would happen, and change nothing")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="go back without being asked")] = False,
    no_follow: NoFollow = False,
    as_json: Json = False,
) -> int:
    """Go back to the last known good release.

    What it would do is said first, by the rules that the control plane itself goes by. Where the control plane does not
    answer, `lastgood flip` moves the requests with nothing but the load balancer.
    """
    from cli import asking  # noqa: PLC0415
    from cli.confirming import confirm  # noqa: PLC0415
    from cli.errors import CommandError  # noqa: PLC0415
    from cli.plane import Plane  # noqa: PLC0415
    from recovery.core.lease import Kind  # noqa: PLC0415

    plane = Plane.chosen()
    if explain:
        _say(plane.explain_rollback(), as_json=as_json)
        return exits.DONE
    explained = _explained(plane)
    if explained and not as_json:
        _say(explained, as_json=False)
    if explained and not explained.possible:
        raise CommandError(f"nothing was started: {explained.reason}")
    confirm(f"go back in {plane.name}?", yes=yes, option="--yes")
    request = {"rollback": {"by": plane.desk.caller(), "reason": reason, "of": explained.serves if explained else ""}}
    try:
        ticket = asking.ask(plane, request)
    except CommandError as error:
        raise CommandError(f"{error}. {BY_HAND}") from error
    return asking.see_through(plane, ticket, Kind.ROLLBACK, followed=not no_follow, as_json=as_json)


@app.command(
    short_help="bring the last known good release up beside what serves, check it, and take it down",
    epilog=exits.epilog("the last known good release came up and answered, or the alarm's event arrived"),
)
def drill(
    *,
    alarm_path: Annotated[
        bool, typer.Option("--alarm-path", help="only fire an alarm, and measure how long its event takes")
    ] = False,
    in_blackout: Annotated[
        bool, typer.Option("--in-blackout", help="though the settings want none begun at this time")
    ] = False,
    no_follow: NoFollow = False,
    as_json: Json = False,
) -> int:
    """Bring the last known good release up beside what serves, check it, and take it down.

    An alarm of the group without requests is fired with it, and takes the way of a real one, which is measured. Nothing
    is begun while a run is on, an alarm fires, or a release is quarantined as suspect.
    """
    from cli import asking  # noqa: PLC0415
    from cli.plane import Plane  # noqa: PLC0415
    from recovery.core.lease import Kind  # noqa: PLC0415

    plane = Plane.chosen()
    # Named here, so that asking again after a lost answer is asking once.
    named = {"by": plane.desk.caller(), "id": secrets.token_hex(4), "in_blackout": in_blackout}
    if alarm_path:
        from cli.drilling import fired  # noqa: PLC0415

        return fired(plane, named, followed=not no_follow, as_json=as_json)
    request = {"drill": {**named, "alarm": "too"}}
    return asking.run(plane, request, Kind.DRILL, followed=not no_follow, as_json=as_json)


def _explained(plane: Plane) -> Explanation | None:
    """None where it cannot be told: the control plane may be able to go back all the same, and is asked."""
    from cli.errors import CommandError  # noqa: PLC0415
    from recovery.core.observation import UnclearError  # noqa: PLC0415
    from recovery.errors import AwsError  # noqa: PLC0415

    try:
        return plane.explain_rollback()
    except (AwsError, CommandError, UnclearError) as error:
        print(f"what it would do cannot be told: {error}", file=sys.stderr)
        return None


def _say(explained: Explanation, *, as_json: bool) -> None:
    from cli.output import show, show_json  # noqa: PLC0415

    if as_json:
        show_json(explained.document())
    else:
        show(*explained.lines())
