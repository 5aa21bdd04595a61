"""How an instance behaves: one line of its user data says it.

    # localaws: boot=3s status=200 latency=0ms health=200 errors=20% fails=90s dies=10m

boot     seconds until the app listens and passes its health check; `never` for one that does not come up
status   the HTTP status of an ordinary request
latency  how long an ordinary request takes, in ms, s or m
health   the HTTP status of the health check's path
errors   the share of ordinary requests that is answered 500 instead, in turn, not by chance
fails    from that age on every ordinary request is answered `status`, or 500 unless it says one; before, 200
dies     from that age on nothing listens: requests and health checks find no connection

To EC2 it is a comment in a shell script, so the same user data runs on AWS. Without it an instance boots in a second
and answers 200 to everything.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LINE = re.compile(r"^\s*#\s*localaws:(?P<words>.*)$", re.MULTILINE)
DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|s|m)")
PERCENT = re.compile(r"(?P<number>\d+(?:\.\d{1,2})?)%")
UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}
LOWEST_STATUS, HIGHEST_STATUS = 200, 599
WHOLE = 100.0


class BehaviourError(ValueError):
    """The line says something that this emulator does not know."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the app on an instance does."""

    boot_seconds: float = 1.0
    status: int = HTTPStatus.OK
    latency_seconds: float = 0.0
    health_status: int = HTTPStatus.OK
    error_percent: float = 0.0
    fails_seconds: float = math.inf
    dies_seconds: float = math.inf

    def listens(self, age_seconds: float) -> bool:
        """Whether there is an app to connect to at that age."""
        return self.boot_seconds <= age_seconds < self.dies_seconds

    def status_at(self, age_seconds: float) -> int:
        """What an ordinary request is answered that is not one of `errors`."""
        if self.fails_seconds == math.inf:
            return self.status
        if age_seconds < self.fails_seconds:
            return HTTPStatus.OK
        return HTTPStatus.INTERNAL_SERVER_ERROR if self.status == HTTPStatus.OK else self.status


def parse(user_data: str) -> Behaviour:
    """The behaviour that the user data asks for; a later word overrides an earlier one."""
    behaviour = Behaviour()
    for line in LINE.finditer(user_data):
        behaviour = changed(behaviour, line["words"])
    return behaviour


def changed(behaviour: Behaviour, words: str) -> Behaviour:
    """The behaviour with what the words say; what they don't mention stays."""
    for word in words.split():
        behaviour = _with(behaviour, word)
    return behaviour


def _with(behaviour: Behaviour, word: str) -> Behaviour:
    key, _, value = word.partition("=")
    if key not in WORDS:
        raise BehaviourError(f"'{word}' in the localaws line: known are {', '.join(WORDS)}")
    name, read = WORDS[key]
    said: dict[str, Any] = {name: read(word, value)}
    return replace(behaviour, **said)


def _boot(word: str, value: str) -> float:
    return math.inf if value == "never" else _seconds(word, value)


def _seconds(word: str, value: str) -> float:
    duration = DURATION.fullmatch(value)
    if not duration:
        raise BehaviourError(f"'{word}' in the localaws line: write a duration such as 3s or 250ms")
    return float(duration["number"]) * UNIT_SECONDS[duration["unit"]]


def _percent(word: str, value: str) -> float:
    share = PERCENT.fullmatch(value)
    if not share or float(share["number"]) > WHOLE:
        raise BehaviourError(f"'{word}' in the localaws line: write a share from 0% to 100%, such as 20% or 0.5%")
    return float(share["number"])


def _status(word: str, value: str) -> int:
    if not (value.isdecimal() and LOWEST_STATUS <= int(value) <= HIGHEST_STATUS):
        raise BehaviourError(f"'{word}' in the localaws line: write an HTTP status from 200 to 599")
    return int(value)


# Word → the field it sets, and how its value is read.
WORDS: Mapping[str, tuple[str, Callable[[str, str], float]]] = {
    "boot": ("boot_seconds", _boot),
    "status": ("status", _status),
    "latency": ("latency_seconds", _seconds),
    "health": ("health_status", _status),
    "errors": ("error_percent", _percent),
    "fails": ("fails_seconds", _seconds),
    "dies": ("dies_seconds", _seconds),
}
