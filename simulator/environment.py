"""What befalls the surroundings of a run, and what people do meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recovery.core.observation import other
from simulator import traffic

if TYPE_CHECKING:
    from simulator.engine import Engine
    from simulator.world import Execution, World

OUTAGE_SECONDS = 45.0
SHORT_SECONDS = 400.0
STALE_SECONDS = 5.0
"""How old what a Describe call shows may be, and for how long (AWS publishes no figure; people see seconds)."""
SLOW_OBEY = (20.0, 118.0)
"""Within A2, the 120 s that were enough where it was measured (argo-rollouts#4595)."""
SLOW_METRICS = 115.0
SLOW_BOOT = 3.0
DIES_SECONDS = 25.0
TICKS = 2


def befall(engine: Engine, fault: str, run: Execution | None) -> bool:  # noqa: C901, PLR0912 a case a fault
    """Whether the fault is one of the surroundings, which has happened now."""
    world = engine.world
    kind, _, what = fault.partition("-")
    match kind:
        case "killed" if not what and run is not None:
            engine.kill(run.name)
        case "outage":
            world.outages[what] = world.now + OUTAGE_SECONDS
        case "stale":
            world.lag, world.lag_until = STALE_SECONDS, world.now + STALE_SECONDS
        case "short":
            world.short_until = world.now + SHORT_SECONDS
        case "dies":
            serving = _serving(world)
            die(world, serving if what == "serving" else other(serving))
        case "slow" if what == "weights":
            world.obey_after = SLOW_OBEY
        case "slow" if what == "boot":
            world.boots_slower = SLOW_BOOT
        case "slow" if what == "metrics":
            world.metric_delay = SLOW_METRICS
        case "ticks":
            world.ticks_lost += TICKS
        case "grows":
            colour = _serving(world)
            fleet = world.fleets[colour]
            traffic.change_fleet(world, colour, desired=min(fleet.desired + 1, fleet.maximum))
            world.push(1.0, "adjust", colour)
        case "bad":
            traffic.turn(world, int(what), bad=True)
        case "flip":
            _flip(world)
        case "wish" | "rollback" | "release":
            engine.world.push(0.01, "ask", request(world, fault), 1)
        case _:
            return False
    return True


def request(world: World, fault: str) -> dict[str, Any]:
    """What a person asks for."""
    match fault.split("-"):
        case ["rollback"]:
            return {"rollback": {"by": "an operator", "reason": "it looks bad"}}
        case ["release", version]:
            return {"release": world.site.builds[int(version)].release.document(), "by": "terraform"}
        case ["wish", *wish]:
            return {"wish": {"wish": "-".join(wish), "by": "an operator"}}
        case _:
            raise ValueError(fault)


def happen(engine: Engine, what: str, *args: Any) -> None:
    """A scenario's own events."""
    world = engine.world
    match what:
        case "turn":
            traffic.turn(world, args[0], bad=args[1])
        case "depend":
            traffic.depend(world, bad=args[0])
        case "flip":
            _flip(world)
        case "kill":
            for name, run in list(world.runs.items()):
                if run.status == "RUNNING":
                    engine.kill(name)
        case _:
            befall(engine, what, None)


def die(world: World, colour: str) -> None:
    """One healthy instance of a group fails its checks, and is replaced later unless that is suspended."""
    fleet = world.fleets[colour]
    if not fleet.healthy:
        return
    one = frozenset({min(fleet.healthy)})
    traffic.put(world, fleet.with_health(one, healthy=False))
    if "ReplaceUnhealthy" not in fleet.suspended:
        world.push(DIES_SECONDS, "replace", colour, one)


def _flip(world: World) -> None:
    """`lastgood flip`: the tag first, then the weights (docs/decisions, break-glass)."""
    serving = _serving(world)
    world.flip = f"{int(world.now)} an operator"
    world.tells(f"an operator flips to {other(serving)}")
    world.by_hand = True
    if world.episodes and world.episodes[-1].ended is None:
        world.episodes[-1].paged = world.episodes[-1].paged or world.now
    traffic.move(world, {serving: 0, other(serving): 100})


def _serving(world: World) -> str:
    return max(world.rule, key=lambda colour: world.rule[colour])
