"""The `lastgood` command."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from cli import exits
from cli.application import run
from cli.errors import CommandError, CutShortError, NotDoneError, StepFailedError
from recovery.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status, as `exits` documents them."""
    # A service manager's stop is handled like Ctrl-C: what is running ends and gives its locks back. Ctrl-C itself is
    # said too, as a script's background jobs start out deaf to it.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    try:
        status = run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read it has enough (`lastgood runs | head`). Python would fail once more in flushing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = exits.NOT_DONE
    except (CommandError, AwsError) as error:
        status = _end(exits.CHANGE_FIRST, str(error))
    except NotDoneError as error:
        status = _end(exits.NOT_DONE, str(error))
    except StepFailedError as error:
        tail = (f"  {line}" for line in error.tail)
        status = _end(exits.NOT_DONE, f"{error}; its output ends with:", *tail, f"all of it is in {error.log}")
    except CutShortError as error:
        status = _end(exits.INTERRUPTED, str(error))
    except KeyboardInterrupt:
        status = _end(exits.INTERRUPTED, "interrupted; nothing of it is left running")
    return status


def _end(status: int, *lines: str) -> int:
    print(*lines, sep="\n", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
