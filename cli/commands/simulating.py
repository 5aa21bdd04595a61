"""The command that runs the simulator: simulate."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from cli import exits
from cli.commands.options import Environment, Json

app = typer.Typer()


@app.command(
    short_help="runs thousands of worlds with every fault, on these settings: does the promise hold?",
    epilog=exits.epilog("everything holds in every world", "something does not; it is shown with its faults"),
)
def simulate(
    *,
    environment: Environment = None,
    worlds: Annotated[int, typer.Option(min=0, help="at least so many; 0: every fault and every pair of faults")] = 0,
    seed: Annotated[int, typer.Option(help="of which pairs of faults are tried first, and of random worlds")] = 1,
    processes: Annotated[int, typer.Option(min=0, help="at work at once; 0: one a core")] = 0,
    kill_at: Annotated[
        Literal["every-step"] | None,
        typer.Option(help="instead: the run dies, at each visit of each state", show_default=False),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="canary and bake as long as they are set, not shortened")
    ] = False,
    table: Annotated[bool, typer.Option("--table", help="in how many worlds each state had each fault")] = False,
    bound: Annotated[
        float | None,
        typer.Option(min=1, metavar="SECONDS", help="the bound to hold, not the one computed", show_default=False),
    ] = None,
    replay: Annotated[
        str | None, typer.Option(metavar="SCENARIO", help="one world again, told", show_default=False)
    ] = None,
    fault: Annotated[
        list[str] | None, typer.Option(metavar="PLACE=FAULT", help="of the world told again", show_default=False)
    ] = None,
    as_json: Json = False,
) -> int:
    """Run the real decisions and state machine on simulated services, in virtual time, and check every invariant.

    Every fault at every step, then pairs of faults, all of them or as many as --worlds leaves room for, then random
    worlds. The time from the first bad answer to the promise kept is held to the computed bound. A world that fails
    is shown with the fewest faults that it fails with. Nothing is asked of AWS.
    """
    from cli.simulating import Asked, shown  # noqa: PLC0415

    return shown(
        Asked(environment, worlds, seed, processes, bound, replay, tuple(fault or ())),
        kill_at_every_step=kill_at is not None,
        full=full,
        table=table,
        as_json=as_json,
    )
