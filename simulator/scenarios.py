"""What is going on when things go wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recovery.core.loading import Head
from recovery.core.observation import COLOURS
from recovery.core.records import head_item, key
from simulator import traffic
from simulator.fleet import full
from simulator.site import START, checkpoint
from simulator.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.fleet import Fleet
    from simulator.site import Site

Happening = tuple[float, str, tuple[Any, ...]]
HORIZON_SECONDS = 5400.0
WATCHDOG_AT = 37.0
EVALUATED_AT = 20.0
"""Seconds after the minute; each world has its own of both, within the minute."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A situation and what happens in it by itself. Faults come on top."""

    name: str
    live: int
    """The version that serves, in blue."""
    idle: int = 0
    """The version that is warm in green; 0: nothing is."""
    good: tuple[int, ...] = (1,)
    """The promoted versions, the oldest first."""
    happenings: tuple[Happening, ...] = ()
    behaviour: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, "Mapping[str, Any]"])
    rules: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Settings that are its own."""
    promises: str = ""
    """The ending that it comes to without any fault, of the run that it is about."""
    paired: bool = True
    """Whether pairs of faults are tried: not where the scenario is another one and a fault."""


def _ask(at: float, request: Mapping[str, Any]) -> Happening:
    return (at, "ask", (request, 1))


def _drill(
    name: str,
    request: Mapping[str, Any],
    *turns_bad: tuple[float, int],
    rules: Mapping[str, Any],
    promises: str = "Ready",
    paired: bool = False,
) -> Scenario:
    """Of the older release, which is warm. `turns_bad`: when, and which version."""
    bad = tuple((at, "happen", ("turn", version, True)) for at, version in turns_bad)
    happenings = (_ask(10.0, request), *bad)
    return Scenario(name, 2, 1, (1, 2), happenings, rules=rules, promises=promises, paired=paired)


ROLLBACK: dict[str, Any] = {"rollback": {"by": "an operator", "reason": "it looks bad"}}
DRILL: dict[str, Any] = {"drill": {"by": "an operator", "id": "1", "in_blackout": True}}
ALARMING: dict[str, Any] = {"drill": {**DRILL["drill"], "alarm": True}}
SHARED: dict[str, Any] = {"drill_percent": 10}
SUBMIT = (10.0, "happen", ("release-3",))
SCENARIOS: tuple[Scenario, ...] = (
    Scenario("first release", 1, good=(), happenings=((10.0, "happen", ("release-1",)),), promises="Promoted"),
    Scenario("release, good", 2, 1, (1, 2), happenings=(SUBMIT,), promises="Promoted"),
    Scenario(
        "release, bad canary",
        2,
        1,
        (1, 2),
        happenings=(SUBMIT, (11.0, "happen", ("turn", 3, True))),
        promises="Restored",
    ),
    Scenario(
        "release, bad in its bake",
        2,
        1,
        (1, 2),
        happenings=(SUBMIT, (150.0, "happen", ("turn", 3, True))),
        promises="Restored",
    ),
    Scenario(
        "release, bad after its promotion",
        2,
        1,
        (1, 2),
        happenings=(SUBMIT, (450.0, "happen", ("turn", 3, True))),
        promises="Restored",
        paired=False,
    ),
    Scenario(
        "release that never gets healthy",
        2,
        1,
        (1, 2),
        happenings=(SUBMIT,),
        behaviour={"v3": {"heals": False}},
        promises="Restored",
    ),
    Scenario("rollback, warm", 2, 1, (1, 2), happenings=((5.0, "happen", ("turn", 2, True)),), promises="Restored"),
    Scenario("rollback, cold", 2, 0, (1, 2), happenings=((5.0, "happen", ("turn", 2, True)),), promises="Restored"),
    Scenario("operator's rollback", 2, 1, (1, 2), happenings=(_ask(10.0, ROLLBACK),), promises="Restored"),
    Scenario(
        "rollback while a release is on",
        2,
        1,
        (1, 2),
        happenings=(SUBMIT, _ask(150.0, ROLLBACK)),
        promises="Restored",
    ),
    Scenario(
        "a bad dependency",
        2,
        1,
        (1, 2),
        happenings=((5.0, "happen", ("depend", True)), (2400.0, "happen", ("depend", False))),
        promises="Restored",
    ),
    _drill("drill", DRILL, rules={}, paired=True),
    Scenario("flip by hand", 2, 1, (1, 2), happenings=((10.0, "happen", ("flip",)),), promises="Settled"),
    Scenario(
        "a release's run dies",
        2,
        1,
        (1, 2),
        happenings=(SUBMIT, (150.0, "happen", ("kill",))),
        promises="Restored",
        paired=False,
    ),
    Scenario(
        "operator's abort",
        2,
        1,
        (1, 2),
        happenings=(SUBMIT, _ask(140.0, {"wish": {"wish": "stop", "by": "an operator"}})),
        promises="Restored",
    ),
    Scenario(
        "operator's pause",
        2,
        1,
        (1, 2),
        happenings=(
            SUBMIT,
            _ask(60.0, {"wish": {"wish": "pause", "by": "an operator"}}),
            _ask(120.0, {"wish": {"wish": "", "by": "an operator"}}),
        ),
        promises="Promoted",
        paired=False,
    ),
    _drill("drill with a share of the requests", DRILL, rules=SHARED, paired=True),
    _drill("drill whose share is answered badly", DRILL, (50.0, 1), rules=SHARED, promises="NotReady"),
    _drill("what serves turns bad in a drill with a share", DRILL, (5.0, 2), rules=SHARED, promises="Restored"),
    _drill("drill that fires an alarm", ALARMING, rules={}),
)


def begin(scenario: Scenario, site: Site) -> World:
    """The world as it is before anything happens."""
    rules = site.rules
    size = rules.minimum
    world = World(site)
    fleets: dict[str, Fleet] = {
        "blue": full(site, "blue", scenario.live, size, minimum=rules.minimum),
        "green": full(site, "green", scenario.idle or scenario.live, rules.warm_size(size) if scenario.idle else 0),
    }
    world.fleets = fleets
    world.rule = {"blue": 100, "green": 0}
    world.nodes = ((0, world.rule), (0, world.rule))
    world.share = {colour: world.rule[colour] / 100 for colour in COLOURS}
    world.sick = dict.fromkeys(COLOURS, False)
    world.remember()
    world.table[("status", "status")] = {**key("status"), "quarantined": {}}
    for number, version in enumerate(scenario.good, start=1):
        at = START - 86_400.0 * 5 * (len(scenario.good) - number) - 3600
        found = checkpoint(site.builds[version], number, rules, at)
        world.objects[found.key] = found.text()
        world.table[("head", "head")] = head_item(Head(found.key, number, found.release.fingerprint, at))
    world.push(60.0, "minute")
    world.push(60.0 + EVALUATED_AT, "evaluate")
    world.push(WATCHDOG_AT, "watchdog")
    traffic.changed(world)
    for at, kind, args in scenario.happenings:
        world.push(at, kind, *args)
    return world
