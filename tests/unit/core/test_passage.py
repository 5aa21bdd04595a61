"""A run's document, typed: what its steps said, what is wished for, and how often it may look."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from recovery.core.answers import Answer, Go
from recovery.core.lease import Kind
from recovery.core.moments import seconds, timestamp
from recovery.core.passage import Passage, PassageError, Undo
from recovery.core.protocol import LOOK_TIMEOUT_SECONDS, Clock, Profile
from recovery.core.records import run_input
from recovery.core.release import ReleaseError
from tests.unit.core.scenes import NOW, TEMPLATE, V1, V2, empty, full, group, instances, run

DOCUMENT: dict[str, Any] = {
    **run_input(Kind.RELEASE, incident=V2.fingerprint, cause="submitted", automatic=False, release=V2),
    "run": "release-1",
}


def test_a_runs_document_at_its_start_is_read() -> None:
    passage = Passage.of(json.loads(json.dumps(DOCUMENT)))
    assert passage == Passage(
        run="release-1",
        kind=Kind.RELEASE,
        profile=Profile.RELEASE,
        incident=V2.fingerprint,
        cause="submitted",
        automatic=False,
        accepted=False,
        began=0.0,
        alarmed_at=0.0,
        bad_until=0.0,
        bad="",
        candidate=V2,
        said={},
        polls={},
        missed={},
        failed="",
    )


def test_a_runs_document_on_its_way_is_read() -> None:
    more = {
        "profile": "warm",
        "kind": "rollback",
        "release": None,
        "automatic": True,
        "accepted": True,
        "bad": V1.fingerprint,
        "said": {"Load": {"go": "on"}},
        "began": "2023-11-14T22:14:00.250Z",
        "alarmed": {"at": "2023-11-14T22:13:30.000Z", "bad_until": "2023-11-14T22:12:00.000Z"},
        "polls": {"Clear": {"n": 3}, "Confirm": {"n": 0}},
        "missed": {"Clear": {"Error": "AwsBusyError", "Cause": ""}},
        "failed": "Clear",
    }
    passage = Passage.of({**DOCUMENT, **more})
    assert (passage.kind, passage.profile, passage.candidate) == (Kind.ROLLBACK, Profile.WARM, None)
    assert (passage.automatic, passage.accepted, passage.bad, passage.failed) == (True, True, V1.fingerprint, "Clear")
    assert passage.answer("Load") == {"go": "on"}
    assert (passage.began, passage.alarmed_at, passage.bad_until) == (NOW + 0.25, NOW - 30, NOW - 120)
    assert passage.polls == {"Clear": 3, "Confirm": 0}
    assert passage.missed == {"Clear": {"Error": "AwsBusyError", "Cause": ""}}


def test_a_run_that_was_not_narrowed_down_has_its_kinds_profile() -> None:
    for kind in Kind:
        assert Passage.of({**DOCUMENT, "kind": str(kind), "profile": None}).profile is Profile(kind)


@pytest.mark.parametrize(
    "wrong",
    [
        *({name: None} for name in ("run", "kind", "incident", "cause", "automatic", "accepted", "bad", "release")),
        {"kind": "upgrade"},
        {"profile": "fast"},
        {"polls": {"Bake": 3}},
        {"polls": {"Bake": {"n": "many"}}},
        {"began": "noon"},
    ],
)
def test_a_document_that_is_no_runs_is_refused(wrong: dict[str, Any]) -> None:
    document = {name: value for name, value in {**DOCUMENT, **wrong}.items() if value is not None}
    with pytest.raises(PassageError, match="this is no run's document"):
        Passage.of(document)


def test_a_release_with_another_content_than_its_fingerprint_says_is_refused() -> None:
    with pytest.raises(ReleaseError):
        Passage.of({**DOCUMENT, "release": {**V2.document(), "fingerprint": V1.fingerprint}})


def test_what_earlier_steps_said_is_at_hand() -> None:
    passage = run(target=V1, colour="blue", needed=3)
    assert (passage.epoch, passage.started_at) == (7, NOW - 60)
    assert (passage.target, passage.colour, passage.needed) == (V1, "blue", 3)
    assert passage.undo == Undo({"blue": 100, "green": 0}, "blue", TEMPLATE, 1, 4)
    assert passage.answer("Bake") == {}


@pytest.mark.parametrize("name", ["epoch", "started_at", "target", "colour", "needed", "undo"])
def test_what_no_step_has_said_yet_is_asked_for_by_name(name: str) -> None:
    with pytest.raises(PassageError, match=r"has not said \w+ in run release-1"):
        getattr(replace(run(), said={}), name)


def test_an_undo_point_travels_as_it_is() -> None:
    undo = Undo.of({"blue": 90, "green": 10}, full("blue", V1, 3))
    assert undo == Undo({"blue": 90, "green": 10}, "blue", TEMPLATE, 1, 3)
    assert run(undo=Undo(**json.loads(json.dumps(undo.document())))).undo == undo


def test_an_undo_point_is_what_runs_and_only_in_an_empty_group_what_would_be_launched() -> None:
    assert Undo.of({}, group("blue", V2, instances(V1, 2))).version == 1
    assert Undo.of({}, empty("blue", V2)).version == 2


@pytest.mark.parametrize(("looks", "last"), [(0, False), (16, False), (17, True), (18, True)])
def test_the_last_look_is_known_before_it_is_answered(looks: int, last: bool) -> None:
    assert run(polls={"Confirm": looks}).last_look("Confirm", 18, NOW) == last
    assert not run(polls={"Bake": looks}).last_look("Confirm", 18, NOW)
    assert not run().last_look("Confirm", 2, NOW)


CLOCKED = {"AwaitHealthy": Clock.LAUNCH_BY, "Acquire": Clock.LEASE_BY, "Shift": Clock.LAUNCH_BY}
BY = {"go": "on", "lease_by": timestamp(NOW - 100), "launch_by": timestamp(NOW)}


@pytest.mark.parametrize("profile", [Profile.ROLLBACK, Profile.WARM])
@pytest.mark.parametrize(("step", "clock"), CLOCKED.items())
def test_a_rollbacks_last_look_is_the_first_that_may_end_after_its_time_is_up(
    profile: Profile, step: str, clock: Clock
) -> None:
    """However many it had by then: they take as long as they take."""
    up = seconds(BY[clock])
    for now, last in ((up - 100, False), (up - LOOK_TIMEOUT_SECONDS - 0.25, False), (up - LOOK_TIMEOUT_SECONDS, True)):
        for looks in (0, 500):
            assert run(profile, said={"Acquire": BY}, polls={step: looks}).last_look(step, 18, now) == last
    assert run(profile, said={"Acquire": BY}).last_look(step, 18, up + 30)


@pytest.mark.parametrize("profile", [Profile.RELEASE, Profile.FIRST, Profile.DRILL])
def test_no_other_run_is_cut_off_by_a_rollbacks_clock(profile: Profile) -> None:
    for looks, last in ((16, False), (17, True)):
        passage = run(profile, said={"Acquire": BY}, polls={"AwaitHealthy": looks})
        assert passage.last_look("AwaitHealthy", 18, NOW + 5000) == last
        assert passage.last_look("AwaitHealthy", 18, NOW - 5000) == last


@pytest.mark.parametrize("step", ["Confirm", "ConfirmReturn", "Clear", "SmokeAfter"])
def test_a_rollbacks_other_looks_are_counted(step: str) -> None:
    """The last known good release serves by then, or a person was paged: there is no hurry."""
    for looks, last in ((16, False), (17, True)):
        passage = run(Profile.WARM, said={"Acquire": BY}, polls={step: looks})
        assert passage.last_look(step, 18, NOW + 5000) == last


def test_a_rollback_whose_clock_was_never_said_asks_for_it_by_name() -> None:
    with pytest.raises(PassageError, match="Acquire has not said launch_by in run rollback-1"):
        run(Profile.WARM, said={"Acquire": {"go": "on"}}).last_look("AwaitHealthy", 18, NOW)


@pytest.mark.parametrize(
    ("profile", "wish", "expected"),
    [
        (Profile.RELEASE, "stop", Go.FAIL),
        (Profile.DRILL, "stop", Go.FAIL),
        (Profile.RECONCILE, "stop", Go.FAIL),
        (Profile.ROLLBACK, "stop", None),
        (Profile.WARM, "stop", None),
        (Profile.RELEASE, "pause", Go.WAIT),
        (Profile.FIRST, "pause", Go.WAIT),
        (Profile.DRILL, "pause", None),
        (Profile.ROLLBACK, "pause", None),
        (Profile.RELEASE, "", None),
        (Profile.RELEASE, "dance", None),
    ],
)
def test_a_release_can_be_stopped_and_paused_and_a_rollback_neither(
    profile: Profile, wish: str, expected: Go | None
) -> None:
    passage = run(profile, said={"Keep": {"wish": wish, "reason": "asked for by ana"}})
    assert passage.wished() == (Answer(expected, "asked for by ana") if expected else None)


def test_nothing_is_wished_for_where_nobody_asked() -> None:
    assert run().wished() is None
    assert run(said={"Keep": {"wish": "stop"}}).wished() == Answer(Go.FAIL, "")
