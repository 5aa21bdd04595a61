"""What a run shows of the times that the proof takes for granted, once it is over."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from recovery.core.answers import Go
from recovery.core.lease import Kind
from recovery.core.moments import seconds

if TYPE_CHECKING:
    from recovery.core.passage import Passage


class Quantity(StrEnum):
    """As the run's record names it."""

    BOOT = "boot_seconds"
    """From the call that launches the last of the instances to the look that saw enough of them healthy."""
    SHIFT = "shift_seconds"
    """From when the weights were written to the end of the last minute in which the other group had a request."""
    ALARM = "alarm_seconds"
    """From the end of the newest bad minute to the alarm's change of state."""
    DELIVERY = "delivery_seconds"
    """From then until the run starts, or a drill's alarm is answered."""
    RECOVERY = "recovery_seconds"
    """From a rollback's start until the weights were written."""

    @property
    def metric(self) -> str:
        """Its name in CloudWatch."""
        return "".join(part.title() for part in self.split("_"))


def measure(passage: Passage) -> dict[Quantity, float]:
    """Of a run at its end: whatever it shows. Clocks of two hosts may differ: less than nothing is nothing."""
    found = {
        Quantity.BOOT: _boot(passage),
        Quantity.SHIFT: _shift(passage),
        Quantity.ALARM: alarm_seconds(passage.alarmed_at, passage.bad_until),
        Quantity.DELIVERY: passage.began - passage.alarmed_at if passage.alarmed_at else None,
        Quantity.RECOVERY: _recovery(passage),
    }
    return {quantity: round(max(value, 0.0), 3) for quantity, value in found.items() if value is not None}


def alarm_seconds(alarmed_at: float, bad_until: float) -> float | None:
    """None of an alarm that does not say which minutes were bad: a forced one rests on none."""
    return alarmed_at - bad_until if alarmed_at and bad_until else None


def _boot(passage: Passage) -> float | None:
    """None where nothing had to be launched, or AWS had no instances to launch."""
    prepared, looked = passage.answer("Prepare"), passage.answer("AwaitHealthy")
    if not prepared.get("launches") or "entered" not in prepared:
        return None
    launched = seconds(prepared["entered"])
    healthy = looked.get("healthy_at")
    if healthy is not None and float(healthy) >= launched:
        return float(healthy) - launched
    # Given up: it takes at least as long. A release that never gets healthy says nothing of one that was good.
    given_up = passage.failed == "AwaitHealthy" and passage.kind is not Kind.RELEASE and not looked.get("trouble")
    if not given_up or "entered" not in looked or passage.wished() is not None:
        return None
    return seconds(looked["entered"]) - launched


def _shift(passage: Passage) -> float | None:
    shifted, confirmed = passage.answer("Shift"), passage.answer("Confirm")
    if shifted.get("go") != Go.ON or "last_minute" not in confirmed:
        return None
    return float(confirmed["last_minute"]) - float(shifted["at"]) if confirmed["last_minute"] else 0.0


def _recovery(passage: Passage) -> float | None:
    shifted = passage.answer("Shift")
    if passage.kind is not Kind.ROLLBACK or shifted.get("go") != Go.ON:
        return None
    return float(shifted["at"]) - passage.began
