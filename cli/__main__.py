"""The `lastgood` command."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from cli import exits, operate
from cli.errors import CommandError, NotDoneError, StepFailedError, StoppedFollowingError
from recovery.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit status, as `exits` documents them."""
    arguments = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = arguments.command
    # A service manager's stop is handled like Ctrl-C: what is running ends and gives its locks back. Ctrl-C itself is
    # said too, as a script's background jobs start out deaf to it.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    try:
        return command(arguments)
    except (CommandError, AwsError) as error:
        print(error, file=sys.stderr)
        return exits.CHANGE_FIRST
    except (NotDoneError, StoppedFollowingError) as error:
        print(error, file=sys.stderr)
        return exits.INTERRUPTED if isinstance(error, StoppedFollowingError) else exits.NOT_DONE
    except StepFailedError as error:
        print(f"{error}; its output ends with:", *(f"  {line}" for line in error.tail), sep="\n", file=sys.stderr)
        print(f"all of it is in {error.log}", file=sys.stderr)
        return exits.NOT_DONE
    except KeyboardInterrupt:
        print("interrupted; nothing of it is left running", file=sys.stderr)
        return exits.INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lastgood",
        description="Releases on AWS that can go back to the last known good one.",
        epilog="LASTGOOD_ENV chooses the environment (dev): config/<environment>.toml.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, help_: str, command: Callable[[argparse.Namespace], int], *, as_json: bool = True
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help_, description=help_)
        sub.set_defaults(command=command)
        if as_json:
            sub.add_argument("--json", action="store_true", help="one JSON line on standard output")
        return sub

    demo = add("demo", "deploy the whole stack to the embedded AWS with real Terraform, and show it", _demo)
    demo.add_argument("--keep", action="store_true", help="keep the embedded AWS running until Ctrl-C")
    add("bootstrap", "make the state's bucket, lock table and key; safe to run again", _bootstrap)
    add("doctor", "check that this machine has what the other commands need", _doctor)
    add("validate", "terraform validate on every synthesized stack of every environment", _validate)
    local = add("localaws", "run the embedded AWS and print what to export", _localaws, as_json=False)
    local.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1 (a free one)")

    operate.add(commands.add_parser)

    state = commands.add_parser("state", help="state locks and digests", description="State locks and digests.")
    ways = state.add_subparsers(required=True, metavar="COMMAND")
    repair = ways.add_parser(
        "repair-digest",
        help="write the right digest into the lock table where a stale one stands",
        description="Write the right digest into the lock table where a stale one stands, while nobody holds a lock.",
    )
    repair.add_argument("stack", nargs="*", help="stacks (all)")
    repair.add_argument("--dry-run", action="store_true", help="say what would be repaired")
    repair.add_argument("--json", action="store_true", help="one JSON line on standard output")
    repair.set_defaults(command=_repair_digest)
    mode = ways.add_parser(
        "lock-mode",
        help="make the next step from one kind of lock to another safe",
        description="Make the next step from one kind of lock to another safe: dynamodb, both, lockfile, and back.",
    )
    mode.add_argument("--to", required=True, choices=["dynamodb", "both", "lockfile"])
    mode.set_defaults(command=_lock_mode)
    return parser


# Each command imports what it needs: `lastgood --help` waits for none of it.


def _demo(arguments: argparse.Namespace) -> int:
    from cli.demo import demo, story_figures, table  # noqa: PLC0415
    from cli.progress import Progress  # noqa: PLC0415
    from cli.project import Project  # noqa: PLC0415
    from localaws.process import LocalAwsError  # noqa: PLC0415

    progress = Progress()
    try:
        outcome = demo(Project.chosen(), progress, keep=arguments.keep)
    except LocalAwsError as error:
        raise CommandError(str(error)) from error
    if arguments.json:
        result = {
            "resources": outcome.count,
            "second_plan_changes": len(outcome.changes),
            "concurrent_apply": outcome.concurrent_apply,
            **(story_figures(outcome.told) if outcome.told else {}),
            "seconds": {**progress.seconds, "total": progress.total()},
        }
        print(json.dumps(result))
    else:
        print(table(outcome))
        print(f"done in {progress.total():.0f} s")
    return 0 if outcome.good else 1


def _bootstrap(arguments: argparse.Namespace) -> int:
    from cli.bootstrap import bootstrap  # noqa: PLC0415
    from cli.progress import Progress  # noqa: PLC0415
    from cli.project import WORK, Project  # noqa: PLC0415

    result = bootstrap(Project.chosen(), Progress(), work=WORK, variables={})
    if arguments.json:
        print(json.dumps(result))
    else:
        names = ", ".join((result["bucket"], result["lock_table"], result["key"]))
        print(f"{'made' if result['changed'] else 'nothing to do:'} {names}")
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from cli.doctor import examine  # noqa: PLC0415
    from cli.project import Project  # noqa: PLC0415

    findings = examine(Project.chosen())
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            print(f"{'ok  ' if finding.good else 'FAIL'}  {finding.what:<15} {finding.says}")
    return 0 if all(finding.good for finding in findings) else 2


def _validate(arguments: argparse.Namespace) -> int:
    from cli.progress import Progress  # noqa: PLC0415
    from cli.project import Project  # noqa: PLC0415
    from cli.validate import validate  # noqa: PLC0415

    done = validate(Project.chosen(), Progress())
    print(json.dumps(done) if arguments.json else f"valid: {', '.join(done)}")
    return 0


def _localaws(arguments: argparse.Namespace) -> int:
    from cli.project import WORK, Project  # noqa: PLC0415
    from cli.toolchain import write_configuration  # noqa: PLC0415
    from localaws.process import LocalAwsError, running  # noqa: PLC0415

    settings = Project.chosen().settings()
    try:
        with running(account=settings.aws.account, region=settings.aws.region, port=arguments.port) as aws:
            wanted = {**aws.environment(), "TF_CLI_CONFIG_FILE": str(write_configuration(WORK))}
            for name in sorted(os.environ.keys() - wanted.keys()):
                print(f"unset {name}")
            for name, value in sorted(wanted.items()):
                if os.environ.get(name) != value:
                    print(f"export {name}={shlex.quote(value)}")
            print(f"# localaws is up at {aws.endpoint}; Ctrl-C stops it", flush=True)
            signal.pause()
    except LocalAwsError as error:
        raise CommandError(str(error)) from error
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    return 0


def _repair_digest(arguments: argparse.Namespace) -> int:
    from cli.project import STACKS, Project  # noqa: PLC0415
    from cli.state_lock import StateLocks  # noqa: PLC0415

    unknown = set(arguments.stack) - set(STACKS)
    if unknown:
        raise CommandError(f"{', '.join(sorted(unknown))}: no such stack; there are {', '.join(STACKS)}")
    report = StateLocks(Project.chosen()).repair(arguments.stack or list(STACKS), dry_run=arguments.dry_run)
    if arguments.json:
        print(json.dumps(report))
    else:
        for line in report:
            print(f"{line['stack']:<14} {line['digest']}")
    return 0


def _lock_mode(arguments: argparse.Namespace) -> int:
    from cli.project import STACKS, Project  # noqa: PLC0415
    from cli.state_lock import StateLocks  # noqa: PLC0415

    print(StateLocks(Project.chosen()).change(arguments.to, list(STACKS)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
