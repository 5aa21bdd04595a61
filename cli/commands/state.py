"""The commands about Terraform's state: state repair-digest, state lock-mode."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import exits
from cli.commands.options import GROUP, Json
from cli.lock_mode import Mode

app = typer.Typer(
    name="state",
    help="State locks and digests.",
    short_help="state locks and digests: repair-digest, lock-mode",
    context_settings=GROUP,
)


@app.command(
    short_help="write the right digest into the lock table where a stale one stands",
    epilog=exits.epilog("no digest is stale any more"),
)
def repair_digest(
    stack: Annotated[list[str] | None, typer.Argument(metavar="STACK", help="stacks (all)")] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be repaired")] = False,
    as_json: Json = False,
) -> int:
    """Write the right digest into the lock table where a stale one stands, while nobody holds a lock."""
    from cli.errors import CommandError  # noqa: PLC0415
    from cli.output import show, show_json  # noqa: PLC0415
    from cli.project import STACKS, Project  # noqa: PLC0415
    from cli.state_lock import StateLocks  # noqa: PLC0415

    wanted = stack or []
    unknown = set(wanted) - set(STACKS)
    if unknown:
        raise CommandError(f"{', '.join(sorted(unknown))}: no such stack; there are {', '.join(STACKS)}")
    report = StateLocks(Project.chosen()).repair(wanted or list(STACKS), dry_run=dry_run)
    if as_json:
        show_json(report)
    else:
        show(*(f"{line['stack']:<14} {line['digest']}" for line in report))
    return exits.DONE


@app.command(
    short_help="make the next step from one kind of lock to another safe", epilog=exits.epilog("the step is safe now")
)
def lock_mode(*, to: Annotated[Mode, typer.Option("--to", help="the kind to go to")], as_json: Json = False) -> int:
    """Make the next step from one kind of lock to another safe: dynamodb, both, lockfile, and back."""
    from cli.output import show, show_json  # noqa: PLC0415
    from cli.project import STACKS, Project  # noqa: PLC0415
    from cli.state_lock import StateLocks  # noqa: PLC0415

    locks = StateLocks(Project.chosen())
    said = locks.change(to, list(STACKS))
    if as_json:
        show_json({"from": locks.mode, "to": to, "next": said})
    else:
        show(said)
    return exits.DONE
