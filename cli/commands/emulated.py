"""The commands that run the embedded AWS: demo, localaws."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import exits
from cli.commands.options import Json

app = typer.Typer()
TOP_PORT = 65535


@app.command(
    short_help="deploy the whole stack to the embedded AWS with real Terraform, and show it",
    epilog=exits.epilog("all that it proves holds", "something that it proves does not hold"),
)
def demo(
    *,
    keep: Annotated[bool, typer.Option("--keep", help="keep the embedded AWS running until Ctrl-C")] = False,
    as_json: Json = False,
) -> int:
    """Deploy the whole stack to the embedded AWS with real Terraform, and show it."""
    from cli.demo import demo as shown  # noqa: PLC0415
    from cli.demo import story_figures, table  # noqa: PLC0415
    from cli.errors import CommandError  # noqa: PLC0415
    from cli.output import show_json  # noqa: PLC0415
    from cli.progress import Progress  # noqa: PLC0415
    from cli.project import Project  # noqa: PLC0415
    from localaws.process import LocalAwsError  # noqa: PLC0415

    progress = Progress()
    try:
        outcome = shown(Project.chosen(), progress, keep=keep)
    except LocalAwsError as error:
        raise CommandError(str(error)) from error
    if as_json:
        show_json(
            {
                "resources": outcome.count,
                "second_plan_changes": len(outcome.changes),
                "concurrent_apply": outcome.concurrent_apply,
                **(story_figures(outcome.told) if outcome.told else {}),
                "seconds": {**progress.seconds, "total": progress.total()},
            }
        )
    else:
        print(table(outcome))
        print(f"done in {progress.total():.0f} s")
    return exits.DONE if outcome.good else exits.NOT_DONE


@app.command(short_help="run the embedded AWS and print what to export", epilog=exits.epilog("Ctrl-C stopped it"))
def localaws(
    *,
    port: Annotated[int, typer.Option("--port", min=0, max=TOP_PORT, help="the port on 127.0.0.1 (0: a free one)")] = 0,
    as_json: Json = False,
) -> int:
    """Run the embedded AWS until Ctrl-C, and print what to export."""
    from cli.emulating import emulate  # noqa: PLC0415
    from cli.project import Project  # noqa: PLC0415

    emulate(Project.chosen().settings(), port=port, as_json=as_json)
    return exits.DONE
