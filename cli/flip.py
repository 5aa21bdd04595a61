"""Break-glass: which group gets all requests by hand, whether it can take them, and the flip itself."""

from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from cli.confirming import confirm
from cli.errors import CommandError
from cli.output import ago
from recovery.core.observation import ALL, COLOURS, other

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cli.control import ControlRecord

# ELB API, AddTags: what a tag's value may hold, and how much of it.
NOT_IN_A_TAG = re.compile(r"[^\w +\-=._:/@]", re.ASCII)
TAG_LENGTH = 256
LOOK_SECONDS = 2.0


def target(weights: Mapping[str, int], asked: str | None) -> str:
    """The colour to flip to: the one asked for, or the one with less traffic. Raises CommandError where neither has."""
    if asked is not None:
        return asked
    blue, green = (weights[colour] for colour in COLOURS)
    if blue == green:
        raise CommandError(f"both groups have the weight {blue}; say which one shall serve: --to blue, or --to green")
    return min(COLOURS, key=lambda colour: weights[colour])


def after(colour: str) -> dict[str, int]:
    """The weights that send everything to a group."""
    return {colour: ALL, other(colour): 0}


def require_health(healthy: Mapping[str, int], colour: str, *, force: bool) -> None:
    """Raises CommandError where the group could take less than the other one.

    A load balancer sends requests to a group whose targets are all unhealthy, and weighted groups do not stand in for
    each other (ELB guide, "Target group health").
    """
    if healthy[colour] < healthy[other(colour)] and not force:
        raise CommandError(
            f"{colour} has {healthy[colour]} healthy targets and {other(colour)} has {healthy[other(colour)]}; "
            "nothing was changed; say --force to flip all the same"
        )


def tag(now: float, who: str) -> str:
    """The tag's value: when, and who."""
    return NOT_IN_A_TAG.sub("_", f"{int(now)} {who}")[:TAG_LENGTH]


def age(saved_at: float | None, now: float) -> str:
    """How old a record is."""
    return "kept at an unknown time" if saved_at is None else f"kept {ago(now - saved_at)} ago"


def says(weights: Mapping[str, int]) -> str:
    """Weights for people."""
    return ", ".join(f"{colour} {weights[colour]} %" for colour in COLOURS)


@dataclass(frozen=True)
class Flipped:
    """The weights before, and as they read back."""

    before: Mapping[str, int]
    wanted: Mapping[str, int]
    now: Mapping[str, int]
    saved_at: float | None = None
    """When the record was written that it went by."""

    @property
    def done(self) -> bool:
        return dict(self.now) == dict(self.wanted)

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"before": dict(self.before), "now": dict(self.now), "done": self.done, "record_saved_at": self.saved_at}

    def lines(self) -> list[str]:
        """For people."""
        if self.before == self.now == self.wanted:
            return [f"it was so already, nothing was changed: {says(self.now)}"]
        then = (
            "the watchdog sees the flip within minutes and follows it; a run in progress changes nothing more"
            if self.done
            else "THE RULE READS BACK OTHERWISE: somebody else writes it at the same time; look, and flip again"
        )
        return [f"before  {says(self.before)}", f"now     {says(self.now)}", then]


class Weights(Protocol):
    """Both groups' shares of the requests."""

    def weights(self) -> dict[str, int]: ...

    def move(self, weights: Mapping[str, int], /) -> None: ...


def held(
    glass: Weights,
    wanted: Mapping[str, int],
    within: float,
    *,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, int]:
    """The weights once nothing can land any more that a run sent before it could see the tag, `within` seconds.

    There is one such change at most, as one function has the lease: what it moves is moved again, once.
    """
    found, until, again = glass.weights(), now() + within, False
    while now() < until:
        sleep(LOOK_SECONDS)
        found = glass.weights()
        if found == wanted:
            continue
        if again:
            break
        glass.move(wanted)
        until, again = now() + within, True
    return found


def flip(record: ControlRecord, *, asked: str | None, force: bool, yes: bool) -> Flipped:
    """Flip. Raises CommandError where that is not wise, or AWS refuses; NotDoneError where the answer is no."""
    from cli.aws_flip import Glass  # noqa: PLC0415 boto3 is slow to import, and the decisions need none

    # Before anything can fail of it: what was made anew since then, the record does not know.
    print(f"{record.name}, by a record that was {age(record.saved_at, time.time())}", file=sys.stderr)
    glass = Glass(record)
    before = glass.weights()
    colour = target(before, asked)
    healthy = glass.healthy()
    require_health(healthy, colour, force=force)
    wanted = after(colour)
    if before == wanted:
        return Flipped(before, wanted, before, record.saved_at)
    numbers = ", ".join(f"{one} {healthy[one]} healthy" for one in COLOURS)
    print(f"{says(before)} ({numbers}) becomes {says(wanted)}", file=sys.stderr)
    confirm(f"flip {record.name}?", yes=yes, option="--yes")
    # The tag first: whatever else runs has to see it before the weights move.
    glass.tag(tag(time.time(), glass.caller()))
    glass.move(wanted)
    print(f"moved; looking for {record.change_seconds:g} s whether a run's last change lands on it", file=sys.stderr)
    return Flipped(before, wanted, held(glass, wanted, record.change_seconds), record.saved_at)
