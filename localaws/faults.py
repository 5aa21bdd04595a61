"""Faults on demand: calls that fail before their effect, after it, or late."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, get_args

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Call

Answer = TypeVar("Answer")
Effect = Literal["down", "error", "lost", "twice", "delay"]
KEYS = ("service", "operation", "effect", "code", "status", "seconds", "count", "caller")
DOWN = "down"
TWICE = "twice"
HAPPENS = ("lost", TWICE)
LONGEST_DELAY = 60.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to which calls.

    `down`: no answer but 503, and no effect. `error`: an error of AWS's, and no effect. `lost`: the effect happens, the
    answer is 500. `twice`: the call arrives again, at once or so many real seconds after its answer. `delay`: so many
    real seconds before the effect.
    """

    service: str
    operation: str = "*"
    effect: Effect = "down"
    code: str = "InternalFailure"
    status: int = 500
    seconds: float = 0.0
    count: int | None = None
    caller: str = ""

    def concerns(self, call: Call) -> bool:
        return (
            self.service == call.service
            and self.operation in ("*", call.operation)
            and call.caller.removeprefix("ROLE").startswith(self.caller)
        )


class FaultError(Exception):
    """A call inside the emulator that met a fault before its effect."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.service} answers {fault.status} {fault.code}")
        self.fault = fault


class Faults:
    """The faults in force, the first that concerns a call before the others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._hits: list[int] = []

    def replace(self, rows: object) -> None:
        """Raises ValueError with what is wrong."""
        if not isinstance(rows, list):
            raise ValueError("send a list of faults")  # noqa: TRY004 it is the sender's mistake
        faults = [_fault(row) for row in cast("list[Any]", rows)]
        with self._lock:
            self._faults, self._hits = faults, [0] * len(faults)

    def listing(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) | {"hits": hits} for fault, hits in zip(self._faults, self._hits, strict=True)]

    def any(self) -> bool:
        return bool(self._faults)

    def meet(self, call: Call) -> Fault | None:
        """The fault that the call meets, counted; delays are over when this returns."""
        waits, met = 0.0, None
        with self._lock:
            for number, fault in enumerate(self._faults):
                if not fault.concerns(call) or (fault.count is not None and self._hits[number] >= fault.count):
                    continue
                self._hits[number] += 1
                if fault.effect != "delay":
                    met = fault
                    break
                waits += fault.seconds
        time.sleep(waits)
        return met

    def require(self, call: Call) -> None:
        """The same for a call inside the emulator, whose answer cannot get lost. Raises FaultError.

        Nor is it made twice: an event that is delivered again is what `POST redeliver` is for.
        """
        met = self.meet(call)
        if met and met.effect not in HAPPENS:
            raise FaultError(met)

    def is_down(self, service: str) -> bool:
        """Whether the whole service is down until further notice; counts no hit."""
        with self._lock:
            return any(
                (fault.service, fault.operation, fault.effect, fault.count, fault.caller)
                == (service, "*", DOWN, None, "")
                for fault in self._faults
            )


def repeated(fault: Fault, call: Callable[[], Answer]) -> Answer:
    """The call, and the same call again: at once, with the answer of the second; or later, in the background."""
    answer = call()
    if not fault.seconds:
        return call()
    again = threading.Timer(fault.seconds, call)
    again.daemon = True
    again.start()
    return answer


def _fault(row: Any) -> Fault:
    given = cast("dict[str, Any]", row) if isinstance(row, dict) else {}
    if not isinstance(given.get("service"), str):
        raise ValueError(f'{row!r} is no fault; one is {{"service": "dynamodb", "effect": "down"}}')  # noqa: TRY004
    unknown = set(given) - set(KEYS)
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))} is not known; a fault has {', '.join(KEYS)}")
    effect = given.get("effect", DOWN)
    if effect not in get_args(Effect):
        raise ValueError(f"{effect!r} is no effect; write one of {', '.join(get_args(Effect))}")
    if not 0 <= given.get("seconds", 0) <= LONGEST_DELAY:
        raise ValueError(f"{given['seconds']} is no number of seconds from 0 to {LONGEST_DELAY:g}")
    usual = {"code": "ServiceUnavailable", "status": 503} if effect == DOWN else {}
    chosen: dict[str, Any] = {**usual, **given}
    return Fault(**chosen)
