"""`lastgood localaws`: the embedded AWS until Ctrl-C, and what a shell, or a program, has to export to use it."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from typing import TYPE_CHECKING

from cli.errors import CommandError
from cli.output import show_json
from cli.project import WORK
from cli.toolchain import write_configuration
from localaws.process import LocalAwsError, running

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modules.settings import Settings


def emulate(settings: Settings, *, port: int, as_json: bool) -> None:
    """Run it. Raises CommandError where it does not start."""
    try:
        with running(account=settings.aws.account, region=settings.aws.region, port=port) as aws:
            wanted = {**aws.environment(), "TF_CLI_CONFIG_FILE": str(write_configuration(WORK))}
            if as_json:
                show_json({"endpoint": aws.endpoint, "environment": changes(os.environ, wanted)})
            else:
                print(*exports(os.environ, wanted), sep="\n")
                print(f"# localaws is up at {aws.endpoint}; Ctrl-C stops it")
            sys.stdout.flush()
            signal.pause()
    except LocalAwsError as error:
        raise CommandError(str(error)) from error
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)


def changes(now: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str | None]:
    """The variables that have to become something else; None: have to go."""
    gone = dict.fromkeys(sorted(now.keys() - wanted.keys()))
    return gone | {name: value for name, value in sorted(wanted.items()) if now.get(name) != value}


def exports(now: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """The same as a shell's commands."""
    return [
        f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}"
        for name, value in changes(now, wanted).items()
    ]
