"""How an instance behaves: one line of its user data says it.

    # localaws: boot=3s status=200 latency=0ms health=200

boot     seconds until the app listens and passes its health check; `never` for one that does not come up
status   the HTTP status of an ordinary request
latency  how long an ordinary request takes, in ms or s
health   the HTTP status of the health check's path

To EC2 it is a comment in a shell script, so the same user data runs on AWS. Without it an instance boots in a second
and answers 200 to everything.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from http import HTTPStatus

LINE = re.compile(r"^\s*#\s*localaws:(?P<words>.*)$", re.MULTILINE)
DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|s|m)")
UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}
LOWEST_STATUS, HIGHEST_STATUS = 200, 599


class BehaviourError(ValueError):
    """The line says something that this emulator does not know."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the app on an instance does."""

    boot_seconds: float = 1.0
    status: int = HTTPStatus.OK
    latency_seconds: float = 0.0
    health_status: int = HTTPStatus.OK


def parse(user_data: str) -> Behaviour:
    """The behaviour that the user data asks for; a later word overrides an earlier one."""
    behaviour = Behaviour()
    for line in LINE.finditer(user_data):
        for word in line["words"].split():
            behaviour = _with(behaviour, word)
    return behaviour


def _with(behaviour: Behaviour, word: str) -> Behaviour:
    key, _, value = word.partition("=")
    match key:
        case "boot":
            return replace(behaviour, boot_seconds=math.inf if value == "never" else _seconds(word, value))
        case "latency":
            return replace(behaviour, latency_seconds=_seconds(word, value))
        case "status":
            return replace(behaviour, status=_status(word, value))
        case "health":
            return replace(behaviour, health_status=_status(word, value))
        case _:
            raise BehaviourError(f"'{word}' in the user data's localaws line: known are boot, status, latency, health")


def _seconds(word: str, value: str) -> float:
    duration = DURATION.fullmatch(value)
    if not duration:
        raise BehaviourError(f"'{word}' in the user data's localaws line: write a duration such as 3s or 250ms")
    return float(duration["number"]) * UNIT_SECONDS[duration["unit"]]


def _status(word: str, value: str) -> int:
    if not (value.isdecimal() and LOWEST_STATUS <= int(value) <= HIGHEST_STATUS):
        raise BehaviourError(f"'{word}' in the user data's localaws line: write an HTTP status from 200 to 599")
    return int(value)
