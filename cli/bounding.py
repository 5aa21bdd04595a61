"""`lastgood bound`: reads a definition, and shows its bound."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cli.errors import CommandError
from cli.rows import Rows
from modules.bound import UnboundError, bound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from fractions import Fraction
    from pathlib import Path

    from cli.rows import Line
    from modules.bound import Bound

MINUTE = 60


def bounded(file: Path, at_most: Mapping[str, int]) -> Bound:
    """Raises CommandError, a line a problem."""
    try:
        return bound(_read(file), at_most)
    except UnboundError as error:
        raise CommandError("\n".join(f"{file}: {problem}" for problem in error.problems)) from error


def told(given: Sequence[str]) -> dict[str, int]:
    """Of each `STATE=NUMBER`. Raises CommandError."""
    found: dict[str, int] = {}
    for one in given:
        name, _, number = one.rpartition("=")
        if not name or not (number.isascii() and number.isdigit()):
            raise CommandError(f"--at-most {one!r}: has to be STATE=NUMBER, a whole number of seconds or items")
        found[name] = int(number)
    return found


def lines(found: Bound) -> Iterator[Line]:
    """For people: what takes time, and what the path is beyond that."""
    yield f"at most {_seconds(found.seconds)}{_minutes(found.seconds)}, to the end of {found.end}"
    if found.timeout is not None and found.timeout < found.seconds:
        yield f"the machine's own TimeoutSeconds ends it after {_seconds(found.timeout)}, wherever it stands by then"
    yield Rows(
        ("seconds", "state", "why"),
        [(_seconds(row.seconds).removesuffix(" s").rjust(7), row.state, row.why) for row in found.path if row.seconds],
    )
    idle = [row.state for row in found.path if not row.seconds]
    if idle:
        yield f"on the path without taking time: {', '.join(idle)}"
    others = [f"{name} {_seconds(seconds)}" for name, seconds in found.ends.items() if name != found.end]
    if others:
        yield f"other ends, at most: {', '.join(others)}"


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CommandError(f"{file}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{file}: is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise CommandError(f"{file}: is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{file}: is JSON that cannot be read: {error}") from error


def _seconds(seconds: Fraction) -> str:
    whole = seconds.denominator == 1
    return f"{int(seconds)} s" if whole else f"{float(seconds):.3f} s"


def _minutes(seconds: Fraction) -> str:
    return f" ({float(seconds) / MINUTE:.0f} min)" if seconds >= 2 * MINUTE else ""
