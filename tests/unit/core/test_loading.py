"""What a run brings up, and why a rollback that no person asked for may have to be left to one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from recovery.core.answers import Answer, Go
from recovery.core.checkpoint import Choice, Skipped, Stored, last_known_good
from recovery.core.loading import (
    Head,
    candidate,
    checkpoint_number,
    kept_idle,
    last_good,
    may_roll_back,
    same_release,
)
from recovery.core.protocol import Profile
from recovery.core.quarantine import Level, Mark
from tests.unit.core.scenes import NOW, RULES, V1, V2, V3, full, promoted, release, run, seen

if TYPE_CHECKING:
    from recovery.core.observation import Observation
    from recovery.core.release import Release

MARK = Mark(V2.fingerprint, Level.BAD, "errors 40 over 5", "release-1", NOW - 600)
HOUR = 3600.0


def test_a_candidate_that_nothing_speaks_against_is_loaded() -> None:
    answer = candidate(V2, None, [])
    assert answer == Answer(Go.ON, f"version 2 of {V2.template_id}", facts={"release": V2.document()})


def test_a_quarantined_candidate_is_refused_with_the_evidence_until_a_person_lifts_the_mark() -> None:
    answer = candidate(V2, MARK, [])
    assert answer == Answer(Go.REFUSED, "this release is quarantined (bad): errors 40 over 5")
    assert candidate(V2, MARK.lift("ana", NOW), []).go is Go.ON


def test_a_candidate_whose_parts_are_gone_is_refused_by_their_names() -> None:
    answer = candidate(V2, None, ["image ami-1", "parameter /shop/db:7"])
    assert answer == Answer(Go.REFUSED, "what it needs is gone: image ami-1, parameter /shop/db:7")


def choice(*damaged: int, held_back: tuple[Release, ...] = (), missing: tuple[str, ...] = ()) -> Choice:
    """Of three promotions, the newest last."""
    stored = [
        Stored(one.key, "{" if one.number in damaged else one.text(), missing if one.number == 3 else ())
        for one in (promoted(1, V1), promoted(2, V2), promoted(3, V3))
    ]
    return last_known_good(stored, {one.fingerprint for one in held_back})


def test_the_newest_good_checkpoint_is_gone_back_to() -> None:
    answer = last_good(choice(), V2.fingerprint)
    assert answer.go is Go.ON
    assert answer.reason == "checkpoint 3, version 3"
    assert answer.facts == {
        "skipped": [],
        "serves": V2.fingerprint,
        "release": V3.document(),
        "checkpoint": promoted(3, V3).key,
    }


def test_a_checkpoint_that_cannot_be_used_is_passed_over_for_the_next_older_one_and_the_answer_says_so() -> None:
    answer = last_good(choice(3, held_back=(V2,)), "")
    assert answer.facts["release"] == V1.document()
    assert [one["key"] for one in answer.facts["skipped"]] == [promoted(3, V3).key, promoted(2, V2).key]
    for word in ("checkpoint 1, version 1; passed over: ", promoted(3, V3).key, "its release is quarantined"):
        assert word in answer.reason
    gone = last_good(choice(missing=("image ami-3",)), "")
    assert (
        gone.reason
        == f"checkpoint 2, version 2; passed over: {promoted(3, V3).key}: what it needs is gone: image ami-3"
    )


def test_without_a_good_checkpoint_a_person_is_needed_and_told_why_none_is_good() -> None:
    never = last_good(Choice(None, ()), "")
    assert (never.go, never.reason) == (
        Go.ESCALATE,
        "there is no good checkpoint to go back to (no release was ever promoted)",
    )
    none = last_good(Choice(None, (Skipped("checkpoints/1", "it is damaged"),)), V1.fingerprint)
    assert (none.go, none.reason) == (
        Go.ESCALATE,
        "there is no good checkpoint to go back to (checkpoints/1: it is damaged)",
    )
    assert none.facts == {"skipped": [{"key": "checkpoints/1", "reason": "it is damaged"}], "serves": V1.fingerprint}


def allowed(
    scene: Observation | None = None,
    *,
    head: Head | None = None,
    serving: Release | None = V2,
    serves: str = V2.fingerprint,
    before: int = 0,
    **passage: Any,
) -> Answer | None:
    """An alarm blames version 2, which serves in green and was promoted an hour ago."""
    given: dict[str, Any] = {"automatic": True, "bad": V2.fingerprint, **passage}
    return may_roll_back(
        scene or seen(full("blue", V1, 4), full("green", V2, 4), weights={"blue": 0, "green": 100}),
        run(Profile.ROLLBACK, **given),
        head or Head("checkpoints/2", 2, V2.fingerprint, NOW - HOUR),
        serving=serving,
        serves=serves,
        rolled_back_before=before,
        rules=RULES,
    )


def test_a_young_release_that_alone_is_bad_is_rolled_back_without_a_person() -> None:
    assert allowed() is None


def test_a_release_that_was_never_promoted_is_rolled_back_without_a_person() -> None:
    """A run that died may have left it with all requests."""
    assert allowed(serving=None) is None
    assert may_roll_back(
        seen(), run(Profile.ROLLBACK, automatic=True), None, serving=V2, serves="", rolled_back_before=0, rules=RULES
    ) is None  # fmt: skip


@pytest.mark.parametrize("automatic", [True, False])
def test_a_rollback_of_a_release_that_does_not_serve_any_more_is_refused(automatic: bool) -> None:
    answer = allowed(serving=V1, serves=V1.fingerprint, automatic=automatic)
    assert answer == Answer(Go.REFUSED, "it is about a release that does not serve any more")


def test_whoever_takes_a_dead_rollbacks_place_goes_on_though_the_traffic_was_moved_already() -> None:
    successor = replace(run(Profile.ROLLBACK, automatic=True, bad=V2.fingerprint), incident="died-rollback-1")
    head = Head("checkpoints/2", 2, V2.fingerprint, NOW - HOUR)
    answer = may_roll_back(
        seen(), successor, head, serving=V1, serves=V1.fingerprint, rolled_back_before=0, rules=RULES
    )
    assert answer is None


def test_where_nobody_knows_what_serves_the_rollback_is_not_refused_for_it() -> None:
    assert allowed(serving=None, serves="") is None


def test_a_release_that_changed_data_is_left_to_a_person() -> None:
    changed = replace(V2, reversible=False)
    answer = allowed(serving=changed)
    assert answer is not None
    assert (answer.go, answer.reason) == (
        Go.ESCALATE,
        "version 2 changed data, and is not rolled back without a person",
    )
    assert allowed(serving=changed, automatic=False) is None


@pytest.mark.parametrize(("before", "may"), [(0, True), (1, False), (2, False)])
def test_a_release_is_rolled_back_once_without_a_person(before: int, may: bool) -> None:
    answer = allowed(before=before)
    assert (answer is None) == may
    if answer is not None:
        assert answer.go is Go.ESCALATE
        assert "once is the limit" in answer.reason
    assert allowed(before=before, automatic=False) is None


@pytest.mark.parametrize(("age", "may"), [(0.0, True), (4 * HOUR, True), (4 * HOUR + 1, False), (400 * HOUR, False)])
def test_a_release_that_was_good_for_long_is_left_to_a_person(age: float, may: bool) -> None:
    head = Head("checkpoints/2", 2, V2.fingerprint, NOW - age)
    answer = allowed(head=head)
    assert (answer is None) == may
    if answer is not None:
        assert answer.go is Go.ESCALATE
        assert answer.reason.startswith(f"the release has been good for {age / 3600:.1f} h")
    assert allowed(head=head, automatic=False) is None


def test_a_release_that_was_gone_back_to_is_left_to_a_person_however_young_the_newest_one_is() -> None:
    """Else a dependency's fault would be followed from release to release, to the oldest."""
    answer = allowed(head=Head("checkpoints/3", 3, V3.fingerprint, NOW - 60))
    assert answer is not None
    assert answer.go is Go.ESCALATE
    assert "was good before the newest promotion" in answer.reason
    assert allowed(head=Head("checkpoints/3", 3, V3.fingerprint, NOW - 60), automatic=False) is None


def test_what_a_dead_run_left_is_ended_whatever_age_the_release_has_that_serves() -> None:
    """It is about no release: nothing is taken away that serves well."""
    old = Head("checkpoints/2", 2, V2.fingerprint, NOW - 50 * HOUR)
    assert allowed(head=old, bad="") is None
    assert allowed(serving=replace(V2, reversible=False), bad="") is None


def alarming(weights: dict[str, int], **alarms: tuple[str, ...]) -> Observation:
    return seen(full("blue", V1, 4), full("green", V2, 4), weights=weights, alarms=alarms)


def test_where_both_groups_are_bad_a_dependency_is_and_a_person_is_needed() -> None:
    answer = allowed(alarming({"blue": 10, "green": 90}, blue=("blue-errors", "blue-latency"), green=("green-errors",)))
    assert answer is not None
    assert (answer.go, answer.reason) == (
        Go.ESCALATE,
        "both groups are bad (blue-errors, blue-latency): a dependency, not the release",
    )
    assert allowed(alarming({"blue": 10, "green": 90}, blue=("blue-errors",)), automatic=False) is None


@pytest.mark.parametrize(
    "scene",
    [
        alarming({"blue": 0, "green": 100}, blue=("blue-errors",), green=("green-errors",)),
        alarming({"green": 100}, blue=("blue-errors",), green=("green-errors",)),
        alarming({"blue": 10, "green": 90}, green=("green-errors",)),
    ],
)
def test_a_group_that_has_no_traffic_or_no_alarm_excuses_no_release(scene: Observation) -> None:
    assert allowed(scene) is None


def test_a_split_is_ended_where_the_smaller_share_alone_is_bad() -> None:
    """A canary whose run died, for one: going back is its cure, and what serves the most is well."""
    split = {"blue": 10, "green": 90}
    assert allowed(alarming(split, blue=("blue-errors",)), bad="") is None
    both = allowed(alarming(split, blue=("blue-errors",), green=("green-errors",)), bad="")
    assert both is not None
    assert (both.go, both.reason) == (Go.ESCALATE, "both groups are bad (blue-errors): a dependency, not the release")


def test_a_group_with_one_request_in_a_hundred_is_compared_with() -> None:
    assert allowed(alarming({"blue": 1, "green": 99}, blue=("blue-errors",))) is not None


@pytest.mark.parametrize(
    ("held_back", "good", "kept"),
    [((), (V1,), True), ((V1,), (V1,), False), ((), (V2,), False), ((V2,), (V1, V2), True)],
)
def test_an_idle_group_is_kept_for_a_good_release_that_is_not_held_back(
    held_back: tuple[Release, ...], good: tuple[Release, ...], kept: bool
) -> None:
    marked, known = ({one.fingerprint for one in some} for some in (held_back, good))
    assert kept_idle(V1.fingerprint, marked, known) == kept


def test_promotions_are_numbered_from_one_without_a_gap() -> None:
    assert checkpoint_number(None) == 1
    assert checkpoint_number(Head("checkpoints/7", 7, V1.fingerprint, NOW)) == 8


def test_a_release_is_the_same_by_its_content_and_not_by_its_version() -> None:
    assert same_release(promoted(1, V1), replace(V1, version=9))
    assert not same_release(promoted(1, V1), release(1, artifact="another.tar.gz"))
