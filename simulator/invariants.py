"""What must hold when everything is quiet again: the invariants of docs/guarantees.md, by their numbers.

1, 3 and 11 are watched at each change as well (simulator/monitors.py). 8 needs no look at the end but one: the fakes
know no call that deletes, so whoever tried to would end with an unexpected error.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from recovery.core.checkpoint import CheckpointError, read
from recovery.core.commands import PAUSED
from recovery.core.incident import WISHES
from recovery.core.observation import COLOURS, other
from recovery.core.protocol import Ending
from recovery.core.submission import Answer
from simulator.leaks import holds_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.core.checkpoint import Checkpoint
    from simulator.engine import Engine
    from simulator.paths import Doc
    from simulator.world import Episode, World

SOMEBODY_WAITS = (
    Ending.PROMOTED,
    Ending.RESTORED,
    Ending.UNDONE,
    Ending.ESCALATED,
    Ending.READY,
    Ending.NOT_READY,
)
PROVEN = ("pass",)
_read = lru_cache(maxsize=256)(read)
"""A pure function of a text; one that raises is asked again."""


def promise_seconds(episode: Episode, now: float) -> float:
    """From the first bad answer to the last known good release serving, or a person paged."""
    ends = [one for one in (episode.ended, episode.paged) if one is not None]
    return min(ends, default=now) - episode.since


def at_the_end(engine: Engine, bound: float, known: set[object]) -> list[str]:
    """Every violation, those of the way among them. `known`: final states that were asked everything already."""
    world = engine.world
    found = [*world.violations]
    for check in (_in_time, _no_leftovers, _head, untold, _terraform_agrees, _nothing_deleted, _serves):
        found += [f"{_NUMBERS[check.__name__]}: {text}" for text in check(world)]
    found += [
        f"2: requests were answered badly for {promise_seconds(one, world.now):.0f} s, over the bound of {bound:.0f} s"
        for one in world.episodes
        if promise_seconds(one, world.now) > bound
    ]
    signature = _signature(world)
    if signature not in known:
        known.add(signature)
        found += _asked(engine)
    return found


def _in_time(world: World) -> list[str]:
    """2: every run ends, and has an outcome. That it is in time is seen by the episodes."""
    found: list[str] = []
    for name, run in world.runs.items():
        record = world.table.get(("run", name), {})
        if run.status == "RUNNING":
            found.append(f"{name} never ends; it is at {run.state}")
        elif "started_at" not in record:
            continue
        elif not record.get("outcome"):
            found.append(f"{name} has no outcome")
    return found


def _serves(world: World) -> list[str]:
    """1: one group has every request, holds one release, enough of it healthy; or somebody was paged."""
    if _paged(world) or world.by_hand:
        return []
    serving = max(COLOURS, key=lambda colour: world.rule[colour])
    fleet, rules = world.fleets[serving], world.site.rules
    found = [] if sorted(world.rule.values()) == [0, 100] else [f"both groups have traffic: {world.rule}"]
    if len(fleet.healthy) < rules.minimum:
        found.append(f"{len(fleet.healthy)} of {rules.minimum} are healthy in {serving}")
    if len({one.version for one in fleet.machines}) != 1:
        found.append(f"{serving} holds several releases, or none")
    if world.site.builds[fleet.runs].release.fingerprint in world.table["status", "status"]["quarantined"]:
        found.append(f"{serving} serves a quarantined release")
    return found


def _no_leftovers(world: World) -> list[str]:
    """4: no lease, no suspended process, no pinned floor, no foreign instance."""
    lease = world.table.get(("lease", "lease"), {})
    found = [f"{lease['run']} holds the lease"] if lease.get("run") else []
    serving = max(COLOURS, key=lambda colour: world.rule[colour])
    for colour, fleet in world.fleets.items():
        paused = sorted(set(fleet.suspended) & set(PAUSED))
        if paused:
            found.append(f"{colour} has {', '.join(paused)} suspended")
        if len({one.version for one in fleet.machines}) > 1:
            found.append(f"{colour} holds instances of several releases")
        floor = world.site.rules.minimum if colour == serving else fleet.desired
        if fleet.minimum != floor:
            found.append(f"{colour} has a floor of {fleet.minimum}, not {floor}")
    return found


def _head(world: World) -> list[str]:
    """5: head names a checkpoint that exists, matches its checksum, and passed its bake."""
    head = world.table.get(("head", "head"))
    if head is None:
        return []
    try:
        found = _read(world.objects.get(head["checkpoint"], ""))
    except CheckpointError as error:
        return [f"head names {head['checkpoint']}: {error}"]
    if found.release.fingerprint != head["fingerprint"]:
        return [f"head is of {head['fingerprint'][:12]}, its checkpoint of {found.release.fingerprint[:12]}"]
    return _proven(world, found)


def _proven(world: World, found: Checkpoint) -> list[str]:
    run = world.runs.get(found.run)
    if run is None:
        return []
    bake = run.doc["said"].get("Bake", {})
    if bake.get("verdict") not in PROVEN:
        return [f"head was promoted by {found.run}, whose bake did not pass"]
    window = max(signal.window_minutes for signal in world.site.rules.signals)
    measured = _measured(world, found.colour, bake["at"])
    if measured < window:
        return [f"head was promoted by {found.run} when {measured} of {window} minutes were measured"]
    return []


def _measured(world: World, colour: str, at: float) -> int:
    """How many minutes with requests CloudWatch could show of a group when its bake was over."""
    return sum(one.published <= at + 1.0 and one.requests.get(colour, 0.0) > 0 for one in world.minutes)


def untold(world: World) -> list[str]:
    """6: each outcome that somebody waits for reached a channel, or waits in a dead-letter queue.

    Likewise that a drill's alarm did not come to where a real one has to.
    """
    kept = [repr(event) for _, event in world.dead_letters]
    heard = {one.run for one in world.told}
    found: list[str] = []
    for (pk, name), record in world.table.items():
        if pk == "drill" and not (record.get("answered_at") or record.get("told_at")):
            found.append(f"nobody heard that the alarm of {name} was not handed on")
        if pk != "run" or record.get("outcome") not in SOMEBODY_WAITS:
            continue
        about = str(record.get("taken_over_by", name))
        if about not in heard and not any(about in text for text in kept):
            found.append(f"nobody heard of {name} ({record['outcome']})")
    return found


def _no_secret(world: World) -> list[str]:
    """9: a secret's value stands in no event, and in no run's document. What is written is looked at when it is."""
    documents = [run.doc for run in world.runs.values()]
    found = holds_secret((documents, world.answers, world.events, world.dead_letters, world.outbox))
    return ["a secret's value stands in a document"] if found else []


def _terraform_agrees(world: World) -> list[str]:
    """11: only what Terraform ignores was changed."""
    site, found = world.site, list[str]()
    for fleet in world.fleets.values():
        fixed = (fleet.template_id, fleet.maximum, fleet.zones)
        if fixed != (site.builds[1].release.template_id, site.rules.maximum, ("zone-a", "zone-b")):
            found.append(f"{fleet.colour} is {fixed}")
    return found


def _nothing_deleted(world: World) -> list[str]:
    """8: what was promoted before is still there."""
    there = len(world.objects)
    return [f"{there} checkpoints of {_promoted(world)} are there"] if there < _promoted(world) else []


def _promoted(world: World) -> int:
    return int(world.table.get(("head", "head"), {}).get("number", 0))


def _paged(world: World) -> bool:
    return any(one.severity == "page" for one in world.told)


_NUMBERS: Mapping[str, int] = {
    "_serves": 1,
    "_in_time": 2,
    "_no_leftovers": 4,
    "_head": 5,
    "untold": 6,
    "_nothing_deleted": 8,
    "_terraform_agrees": 11,
}


# 7, 10 and 12: what is asked of the control plane when it has nothing to do


def _asked(engine: Engine) -> list[str]:
    world = engine.world
    found = [f"9: {text}" for text in _no_secret(world)] + [f"7: {text}" for text in _no_return(engine)]
    before = _lasting(world)
    for function, event in list(world.events):
        engine.invoke(function, event)
    found += [f"10: {text}" for text in _changed(before, _lasting(world))]
    before = _lasting(world)
    for request, wanted in _nonsense():
        error, answer = engine.invoke("submit", request)
        said = error or answer.get("answer")
        if said != wanted:
            found.append(f"12: {request} was answered {said}")
    found += [f"12: {text}" for text in _changed(before, _lasting(world))]
    return found


def _nonsense() -> list[tuple[Doc, str]]:
    ignored = str(Answer.IGNORED)
    return [
        *(({"wish": {"wish": wish, "run": "", "by": "a test"}}, ignored) for wish in WISHES),
        ({"rollback": {"by": "a test", "of": "another"}}, ignored),
        ({"lift": {"fingerprint": "another", "by": "a test"}}, ignored),
        ({}, "BadRequestError"),
        ({"wish": {"wish": "dance", "by": "a test"}}, "BadRequestError"),
    ]


def _no_return(engine: Engine) -> list[str]:
    """7: a quarantined release is refused, with the reason."""
    world = engine.world
    held = {sk for (pk, sk), item in world.table.items() if pk == "mark" and not item["lifted_by"]}
    shown = set(world.table["status", "status"]["quarantined"])
    found = [f"marked are {sorted(held)}, and shown to Terraform {sorted(shown)}"] if held != shown else []
    found += _unmarked(world)
    serving = world.fleets[max(COLOURS, key=lambda colour: world.rule[colour])].runs
    for build in world.site.builds.values():
        if build.release.fingerprint in held and build.release.version != serving:
            error, said = engine.invoke("submit", {"release": build.release.document(), "by": "a test"})
            if error != "RefusedError" or "quarantined" not in said["Cause"]:
                found.append(f"version {build.release.version} is quarantined, and was answered {error or said}")
    return found


def _unmarked(world: World) -> list[str]:
    """Releases that a run took back as bad, and that nothing holds back."""
    marked = {sk for pk, sk in world.table if pk == "mark"}
    found: list[str] = []
    for name, run in world.runs.items():
        if run.error != str(Ending.RESTORED):
            continue
        said: Mapping[str, Doc] = run.doc["said"]
        blamed = run.doc["release"] and any(one.get("blame") for one in said.values())
        bad = run.doc["release"]["fingerprint"] if blamed else run.doc["bad"]
        good = said.get("Load", {}).get("release", {}).get("fingerprint") if not blamed else None
        if bad and bad != good and bad not in marked:
            found.append(f"{name} took {bad[:12]} back, and nothing holds it back")
    return found


def _lasting(world: World) -> dict[str, Any]:
    return {
        "weights": dict(world.rule),
        "runs": {name: run.status for name, run in world.runs.items()},
        "head": world.table.get(("head", "head")),
        "status": world.table["status", "status"],
        "sizes": {colour: (one.minimum, one.desired) for colour, one in world.fleets.items()},
    }


def _changed(before: Doc, after: Doc) -> list[str]:
    return [f"{name} was {before[name]}, and is {after[name]}" for name in before if before[name] != after[name]]


def _signature(world: World) -> object:
    """What the answers to the last questions depend on."""
    serving = max(COLOURS, key=lambda colour: world.rule[colour])
    return (
        tuple(sorted(world.rule.items())),
        tuple((one.runs, one.version, one.minimum, one.desired, one.suspended) for one in world.fleets.values()),
        bool(world.table.get(("lease", "lease"), {}).get("run")),
        world.table.get(("head", "head"), {}).get("number"),
        tuple(sorted(world.table["status", "status"]["quarantined"])),
        tuple(
            sorted(
                (run.kind, str(world.table.get(("run", name), {}).get("outcome"))) for name, run in world.runs.items()
            )
        ),
        tuple(function for function, _ in world.events),
        other(serving),
    )
