"""No action of a run moves traffic to a group that cannot take it, nor shrinks one that has traffic: in random worlds.

The decisions are the real ones, along the real table. Instances boot, die and are replaced between any two steps, and
what serves is scaled, as chance has it; what a step without a decision of its own finds is chance as well.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from recovery.core import preparing, retiring, shifting
from recovery.core.answers import Answer, Go
from recovery.core.capturing import capture
from recovery.core.commands import PAUSED, Command, SetGroup, SetProcesses, SetWeights
from recovery.core.lease import Kind
from recovery.core.observation import COLOURS, Group, Instance, Observation, other
from recovery.core.passage import Passage
from recovery.core.protocol import Profile, Step, follow, looks, table
from recovery.core.rules import Rules
from recovery.core.watching import leftovers
from tests.unit.core.scenes import NOW, RULES, TEMPLATE, V1, V2, V3, ZONES, group, instances, run

if TYPE_CHECKING:
    from recovery.core.release import Release

Decision = tuple[list[Command], Answer]
Shift = Callable[[Observation, Passage, Rules, int], Decision]
STEPS = {step.name: step for step in table(RULES)}
WORLDS = 240


@dataclass
class World:
    """Two groups and a rule, with their own will."""

    chance: random.Random
    weights: dict[str, int]
    groups: dict[str, Group]
    at: float = NOW
    born: int = 100
    polls: Counter[str] = field(default_factory=Counter[str])

    def seen(self) -> Observation:
        return Observation(at=self.at, weights=dict(self.weights), groups=dict(self.groups))

    def pass_time(self, seconds: float) -> None:
        self.at += seconds
        for colour, one in self.groups.items():
            scaled = self._scaled(one) if self.weights[colour] > 0 and self.chance.random() < 0.2 else one
            self.groups[colour] = replace(scaled, instances=tuple(self._living(scaled)))

    def obey(self, command: Command) -> None:
        match command:
            case SetWeights():
                self.weights = dict(command.weights)
            case SetGroup():
                one = replace(self.groups[command.colour], minimum=command.minimum, desired=command.desired)
                if command.release is not None:
                    types = command.release.instance_types
                    one = replace(one, version=command.release.version, instance_types=types)
                self.groups[command.colour] = one
            case SetProcesses():
                one = self.groups[command.colour]
                left = {*one.suspended, *command.suspend} - {*command.resume}
                self.groups[command.colour] = replace(one, suspended=tuple(sorted(left)))

    def _scaled(self, one: Group) -> Group:
        if "AlarmNotification" in one.suspended:
            return one
        desired = one.desired + self.chance.choice([-1, 1])
        return replace(one, desired=min(max(desired, one.minimum), one.maximum))

    def _living(self, one: Group) -> list[Instance]:
        """Some boot, some die, and the group launches or ends as many as it lacks or has too many."""
        chance = self.chance
        kept = [
            replace(each, in_service=True, healthy=each.healthy or chance.random() < 0.5)
            for each in one.instances
            if chance.random() > 0.03
        ]
        for _ in range(len(kept), one.desired):
            self.born += 1
            kept.append(Instance(f"i-{self.born}", chance.choice(ZONES), TEMPLATE, one.version, False, False))
        return kept[len(kept) - one.desired :]


def made(chance: random.Random) -> World:
    """Blue serves; green is empty, warm with the target, with another release, or a mixture; now and then both serve."""
    count = chance.randint(2, 6)
    idle = [
        *instances(V2, chance.choice([0, 0, 2, count, count])),
        *instances(V3, chance.choice([0, 0, 0, 1, count])),
    ]
    paused = chance.choice([(), (), PAUSED])
    blue = group("blue", V1, instances(V1, count), minimum=chance.choice([2, count]), suspended=paused)
    green = group("green", chance.choice([V2, V3]), idle, minimum=chance.choice([0, len(idle)]), suspended=paused)
    weights = chance.choice([{"blue": 100, "green": 0}] * 4 + [{"blue": 90, "green": 10}])
    return World(chance, weights, {"blue": blue, "green": green})


def begun(kind: Kind, world: World) -> Passage:
    """With what Capture sees; a run that it refuses does not come to Begin."""
    target = world.chance.choice([V2, V2, V2, V1])
    passage = run(Profile(kind), kind=kind, target=target, polls=world.polls)
    promoted = world.chance.random() < 0.7
    answer = capture(world.seen(), passage, RULES, promoted=promoted)
    profile = Profile(answer.facts.get("profile", passage.profile))
    return replace(passage, profile=profile, said={**passage.said, "Capture": answer.document()})


def found_by_chance(step: Step, passage: Passage, chance: random.Random) -> Answer:
    ways = [go for go, way in step.ways.items() if isinstance(way, str) or passage.profile in way]
    return Answer(Go.ON if Go.ON in ways and chance.random() < 0.8 else chance.choice(ways), "by chance")


def decisions(shift: Shift) -> dict[str, Callable[[Observation, Passage], Decision]]:
    return {
        "Prepare": lambda seen, passage: preparing.prepare(seen, passage, RULES),
        "AwaitHealthy": lambda seen, passage: (
            [],
            preparing.awaiting(seen, passage, RULES, looks(RULES, "AwaitHealthy")),
        ),
        "Canary": lambda seen, passage: shift(seen, passage, RULES, RULES.canary_percent),
        "Shift": lambda seen, passage: shift(seen, passage, RULES, 100),
        "Return": lambda seen, passage: shifting.give_back(seen, passage, RULES),
        "ConfirmReturn": lambda seen, passage: ([], shifting.confirm_return(seen, passage)),
        "Retire": lambda seen, passage: retiring.retire(seen, passage, RULES),
    }


def healthy(one: Group, template: str, version: int) -> int:
    return len(
        [each for each in one.instances if (each.template_id, each.version) == (template, version) and each.healthy]
    )


def wrong(command: Command, step: str, seen: Observation, passage: Passage) -> str | None:
    """What invariant 1 says against a command, by what was seen when it was decided."""
    if isinstance(command, SetProcesses):
        harmful = seen.weights[command.colour] > 0 and command.suspend
        return f"{step} pauses what serves" if harmful else None
    if isinstance(command, SetGroup):
        before = seen.groups[command.colour]
        shrinks = command.desired < before.desired or command.release is not None
        return f"{step} shrinks or changes {command.colour}" if seen.weights[command.colour] > 0 and shrinks else None
    gains = [colour for colour in COLOURS if command.weights[colour] > seen.weights[colour]]
    for colour in gains:
        target: Release = passage.target
        if step == "Return":
            undo = passage.undo
            back, here = (
                healthy(seen.groups[undo.serving], undo.template_id, undo.version),
                healthy(seen.groups[passage.colour], target.template_id, target.version),
            )
            if colour == undo.serving and back < RULES.minimum and back <= here:
                return f"Return to {back} where {here} serve"
            continue
        ready = healthy(seen.groups[colour], target.template_id, target.version)
        out_of_time = passage.kind is Kind.ROLLBACK and "granted" in passage.answer("AwaitHealthy")
        needed = RULES.minimum if out_of_time else max(RULES.minimum, min(seen.groups[other(colour)].desired, 8))
        if ready < needed or seen.groups[colour].foreign(target):
            return f"{step}: {ready} of {needed} in {colour}"
    return None


@cache
def walk(seed: int, shift: Shift = shifting.shift) -> tuple[list[str], list[str]]:
    """Of one run in one world: the steps that it took, and what was wrong with its commands."""
    chance = random.Random(seed)  # noqa: S311 a seed that replays
    world = made(chance)
    passage = begun(chance.choice(list(Kind)), world)
    decide = decisions(shift)
    at, walked, faults = "Capture", list[str](), list[str]()
    answer = Answer(Go(passage.answer("Capture")["go"]), "")
    while at in STEPS:
        step, said = STEPS[at], str(answer.go)
        walked.append(at)
        over = step.repeats and answer.go in (Go.WAIT, Go.AGAIN) and world.polls[at] >= step.times - 1
        world.polls[at] += answer.go in (Go.WAIT, Go.AGAIN)
        if answer.go is Go.FAIL or over:
            passage = replace(passage, failed=at)
        way = (step.late or step.failed) if over else follow(step, answer.go, passage.profile)
        at = way if isinstance(way, str) else way[passage.profile]
        world.pass_time(step.poll.seconds if step.poll and said == Go.WAIT else 2 + step.pause_seconds)
        if at not in STEPS:
            break
        if chance.random() < 0.01:
            passage = replace(passage, said={**passage.said, "Keep": {"wish": "stop", "reason": "aborted"}})
        seen = world.seen()
        if at in decide:
            commands, answer = decide[at](seen, passage)
        else:
            commands, answer = [], found_by_chance(STEPS[at], passage, chance)
        passage = replace(passage, said={**passage.said, at: answer.document()}, polls=world.polls)
        for command in commands:
            fault = wrong(command, at, seen, passage)
            faults += [fault] if fault else []
            world.obey(command)
        if at == "Retire" and not world.seen().split() and leftovers(world.seen(), RULES):
            faults.append(f"left over: {leftovers(world.seen(), RULES)}")
    return [*walked, at], faults


@pytest.mark.parametrize("first", range(0, WORLDS, 20))
def test_traffic_is_served_whatever_happens_to_instances_on_the_way(first: int) -> None:
    for seed in range(first, first + 20):
        walked, faults = walk(seed)
        assert faults == [], f"seed {seed}: {walked}"


def test_the_random_worlds_come_to_every_decision_and_to_both_ends() -> None:
    taken = Counter(step for seed in range(WORLDS) for step in set(walk(seed)[0]))
    for name in ("Prepare", "Canary", "Shift", "Return", "Retire", "Escalate", "Finish"):
        assert taken[name] >= 20, taken


def test_the_random_worlds_would_show_a_shift_that_does_not_look_at_health() -> None:
    """The same worlds, with the gate left out."""

    def hasty(_seen: Observation, passage: Passage, _rules: Rules, share: int) -> Decision:
        weights = {passage.colour: share, other(passage.colour): 100 - share}
        facts: dict[str, Any] = {"weights": weights, "at": NOW}
        return [SetWeights(weights)], Answer(Go.ON, "", facts=facts)

    assert any(walk(seed, hasty)[1] for seed in range(WORLDS))
