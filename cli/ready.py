"""`lastgood ready`: could we go back right now, as it was seen last, or as it is seen now?"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cli.aws_ready import look_now
from cli.errors import CommandError
from cli.output import HOUR, ago, moment
from cli.rows import Styled
from recovery.core.check import Check, Readiness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.plane import Plane

OLD_SECONDS = 2 * HOUR
NOW = "lastgood ready --now"
WIDTH = 13


@dataclass(frozen=True)
class Shown:
    """The last look, and how old it is."""

    name: str
    """Of the app in its environment."""
    found: Readiness
    age: float

    @property
    def ready(self) -> bool:
        """What was seen too long ago may be so no more."""
        return bool(self.found.at) and self.found.ready and self.age <= OLD_SECONDS

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "name": self.name,
            "ready": self.ready,
            "at": self.found.at or None,
            "age_seconds": round(self.age, 1) if self.found.at else None,
            "checks": [asdict(check) for check in self._checks()],
        }

    def lines(self) -> Iterator[Styled]:
        """For people: a line a check, the remedy on it."""
        checks = self._checks()
        bad = sum(not check.ok for check in checks)
        when = f"seen {ago(self.age)} ago, at {moment(self.found.at)}" if self.found.at else "not looked at yet"
        verdict = "ready to go back" if self.ready else f"NOT READY: {bad} of {len(checks)} checks are red"
        yield Styled(f"{self.name}: {verdict} ({when})", "bold green" if self.ready else "bold red")
        for check in checks:
            remedy = f"; do: {check.remedy}" if check.remedy else ""
            text = f"{'ok  ' if check.ok else 'RED '}  {check.name:<{WIDTH}} {check.says}{remedy}"
            yield Styled(text, "green" if check.ok else "red")

    def _checks(self) -> tuple[Check, ...]:
        return (*self._age_check(), *self.found.checks)

    def _age_check(self) -> tuple[Check, ...]:
        if not self.found.at:
            return (Check("age", ok=False, says="nobody has looked yet", remedy=NOW),)
        if self.age > OLD_SECONDS:
            says = f"what follows is {ago(self.age)} old, and one is made every hour"
            return (Check("age", ok=False, says=says, remedy=f"{NOW}, then docs/runbook.md, not ready"),)
        return ()


def ready(plane: Plane, *, now: bool) -> Shown:
    """The last look, or with `now` one of this moment. Raises CommandError, NotDoneError."""
    if now:
        if not plane.readiness_function:
            raise CommandError("the control plane is of another version, and cannot look; run `lastgood deploy`")
        look_now(plane.region, plane.readiness_function)
    found = plane.store.readiness() or Readiness(0.0, ())
    return Shown(plane.name, found, max(time.time() - found.at, 0.0))
