"""Follow a run to its end. Ctrl-C ends the following; the run is another's."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from cli.errors import CommandError, LostSightError, StoppedFollowingError
from cli.timeline import Timeline, steps, timeline
from recovery.core.protocol import Ending
from recovery.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cli.display import Display
    from cli.plane import Plane

Answer = TypeVar("Answer")
LOOK_SECONDS = 1.0
# A run does not end because this machine is off the net for a while.
PATIENCE_SECONDS = 120.0
RUNNING = "RUNNING"


@dataclass(frozen=True)
class Followed:
    """A run that has ended."""

    run: str
    outcome: str
    reason: str
    seconds: float
    timeline: Timeline

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "run": self.run,
            "outcome": self.outcome,
            "reason": self.reason,
            "seconds": round(self.seconds, 1),
            "steps": [entry.document(self.timeline.at) for entry in self.timeline.entries],
        }


def follow(plane: Plane, run: str, display: Display) -> Followed:
    """To the end of the run, or of the run that it left its work to.

    Raises:
        StoppedFollowingError: on Ctrl-C.
        LostSightError: AWS cannot be reached any more.
        CommandError: there is no such run.
    """
    followed = run
    try:
        with display:
            while True:
                ended = _to_its_end(plane, followed, display)
                if ended.outcome != Ending.JOINED or not ended.timeline.joined:
                    return ended
                followed = ended.timeline.joined
    except KeyboardInterrupt:
        raise StoppedFollowingError(followed) from None


def now(plane: Plane, run: str) -> Followed:
    """A run as it stands, or as it ended. Raises CommandError where there is no such run."""
    history = plane.history(run)
    status = history.status()
    return ended(
        run, status, timeline(history.events(), steps(plane.settings.rules)), plane.store.get("run", run) or {}
    )


def _to_its_end(plane: Plane, run: str, display: Display) -> Followed:
    history, names = plane.history(run), steps(plane.settings.rules)
    history.status()
    display.begin(run)
    while True:
        # The status first: the events that are read after a run has ended are all of them.
        status = _patiently(history.status, run, display)
        seen = timeline(_patiently(history.events, run, display), names)
        display.show(seen)
        if status != RUNNING:
            return ended(run, status, seen, _patiently(lambda: plane.store.get("run", run), run, display) or {})
        time.sleep(LOOK_SECONDS)


def ended(run: str, status: str, seen: Timeline, record: Mapping[str, Any]) -> Followed:
    """What became of it: its record says so, and its history where it never came to have one."""
    first = seen.entries[0].entered if seen.entries else seen.at
    outcome = str(record.get("outcome") or seen.ending or status.lower())
    return Followed(run, outcome, str(record.get("reason") or seen.says), seen.at - first, seen)


def _patiently(call: Callable[[], Answer], run: str, display: Display) -> Answer:
    """Ask until it answers, for a while."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            answer = call()
        except (AwsError, CommandError) as error:
            if time.monotonic() > until:
                raise LostSightError(run, str(error)) from error
            display.trouble(str(error))
        else:
            display.trouble("")
            return answer
        time.sleep(LOOK_SECONDS)
