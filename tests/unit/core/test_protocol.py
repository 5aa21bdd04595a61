"""The table, walked whole: wherever a run stands and whatever its step answers, it ends, and can go back."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import pytest

from recovery.core.answers import Go
from recovery.core.lease import Kind
from recovery.core.protocol import (
    BY_OUTCOME,
    FAILURES,
    FIRST_STEP,
    START_OF,
    Clock,
    Ending,
    Function,
    IllegalTransitionError,
    Profile,
    Step,
    Way,
    clock_of,
    follow,
    looks,
    table,
)
from tests.unit.core.scenes import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

STEPS = {step.name: step for step in table(RULES)}
ENDINGS = {str(ending) for ending in Ending} | {BY_OUTCOME}
NARROWED = {
    Kind.RELEASE: (Profile.RELEASE, Profile.FIRST, Profile.RECONCILE),
    Kind.ROLLBACK: (Profile.ROLLBACK, Profile.WARM, Profile.RECONCILE),
    Kind.DRILL: (Profile.DRILL,),
    Kind.RECONCILE: (Profile.RECONCILE,),
}
"""What Capture may make of a run."""
RUNS = [(kind, profile) for kind, profiles in NARROWED.items() for profile in profiles]
BEFORE_CAPTURE = ("Acquire", "Load", "Capture")
BACK = {"Return", "Alert", "Escalate", "Page"}
"""Where a run that moves traffic may fail to: its undo point, or a person."""
START = ["Acquire", "Load", "Capture", "Begin"]
END = ["Retire", "Finish", "Tell", BY_OUTCOME]
UNDOES: dict[Profile, str] = {
    Profile.RELEASE: "Return",
    Profile.FIRST: "Return",
    Profile.ROLLBACK: "Alert",
    Profile.WARM: "Alert",
    Profile.DRILL: "Return",
}
"""Where a run that cannot do what it is for goes: a rollback pages before it puts anything back."""
PASSAGES = {
    Profile.RELEASE: [
        *START, "Prepare", "AwaitHealthy", "Smoke", "Canary", "WatchCanary", "Shift", "Confirm", "Bake", "Label",
        "Promote", "Drain", *END,
    ],
    Profile.FIRST: [*START, "AwaitHealthy", "Smoke", "Bake", "Label", "Promote", "Drain", *END],
    Profile.ROLLBACK: [
        *START, "Prepare", "AwaitHealthy", "Shift", "Confirm", "SmokeAfter", "Verify", "Clear", "Drain", *END,
    ],
    Profile.WARM: [*START, "Shift", "Confirm", "SmokeAfter", "Verify", "Clear", "Drain", *END],
    Profile.DRILL: [
        *START, "Prepare", "AwaitHealthy", "Smoke", "Verify", "Share", "WatchShare", "Return", "ConfirmReturn", "Drain",
        *END,
    ],
    Profile.RECONCILE: [*START, "Drain", *END],
}  # fmt: skip

OTHERWISE: dict[str, dict[Go, str | dict[Profile, str]]] = {
    "Acquire": {Go.WAIT: "Acquire", Go.JOINED: "Joined", Go.REFUSED: "Refused"},
    "Load": {Go.REFUSED: "Finish", Go.ESCALATE: "Escalate"},
    "Capture": {Go.REFUSED: "Finish", Go.ESCALATE: "Escalate"},
    "Begin": {Go.SETTLE: {Profile.RECONCILE: "Retire"}},
    "Prepare": {Go.FAIL: UNDOES},
    "AwaitHealthy": {Go.WAIT: "AwaitHealthy", Go.AGAIN: "Prepare", Go.FAIL: UNDOES},
    "Smoke": {Go.WAIT: "Smoke", Go.FAIL: "Return"},
    "Canary": {Go.AGAIN: "AwaitHealthy", Go.FAIL: "Return"},
    "WatchCanary": {Go.WAIT: "WatchCanary", Go.FAIL: "Return"},
    "Shift": {Go.AGAIN: "AwaitHealthy", Go.FAIL: UNDOES},
    "Confirm": {
        Go.WAIT: "Confirm",
        Go.AGAIN: "Shift",
        Go.FAIL: {**UNDOES, Profile.ROLLBACK: "Page", Profile.WARM: "Page"},
    },
    "SmokeAfter": {Go.WAIT: "SmokeAfter", Go.FAIL: {Profile.ROLLBACK: "Page", Profile.WARM: "Page"}},
    "Verify": {Go.FAIL: {Profile.ROLLBACK: "Page", Profile.WARM: "Page", Profile.DRILL: "Return"}},
    "Share": {Go.SETTLE: "Retire", Go.AGAIN: "AwaitHealthy", Go.FAIL: "Return"},
    "WatchShare": {Go.WAIT: "WatchShare", Go.FAIL: "Return"},
    "Bake": {Go.WAIT: "Bake", Go.FAIL: "Return"},
    "Clear": {Go.WAIT: "Clear", Go.FAIL: "Page"},
    "Page": {},
    "Label": {Go.FAIL: "Return"},
    "Promote": {Go.FAIL: "Return"},
    "Alert": {},
    "Return": {Go.SETTLE: "Retire", Go.ESCALATE: "Escalate"},
    "ConfirmReturn": {Go.WAIT: "ConfirmReturn", Go.AGAIN: "Return", Go.SETTLE: {Profile.DRILL: "Retire"}},
    "Drain": {},
    "Retire": {},
    "Finish": {Go.ESCALATE: "Escalate"},
    "Tell": {},
    "Escalate": {},
    "Close": {},
}
"""What a step can say but `on`, and where that leads: each decision's answers must be among them."""


def resolved(way: Way | None, profile: Profile) -> str | None:
    return way if isinstance(way, str) or way is None else way.get(profile)


def exits(name: str, kind: Kind, profile: Profile) -> dict[str, str | None]:
    """Every way out of a step of one run: its answers, an error, and the last look. None: it has none for the run."""
    step = STEPS[name]
    walks = START_OF[kind] if name in BEFORE_CAPTURE else profile
    found = {str(go): resolved(way, walks) for go, way in step.ways.items()}
    found["an error"] = resolved(step.failed, walks)
    if step.repeats:
        found["the last look"] = resolved(step.late or step.failed, walks)
    return found


def reached(kind: Kind, profile: Profile, *, start: str = FIRST_STEP, without: tuple[str, ...] = ()) -> set[str]:
    """The steps and endings that a run can come to, were it not for those."""
    found, ahead = set[str](), [start]
    while ahead:
        name = ahead.pop()
        if name in found or name in without:
            continue
        found.add(name)
        if name in STEPS:
            ahead += [to for to in exits(name, kind, profile).values() if to is not None]
    return found


def steps_of(kind: Kind, profile: Profile) -> list[Step]:
    return [STEPS[name] for name in reached(kind, profile) if name in STEPS]


def changing() -> set[str]:
    return {step.name for step in STEPS.values() if step.function is Function.CHANGE}


@pytest.mark.parametrize("name", STEPS)
def test_every_answer_leads_to_a_step_or_an_ending_or_is_refused_by_name(name: str) -> None:
    for go, profile in product(Go, Profile):
        expected = resolved(STEPS[name].ways.get(go), profile)
        if expected is None:
            with pytest.raises(IllegalTransitionError, match=f"{name} of a {profile} run answered {go}, which leads"):
                follow(STEPS[name], go, profile)
        else:
            assert follow(STEPS[name], go, profile) == expected
            assert expected in STEPS.keys() | ENDINGS
    assert table(RULES) == tuple(STEPS.values())


@pytest.mark.parametrize("name", STEPS)
def test_what_a_step_says_but_on_leads_where_the_decisions_count_on(name: str) -> None:
    assert {go: way for go, way in STEPS[name].ways.items() if go is not Go.ON} == OTHERWISE[name]


def test_a_run_starts_with_the_profile_of_its_kind() -> None:
    """As its document at the start names it."""
    assert {kind: Profile(kind) for kind in Kind} == START_OF


def test_a_return_is_over_when_it_reads_back() -> None:
    for kind, profile in RUNS:
        if "Return" in reached(kind, profile):
            assert exits("Return", kind, profile)[Go.ON] == "ConfirmReturn"
            assert exits("Return", kind, profile)[Go.SETTLE] == "Retire"
            assert exits("ConfirmReturn", kind, profile)[Go.ON] == "Drain"


@pytest.mark.parametrize("profile", [Profile.ROLLBACK, Profile.WARM])
def test_a_rollback_whose_group_had_to_be_prepared_shifts_without_a_smoke_test(profile: Profile) -> None:
    """What served well before is not asked again while a bad release serves."""
    assert exits("AwaitHealthy", Kind.ROLLBACK, profile)[Go.ON] == "Shift"


@pytest.mark.parametrize("profile", Profile)
def test_a_run_that_succeeds_takes_its_profiles_steps_in_this_order(profile: Profile) -> None:
    kind = next(kind for kind, profiles in NARROWED.items() if profile in profiles)
    walked = [FIRST_STEP]
    while walked[-1] in STEPS and len(walked) < 50:
        name = walked[-1]
        walked.append(follow(STEPS[name], Go.ON, START_OF[kind] if name in BEFORE_CAPTURE else profile))
    assert walked == PASSAGES[profile]


def test_every_step_is_reached_by_some_run_and_named_once() -> None:
    assert set[str]().union(*(reached(kind, profile) for kind, profile in RUNS)) >= set(STEPS)
    assert len(STEPS) == len(table(RULES))


@pytest.mark.parametrize(("kind", "profile"), RUNS)
def test_an_error_and_the_last_look_have_a_way_in_every_run(kind: Kind, profile: Profile) -> None:
    for step in steps_of(kind, profile):
        found = exits(step.name, kind, profile)
        assert found["an error"] in STEPS.keys() | ENDINGS, step.name
        assert found.get("the last look", found["an error"]) in STEPS.keys() | ENDINGS, step.name


@pytest.mark.parametrize(("kind", "profile"), RUNS)
def test_a_verdict_against_the_run_goes_where_an_error_goes(kind: Kind, profile: Profile) -> None:
    """The state machine has one state for both."""
    for step in steps_of(kind, profile):
        found = exits(step.name, kind, profile)
        if Go.FAIL in step.ways:
            assert found[Go.FAIL] == found["an error"], step.name


@pytest.mark.parametrize(("kind", "profile"), RUNS)
def test_from_every_step_an_ending_can_be_reached(kind: Kind, profile: Profile) -> None:
    for step in steps_of(kind, profile):
        assert reached(kind, profile, start=step.name) & ENDINGS, step.name


@pytest.mark.parametrize(("kind", "profile"), RUNS)
def test_a_run_that_neither_waits_nor_tries_again_passes_no_step_twice(kind: Kind, profile: Profile) -> None:
    def later(name: str, before: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if name not in STEPS:
            yield before
            return
        assert name not in before, (*before, name)
        for said, to in exits(name, kind, profile).items():
            if to is not None and said not in (Go.WAIT, Go.AGAIN):
                yield from later(to, (*before, name))

    assert any(later(FIRST_STEP, ()))


def test_every_loop_is_counted() -> None:
    order = list(STEPS)
    for step in STEPS.values():
        if Go.WAIT in step.ways:
            assert step.ways[Go.WAIT] == step.name
            assert step.poll is not None
            assert step.late is not None
        if Go.AGAIN in step.ways:
            back = step.ways[Go.AGAIN]
            assert isinstance(back, str)
            assert order.index(back) < order.index(step.name)
        assert step.repeats == bool({Go.WAIT, Go.AGAIN} & step.ways.keys())
        assert step.times == (step.poll.times if step.poll else 4)
        assert (step.poll is None) == (Go.WAIT not in step.ways)


@pytest.mark.parametrize("seed", range(200))
def test_a_run_that_gets_any_answers_ends_and_gives_its_lease_back_and_tells(seed: int) -> None:
    """Counted as the state machine counts: looks are never counted from the start again."""
    world = random.Random(seed)  # noqa: S311 a seed that replays
    kind, profile = world.choice(RUNS)
    at, counts, walked = FIRST_STEP, Counter[str](), list[str]()
    while at in STEPS:
        walked.append(at)
        assert len(walked) < sum(step.times if step.repeats else 1 for step in STEPS.values()) * len(STEPS), seed
        found = {
            said: to for said, to in exits(at, kind, profile).items() if to is not None and said != "the last look"
        }
        loops = {said: to for said, to in found.items() if said in (Go.WAIT, Go.AGAIN)}
        said = world.choice(list(loops if loops and world.random() < 0.8 else found))
        if said in loops and counts[at] >= STEPS[at].times - 1:
            said = "the last look"
        counts[at] += said in loops
        at = exits(at, kind, profile)[said] or ""
    assert at in ENDINGS, f"seed {seed}: {walked}"
    if at not in (Ending.REFUSED, Ending.JOINED):
        assert {"Finish", "Close"} & set(walked), f"seed {seed}: {walked}"
        assert {"Tell", "Escalate"} & set(walked), f"seed {seed}: {walked}"


@pytest.mark.parametrize(("kind", "profile"), RUNS)
def test_no_run_that_holds_the_lease_ends_without_giving_it_back(kind: Kind, profile: Profile) -> None:
    assert not reached(kind, profile, start="Load", without=("Finish", "Close")) & ENDINGS


@pytest.mark.parametrize(("kind", "profile"), RUNS)
def test_no_run_that_held_the_lease_ends_without_telling(kind: Kind, profile: Profile) -> None:
    assert not reached(kind, profile, start="Load", without=("Tell", "Escalate")) & ENDINGS


@pytest.mark.parametrize(("kind", "profile"), RUNS)
def test_nothing_is_changed_before_the_undo_point_is_written_down(kind: Kind, profile: Profile) -> None:
    assert not reached(kind, profile, without=("Begin",)) & changing()
    begin = exits("Begin", kind, profile)
    assert not reached(kind, profile, start=begin["an error"] or "") & changing()


@pytest.mark.parametrize(("kind", "profile"), RUNS)
def test_a_run_whose_traffic_may_have_moved_fails_to_its_undo_point_or_to_a_person(
    kind: Kind, profile: Profile
) -> None:
    """Until what it moved to is promoted, or serves as the last known good."""
    moving = reached(kind, profile) & {"Canary", "Share", "Shift"}
    safe = {"Alert", "Return", "ConfirmReturn", "Escalate", "Page", "Drain", "Retire"}
    for start in moving:
        for name in reached(kind, profile, start=start, without=tuple(safe)) & STEPS.keys():
            found = exits(name, kind, profile)
            assert found["an error"] in BACK, name
            assert found.get("the last look", "Return") in BACK, name


@pytest.mark.parametrize("profile", [Profile.ROLLBACK, Profile.WARM])
def test_a_rollback_that_does_not_succeed_pages_or_returns_or_escalates(profile: Profile) -> None:
    for name in PASSAGES[profile][: PASSAGES[profile].index("Drain")]:
        found = exits(name, Kind.ROLLBACK, profile)
        assert found["an error"] in BACK, name
        assert found.get("the last look", "Page") in BACK, name


@pytest.mark.parametrize("profile", [Profile.ROLLBACK, Profile.WARM])
def test_a_restored_release_that_looks_wrong_pages_and_keeps_its_traffic(profile: Profile) -> None:
    for name in ("SmokeAfter", "Verify", "Clear"):
        assert exits(name, Kind.ROLLBACK, profile)["an error"] == "Page"
        assert not reached(Kind.ROLLBACK, profile, start=name) & {"Return", "Shift", "Canary"}


@pytest.mark.parametrize("name", ["Return", "ConfirmReturn", "Finish"])
def test_a_way_back_that_fails_itself_reaches_a_person(name: str) -> None:
    for kind, profile in RUNS:
        found = exits(name, kind, profile)
        assert found["an error"] == "Escalate"
        assert found.get("the last look", "Escalate") == "Escalate"


def test_an_escalated_run_ends_so_whatever_fails_then() -> None:
    for kind, profile in RUNS:
        assert reached(kind, profile, start="Escalate") == {"Escalate", "Close", Ending.ESCALATED}


def test_what_could_not_be_told_does_not_keep_a_run_from_ending() -> None:
    for kind, profile in RUNS:
        assert set(exits("Tell", kind, profile).values()) == {BY_OUTCOME}
        assert set(exits("Page", kind, profile).values()) == {"Drain"}


def test_a_warm_rollback_shifts_before_it_prepares_anything() -> None:
    before = reached(Kind.ROLLBACK, Profile.WARM, without=("Shift",))
    assert not before & changing() - {"Return", "Retire"}
    assert "Shift" in reached(Kind.ROLLBACK, Profile.WARM)


@pytest.mark.parametrize(
    ("profile", "step", "first"),
    [
        (Profile.RELEASE, "Canary", "Smoke"),
        (Profile.RELEASE, "Shift", "WatchCanary"),
        (Profile.RELEASE, "Promote", "Bake"),
        (Profile.RELEASE, "Smoke", "AwaitHealthy"),
        (Profile.FIRST, "Promote", "Bake"),
        (Profile.FIRST, "Bake", "Smoke"),
        (Profile.ROLLBACK, "Shift", "AwaitHealthy"),
        (Profile.DRILL, "Verify", "Smoke"),
    ],
)
def test_no_run_comes_to_a_step_without_the_proof_before_it(profile: Profile, step: str, first: str) -> None:
    kind = next(kind for kind, profiles in NARROWED.items() if profile in profiles)
    assert step in reached(kind, profile)
    assert step not in reached(kind, profile, without=(first,))


@pytest.mark.parametrize(("profile", "never"), [
    (Profile.FIRST, {"Canary", "Shift", "Clear"}),
    (Profile.DRILL, {"Canary", "Shift", "Bake", "Promote", "Label", "Page"}),
    (Profile.RECONCILE, {"Prepare", "Canary", "Shift", "Bake", "Promote", "Return", "Page"}),
    (Profile.ROLLBACK, {"Canary", "Bake", "Promote", "Label"}),
    (Profile.WARM, {"Canary", "Bake", "Promote", "Label"}),
])  # fmt: skip
def test_a_profile_never_comes_to_what_it_is_not_for(profile: Profile, never: set[str]) -> None:
    kind = next(kind for kind, profiles in NARROWED.items() if profile in profiles)
    assert not reached(kind, profile) & never


def test_the_returned_groups_requests_end_before_it_is_retired() -> None:
    """Only where traffic moved: a drill's group may have had none, or leave without being shrunk (test_sharing)."""
    assert "Retire" not in reached(Kind.DRILL, Profile.DRILL, start="WatchShare", without=("Return",))
    assert exits("ConfirmReturn", Kind.DRILL, Profile.DRILL)[Go.ON] == "Drain"
    assert exits("WatchShare", Kind.DRILL, Profile.DRILL)[Go.ON] == "Return"
    for kind, profile in RUNS:
        if profile not in (Profile.DRILL, Profile.RECONCILE):
            # A return that found no traffic moved (see test_shifting) has none to wait for.
            for start in (FIRST_STEP, "ConfirmReturn"):
                assert "Retire" not in reached(kind, profile, start=start, without=("Drain", "Return"))
            assert [go for go in STEPS["Return"].ways if follow(STEPS["Return"], go, profile) == "Retire"] == [
                Go.SETTLE
            ]


@pytest.mark.parametrize("profile", [Profile.ROLLBACK, Profile.WARM])
def test_a_rollback_that_cannot_be_done_pages_before_it_puts_anything_back(profile: Profile) -> None:
    assert "Return" in reached(Kind.ROLLBACK, profile)
    assert "Return" not in reached(Kind.ROLLBACK, profile, without=("Alert",))
    assert set(exits("Alert", Kind.ROLLBACK, profile).values()) == {"Return"}
    assert STEPS["Alert"].function is Function.NOTIFY
    # Until the last known good release serves nothing else pages, but what ends the run there and then.
    assert "Page" not in reached(Kind.ROLLBACK, profile, without=("Confirm",))


@pytest.mark.parametrize(("kind", "profile"), RUNS)
def test_no_other_run_pages_before_it_goes_back(kind: Kind, profile: Profile) -> None:
    assert ("Alert" in reached(kind, profile)) == (profile in (Profile.ROLLBACK, Profile.WARM))


def test_one_function_changes_the_app_and_none_that_polls_is_it() -> None:
    assert changing() == {"Prepare", "Canary", "Share", "Shift", "Label", "Return", "Retire"}
    assert [step.name for step in STEPS.values() if step.poll and step.function is Function.CHANGE] == []
    assert [step.name for step in STEPS.values() if step.function is None] == ["Drain"]
    assert STEPS["Drain"].pause_seconds == RULES.drain_seconds


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("Acquire", 300),
        ("AwaitHealthy", RULES.healthy_seconds),
        ("WatchCanary", RULES.canary_seconds),
        ("Confirm", 180),
        ("ConfirmReturn", 180),
        ("Bake", RULES.bake_seconds + RULES.evidence_seconds),
        ("Clear", 240),
        ("Smoke", 30),
        ("SmokeAfter", 30),
        ("WatchShare", 180),
    ],
)
def test_a_wait_lasts_as_long_as_the_settings_say(name: str, seconds: int) -> None:
    poll = STEPS[name].poll
    assert poll is not None
    assert looks(RULES, name) == poll.times
    # A watch whose time must pass in full looks once more at its end.
    watches = name in ("WatchCanary", "WatchShare", "Bake")
    assert (poll.times - watches) * poll.seconds == seconds


def test_a_step_that_does_not_poll_is_looked_at_once() -> None:
    assert looks(RULES, "Shift") == 1


def test_a_rollbacks_clocks_end_what_comes_before_the_last_known_good_serves() -> None:
    """By name: what a step's looks are asked by, and what its row says."""
    assert {step.name: step.clock for step in STEPS.values() if step.clock} == {
        "Acquire": Clock.LEASE_BY,
        "AwaitHealthy": Clock.LAUNCH_BY,
        "Shift": Clock.LAUNCH_BY,
    }
    assert {step.name: clock_of(step.name) for step in STEPS.values()} == {
        step.name: step.clock for step in STEPS.values()
    }


@pytest.mark.parametrize("profile", [Profile.ROLLBACK, Profile.WARM])
def test_no_loop_of_a_rollback_is_without_a_clock_before_it_has_moved_the_traffic(profile: Profile) -> None:
    before = reached(Kind.ROLLBACK, profile, without=("Confirm", "Alert", "Escalate")) & STEPS.keys()
    assert {name for name in before if STEPS[name].repeats} == {"Acquire", "AwaitHealthy", "Shift"} - (
        set() if "AwaitHealthy" in before else {"AwaitHealthy"}
    )
    assert all(STEPS[name].clock for name in before if STEPS[name].repeats)


@pytest.mark.parametrize(("name", "until"), [("Acquire", RULES.lease_seconds), ("AwaitHealthy", RULES.launch_seconds)])
def test_a_rollbacks_clock_and_not_its_count_ends_its_looks(name: str, until: int) -> None:
    """With a pause before each, and looks that take no time at all, the clock comes first."""
    step = STEPS[name]
    assert step.poll is not None
    assert (step.most_times - 2) * step.poll.seconds >= until - step.poll.seconds
    assert step.most_times >= step.times
    assert STEPS["Bake"].most_times == STEPS["Bake"].times
    assert STEPS["Shift"].most_times == STEPS["Shift"].times


def test_a_run_that_was_undone_or_escalated_is_a_failed_execution() -> None:
    assert set(FAILURES) == {Ending.UNDONE, Ending.ESCALATED}


@pytest.mark.parametrize("kind", [Kind.RELEASE, Kind.DRILL, Kind.RECONCILE])
def test_a_run_that_fails_before_it_changed_anything_is_refused_and_wakes_nobody(kind: Kind) -> None:
    for profile in NARROWED[kind]:
        assert exits("Acquire", kind, profile)["an error"] == Ending.REFUSED
        assert exits("Acquire", kind, profile)["the last look"] == Ending.REFUSED
        for name in ("Load", "Capture", "Begin"):
            assert exits(name, kind, profile)["an error"] == "Finish"


def test_a_rollback_that_cannot_begin_escalates_but_where_nothing_has_to_move() -> None:
    for profile in NARROWED[Kind.ROLLBACK]:
        for name in START:
            expected = "Finish" if (name, profile) == ("Begin", Profile.RECONCILE) else "Escalate"
            assert exits(name, Kind.ROLLBACK, profile)["an error"] == expected
        assert exits("Acquire", Kind.ROLLBACK, profile)["the last look"] == "Escalate"


def test_whatever_the_settings_say_looks_are_counted_in_whole_numbers() -> None:
    odd = replace(
        RULES, healthy_seconds=155, canary_seconds=77, bake_seconds=601, evidence_seconds=33, launch_seconds=9
    )
    for step in (*table(odd), *table(RULES)):
        assert isinstance(step.times, int), step.name
        assert isinstance(step.most_times, int), step.name


def test_a_rollback_looks_until_its_clock_and_once_more_for_a_look_under_way() -> None:
    """From 0 s to 400 s every ten, and one that was entered before the clock was past."""
    assert RULES.launch_seconds == 400
    assert STEPS["AwaitHealthy"].most_times == 42


@pytest.mark.parametrize("profile", [Profile.ROLLBACK, Profile.WARM])
def test_a_rollback_that_serves_is_not_undone_because_nobody_could_see_it(profile: Profile) -> None:
    for exit_ in ("an error", "the last look"):
        assert exits("Confirm", Kind.ROLLBACK, profile)[exit_] == "Page"
    assert exits("Page", Kind.ROLLBACK, profile)[Go.ON] == "Drain"
