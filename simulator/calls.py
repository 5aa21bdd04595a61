"""A call of a service from inside a function: what it costs, and what can go wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recovery.errors import AwsBusyError
from simulator.world import CALL_SECONDS, Killed

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.engine import Engine
    from simulator.world import Invocation

TRIES_SECONDS = 3.0
"""What boto3's three tries of a service that refuses at once take, with their back-off."""
LAST_MOMENT = 0.5
UNDER_WAY_SECONDS = 4.5
"""How much later than the end of the function that sent it a change may arrive (modules/recovery_budget.py: 5 s)."""


class Stage:
    """Where the fakes find the world that is on: handlers make their adapters themselves."""

    engine: Engine

    def call(self, service: str, effect: Callable[..., Any], *args: Any, write: bool = False) -> Any:
        """One call. Other things happen while it is under way."""
        engine = self.engine
        world = engine.world
        world.now += CALL_SECONDS
        if world.heap[0][0] <= world.now:
            engine.wait(0.0)
        at_work = world.invocation
        if at_work is None or not (at_work.fault or world.outages):
            return effect(*args)
        return self._faulty(at_work, service, effect, args, write=write)

    def _faulty(
        self,
        at_work: Invocation,
        service: str,
        effect: Callable[..., Any],
        args: tuple[Any, ...],
        *,
        write: bool,
    ) -> Any:
        engine = self.engine
        world = engine.world
        at_work.calls += 1
        at_work.writes += write
        self._reaches(at_work, service)
        if not at_work.fault:
            return effect(*args)
        fault, _, number = at_work.fault.partition("-")
        hit = write and number == str(at_work.writes)
        match fault:
            case "busy" if at_work.calls == 1:
                raise AwsBusyError(f"{service}: ThrottlingException")
            case "hang" if at_work.calls == 1:
                engine.wait(at_work.limit)
                _die(at_work, "Sandbox.Timedout")
            case "lost" if hit:
                effect(*args)
                raise AwsBusyError(f"{service}: the answer was lost")
            case "crash" if hit:
                effect(*args)
                _die(at_work, "Lambda.Unknown")
            case "flies" if hit:
                engine.wait(max(0.0, at_work.started + at_work.limit - world.now))
                world.push(UNDER_WAY_SECONDS, "land", at_work, effect, args)
                _die(at_work, "Sandbox.Timedout")
            case "late" if hit:
                engine.wait(max(0.0, at_work.started + at_work.limit - LAST_MOMENT - world.now))
                if at_work.dead:
                    raise Killed(at_work.dead)
            case _:
                pass
        return effect(*args)

    def _reaches(self, at_work: Invocation, service: str) -> None:
        """Unless the function is at its end, or the service out of order."""
        world = self.engine.world
        if at_work.dead or world.now > at_work.started + at_work.limit:
            at_work.dead = at_work.dead or "Sandbox.Timedout"
            raise Killed(at_work.dead)
        if world.outages.get(service, 0.0) > world.now:
            self.engine.wait(TRIES_SECONDS)
            raise AwsBusyError(f"{service} is out of reach")


def _die(at_work: Invocation, error: str) -> None:
    at_work.dead = error
    raise Killed(error)


STAGE = Stage()
