"""`lastgood bound`: reads a definition, and shows its bound."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.errors import CommandError
from cli.rows import Rows
from modules.bound import Clock, UnboundError, bound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from fractions import Fraction
    from pathlib import Path

    from cli.rows import Line
    from modules.bound import Bound

MINUTE = 60
FORMS = {
    "--at-most": "STATE=NUMBER, a whole number of seconds or items",
    "--clock": "PATH=STATE+SECONDS: a whole number of seconds after the state, or after the start where none is named",
    "--given": "PATH=VALUE",
}
VALUES: Mapping[str, str | bool] = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a definition on the command line, each as it is written there."""

    at_most: Sequence[str] = ()
    clocks: Sequence[str] = ()
    until: Sequence[str] = ()
    given: Sequence[str] = ()
    caught: bool = True


def bounded(file: Path, told: Told) -> Bound:
    """Raises CommandError, a line a problem."""
    at_most = {name: _whole("--at-most", one, number) for one, name, number in _split("--at-most", told.at_most)}
    clocks = {path: _clock(one, comes) for one, path, comes in _split("--clock", told.clocks)}
    given = {path: VALUES.get(value, value) for _, path, value in _split("--given", told.given)}
    try:
        return bound(_read(file), at_most, clocks=clocks, until=told.until, given=given, caught=told.caught)
    except UnboundError as error:
        raise CommandError("\n".join(f"{file}: {problem}" for problem in error.problems)) from error


def _split(option: str, written: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Each with what stands before and behind its sign. Raises CommandError."""
    for one in written:
        # A state's name may hold the sign, a path may not.
        name, _, value = one.rpartition("=") if option == "--at-most" else one.partition("=")
        if "=" not in one or not name or (option != "--at-most" and not name.startswith("$")):
            raise CommandError(f"{option} {one!r}: has to be {FORMS[option]}")
        yield one, name, value


def _whole(option: str, one: str, number: str) -> int:
    if not (number.isascii() and number.isdigit()):
        raise CommandError(f"{option} {one!r}: has to be {FORMS[option]}")
    return int(number)


def _clock(one: str, comes: str) -> Clock:
    since, sign, seconds = comes.rpartition("+")
    if not sign:
        raise CommandError(f"--clock {one!r}: has to be {FORMS['--clock']}")
    return Clock(since, _whole("--clock", one, seconds))


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


def explained(found: Bound) -> Iterator[Line]:
    """For people: every state, and what its numbers do to the bound."""
    yield Rows(
        ("ends by", "state", "why"),
        [
            (
                "" if one.latest is None else _seconds(one.latest).removesuffix(" s").rjust(7),
                one.state,
                "; ".join((one.why, *one.counts)),
            )
            for one in found.explain()
        ],
    )


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
