"""The commands about this machine and the place of the state: bootstrap, doctor, validate."""

from __future__ import annotations

import typer

from cli import exits
from cli.commands.options import Json

app = typer.Typer()


@app.command(
    short_help="make the state's bucket, lock table and key; safe to run again",
    epilog=exits.epilog("they are there"),
)
def bootstrap(*, as_json: Json = False) -> int:
    """Make the state's bucket, lock table and key. It is safe to run again."""
    from cli.bootstrap import bootstrap as made  # noqa: PLC0415
    from cli.output import show, show_json  # noqa: PLC0415
    from cli.progress import Progress  # noqa: PLC0415
    from cli.project import WORK, Project  # noqa: PLC0415

    result = made(Project.chosen(), Progress(), work=WORK, variables={})
    if as_json:
        show_json(result)
    else:
        names = ", ".join((result["bucket"], result["lock_table"], result["key"]))
        show(f"{'made' if result['changed'] else 'nothing to do:'} {names}")
    return exits.DONE


@app.command(
    short_help="check that this machine has what the other commands need", epilog=exits.epilog("nothing is missing")
)
def doctor(*, as_json: Json = False) -> int:
    """Check that this machine has what the other commands need."""
    from dataclasses import asdict  # noqa: PLC0415

    from cli.doctor import examine  # noqa: PLC0415
    from cli.output import show, show_json  # noqa: PLC0415
    from cli.project import Project  # noqa: PLC0415
    from cli.rows import Styled  # noqa: PLC0415

    findings = examine(Project.chosen())
    if as_json:
        show_json([asdict(finding) for finding in findings])
    else:
        for one in findings:
            line = f"{'ok  ' if one.good else 'FAIL'}  {one.what:<15} {one.says}"
            show(Styled(line, "" if one.good else "red"))
    return exits.DONE if all(finding.good for finding in findings) else exits.CHANGE_FIRST


@app.command(
    short_help="terraform validate on every synthesized stack of every environment",
    epilog=exits.epilog("all are valid", "one is not"),
)
def validate(*, as_json: Json = False) -> int:
    """Run `terraform validate` on every synthesized stack of every environment."""
    from cli.output import show, show_json  # noqa: PLC0415
    from cli.progress import Progress  # noqa: PLC0415
    from cli.project import Project  # noqa: PLC0415
    from cli.validate import validate as validated  # noqa: PLC0415

    done = validated(Project.chosen(), Progress())
    if as_json:
        show_json(done)
    else:
        show(f"valid: {', '.join(done)}")
    return exits.DONE
