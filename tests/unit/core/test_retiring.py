"""What a run leaves behind: nothing pinned, nothing paused, and in the idle group only what somebody would go back to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from recovery.core.answers import Go
from recovery.core.commands import PAUSED, SetGroup, SetProcesses
from recovery.core.lease import Kind
from recovery.core.protocol import Ending, Profile
from recovery.core.retiring import at_once, retire
from recovery.core.watching import leftovers
from tests.unit.core.scenes import NOW, RULES, V1, V2, empty, full, run, seen

if TYPE_CHECKING:
    from recovery.core.commands import Command
    from recovery.core.observation import Group
    from recovery.core.passage import Passage

GREEN = {"blue": 0, "green": 100}
PROMOTED = run(Profile.RELEASE)
RETURNED = run(Profile.RELEASE, failed="Bake", said={"Return": {"go": "on"}})
RESTORED = run(Profile.WARM)
RECONCILED = run(Profile.RECONCILE)
UNDONE = run(Profile.WARM, failed="Shift", said={"Return": {"go": "on"}})


def retired(passage: Passage, blue: Group, green: Group, rules: Any = RULES, weights: Any = GREEN) -> list[Command]:
    """Green serves."""
    commands, answer = retire(seen(blue, green, weights=weights), passage, rules)
    assert answer.go is Go.ON
    return commands


def warm(count: int, **more: Any) -> Group:
    return full("blue", V1, count, **more)


def serving(count: int = 4, **more: Any) -> Group:
    return full("green", V2, count, **{"minimum": 2, **more})


def test_the_group_that_serves_may_scale_in_to_the_settings_minimum_and_loses_no_instance() -> None:
    assert retired(PROMOTED, warm(4), serving(4, minimum=4)) == [SetGroup("green", None, 2, 4)]
    assert retired(PROMOTED, empty("blue"), serving(1, minimum=0)) == [SetGroup("green", None, 2, 2)]
    assert retired(PROMOTED, warm(4), serving(4)) == []


def test_what_was_paused_goes_on_in_both_groups() -> None:
    commands = retired(PROMOTED, warm(4, suspended=PAUSED[:1]), serving(suspended=(*PAUSED, "Launch")))
    assert commands == [
        SetProcesses("green", resume=("AZRebalance", "AlarmNotification", "Launch", "ScheduledActions")),
        SetProcesses("blue", resume=PAUSED[:1]),
    ]


@pytest.mark.parametrize(
    ("keep", "size", "says"),
    [
        ("full", 4, "4 instances of version 1 stay warm in blue"),
        ("minimum", 2, "2 instances of version 1 stay warm in blue"),
        ("none", 0, "blue is emptied"),
    ],
)
def test_the_release_before_is_kept_as_the_settings_say(keep: Any, size: int, says: str) -> None:
    commands, answer = retire(seen(warm(6), serving(), weights=GREEN), PROMOTED, replace(RULES, warm=keep))
    assert commands == [SetGroup("blue", None, size, size)]
    assert answer.reason == f"green serves with at least 2; {says}"


def test_a_warm_group_follows_what_serves() -> None:
    assert retired(PROMOTED, warm(2), serving(6)) == [SetGroup("blue", None, 6, 6)]
    assert retired(PROMOTED, warm(4), serving(1, desired=1, minimum=2))[-1] == SetGroup("blue", None, 2, 2)


@pytest.mark.parametrize(
    ("passage", "kept"),
    [
        (PROMOTED, True),
        (RETURNED, False),
        (run(Profile.ROLLBACK), False),
        (RESTORED, False),
        (run(Profile.WARM, failed="Clear"), False),
        (UNDONE, True),
        (run(Profile.ROLLBACK, failed="AwaitHealthy", said={"Return": {"go": "on"}}), True),
        *((run(profile), False) for profile in (Profile.FIRST, Profile.DRILL, Profile.RECONCILE)),
        (run(Profile.RECONCILE, kind=Kind.ROLLBACK), False),
    ],
)
def test_the_idle_group_is_kept_only_where_somebody_would_go_back_to_it(passage: Passage, kept: bool) -> None:
    """After a promotion the release before; after a rollback not the bad one; after an undo the good one, for a person."""
    assert retired(passage, warm(4), serving()) == ([] if kept else [SetGroup("blue", None, 0, 0)])


@pytest.mark.parametrize("profile", [Profile.FIRST, Profile.DRILL, Profile.RECONCILE])
@pytest.mark.parametrize("keep", [True, False])
def test_a_run_that_moves_nothing_keeps_what_was_found_worth_keeping(profile: Profile, keep: bool) -> None:
    before = run(profile)
    passage = replace(before, said={**before.said, "Capture": {**before.said["Capture"], "keep_idle": keep}})
    assert retired(passage, warm(4), serving()) == ([] if keep else [SetGroup("blue", None, 0, 0)])


def test_a_group_without_instances_is_not_filled() -> None:
    assert retired(PROMOTED, empty("blue"), serving()) == []
    assert retired(PROMOTED, empty("blue", minimum=2, desired=2), serving()) == [SetGroup("blue", None, 0, 0)]


def test_a_group_that_the_rule_does_not_name_has_no_traffic() -> None:
    assert retired(RETURNED, warm(4), serving(), weights={"green": 100}) == [SetGroup("blue", None, 0, 0)]


@pytest.mark.parametrize("passage", [PROMOTED, RETURNED, RESTORED, UNDONE])
def test_a_group_that_has_traffic_is_left_alone(passage: Passage) -> None:
    scene = seen(warm(4, suspended=PAUSED), serving(), weights={"blue": 1, "green": 99})
    commands, answer = retire(scene, passage, RULES)
    assert (commands, answer.go) == ([], Go.ON)
    assert answer.reason == "green serves with at least 2; blue has traffic and is left alone"


@pytest.mark.parametrize("passage", [PROMOTED, RETURNED, RESTORED, UNDONE])
@pytest.mark.parametrize("keep", ["full", "minimum", "none"])
def test_after_it_the_watchdog_finds_nothing_left_over(passage: Passage, keep: Any) -> None:
    rules = replace(RULES, warm=keep)
    groups = {"blue": warm(3, minimum=1, suspended=PAUSED), "green": serving(5, minimum=5, suspended=PAUSED)}
    assert leftovers(seen(groups["blue"], groups["green"], weights=GREEN), rules)
    for command in retired(passage, groups["blue"], groups["green"], rules):
        before = groups[command.colour] if isinstance(command, SetGroup | SetProcesses) else groups["blue"]
        if isinstance(command, SetProcesses):
            left = tuple(one for one in before.suspended if one not in command.resume)
            groups[command.colour] = replace(before, suspended=left)
        elif isinstance(command, SetGroup):
            sized = replace(before, minimum=command.minimum, desired=command.desired)
            groups[command.colour] = replace(sized, instances=before.instances[: command.desired])
    scene = seen(groups["blue"], groups["green"], weights=GREEN)
    assert leftovers(scene, rules) == []
    assert retire(scene, passage, rules)[0] == []


def begun(passage: Passage = RECONCILED, ending: str = "", ago: float = 0.0, took_over: str = "") -> bool:
    """Whether it need not wait before it may shrink a group. `ending`: of the run that ended last, so long ago."""
    before = {"outcome": ending, "ended_at": repr(NOW - ago)} if ending else {}
    return at_once(passage, took_over=took_over, before=before, now=NOW, rules=RULES)


@pytest.mark.parametrize("ending", list(Ending))
def test_a_reconciliation_waits_for_what_a_run_may_have_moved_that_ended_without_a_wait(ending: Ending) -> None:
    """Nodes of the load balancer may still send requests to the group that it would empty."""
    unclear = ending in (Ending.ESCALATED, Ending.REFUSED)
    assert begun(ending=ending, ago=0) is not unclear
    assert begun(ending=ending, ago=RULES.drain_seconds - 1) is not unclear
    assert begun(ending=ending, ago=RULES.drain_seconds)


def test_a_reconciliation_waits_in_a_dead_runs_place_and_not_after_a_flip_that_has_settled() -> None:
    assert begun()
    assert not begun(took_over="release-1")
    flip = replace(RECONCILED, incident="flip")
    assert begun(flip, ending=Ending.ESCALATED)
    assert not begun(flip, took_over="release-1")


@pytest.mark.parametrize("profile", [one for one in Profile if one is not Profile.RECONCILE])
def test_no_other_run_skips_its_steps(profile: Profile) -> None:
    assert not begun(run(profile))
