"""How a run ended, what is said of it, and which release is remembered as bad."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from recovery.core.answers import Blame
from recovery.core.lease import Kind
from recovery.core.outcome import Outcome, blamed, decide, error_of, failure, followed
from recovery.core.protocol import Ending, Profile
from recovery.core.quarantine import Level
from tests.unit.core.scenes import NOW, V1, V2, V3, run

if TYPE_CHECKING:
    from recovery.core.passage import Passage
    from recovery.core.release import Release

EVIDENCE = "green: errors 40 over 5 in 2 of 3 minutes"
FAILED_BAKE = {"go": "fail", "reason": EVIDENCE, "blame": {"level": "bad", "evidence": EVIDENCE}}
CAUGHT = {"Error": "AwsBusyError", "Cause": json.dumps({"errorMessage": "slow down", "errorType": "AwsBusyError"})}
HUNG = {"Error": "States.Timeout", "Cause": ""}


def promoted(profile: Profile = Profile.RELEASE, **more: Any) -> Passage:
    return run(profile, said={"Promote": {"go": "on", "reason": "checkpoint 2"}}, **more)


def restored(*, bad: str = V2.fingerprint, said: dict[str, Any] | None = None, **more: Any) -> Passage:
    """Version 1 is what was gone back to, from version 2."""
    load = {"go": "on", "reason": "checkpoint 1", "release": V1.document(), "serves": V2.fingerprint}
    given: dict[str, Any] = {"cause": "shop-green-errors: 40 over 5", **more}
    return run(Profile.WARM, target=V1, bad=bad, said={"Load": load, **(said or {})}, **given)


def test_a_release_that_was_promoted_says_where_it_is_kept() -> None:
    assert decide(promoted()) == Outcome(Ending.PROMOTED, "checkpoint 2")


def test_the_first_release_is_promoted_with_a_warning() -> None:
    found = decide(promoted(Profile.FIRST))
    assert found.ending is Ending.PROMOTED
    assert found.reason.startswith("checkpoint 2; ")
    assert "NOTHING TO GO BACK TO" in found.reason


def test_a_promoted_release_stays_promoted_though_tidying_up_failed() -> None:
    passage = run(failed="Retire", said={"Promote": {"go": "on", "reason": "checkpoint 2"}, "Retire": CAUGHT})
    assert decide(passage) == Outcome(Ending.PROMOTED, "checkpoint 2")


def test_a_release_that_failed_is_quarantined_with_what_was_seen() -> None:
    found = decide(run(failed="Bake", said={"Bake": FAILED_BAKE}))
    assert found == Outcome(Ending.RESTORED, f"Bake: {EVIDENCE}", (V2.fingerprint, Blame(Level.BAD, EVIDENCE)))


def test_a_release_that_failed_is_quarantined_though_its_way_back_had_trouble() -> None:
    found = decide(run(failed="Retire", said={"Bake": FAILED_BAKE, "Return": {"go": "on"}, "Retire": CAUGHT}))
    assert found.blamed == (V2.fingerprint, Blame(Level.BAD, EVIDENCE))
    assert found.reason == f"Bake: {EVIDENCE}"


def test_a_release_that_ran_into_an_error_of_ours_is_blamed_for_nothing() -> None:
    found = decide(run(failed="Shift", said={"Shift": CAUGHT}))
    assert found == Outcome(Ending.RESTORED, "Shift: AwsBusyError: slow down")


def test_a_release_that_was_not_promoted_is_not_said_to_be() -> None:
    found = decide(run(failed="Promote", said={"Promote": {"go": "fail", "reason": "head moved"}}))
    assert found == Outcome(Ending.RESTORED, "Promote: head moved")


@pytest.mark.parametrize(
    ("wish", "blamed"),
    [
        ({"wish": "stop", "accuses": True}, True),
        ({"wish": "stop", "accuses": False}, False),
        ({"wish": "stop"}, False),
        ({"wish": "pause", "accuses": True}, False),
        ({}, False),
    ],
)
def test_a_release_that_a_person_rolled_back_is_bad_and_one_that_was_aborted_is_not(
    wish: dict[str, Any], blamed: bool
) -> None:
    reason = "rolled back by ana"
    said = {"Keep": {**wish, "reason": reason}, "Bake": {"go": "fail", "reason": reason}}
    found = decide(run(failed="Bake", said=said))
    assert (found.ending, found.reason) == (Ending.RESTORED, "Bake: rolled back by ana")
    assert found.blamed == ((V2.fingerprint, Blame(Level.BAD, reason)) if blamed else None)


def test_a_release_is_held_against_nobody_once_it_was_promoted() -> None:
    """A wish that came too late, and a person who is paged for what could not be tidied up."""
    late = {"Keep": {"wish": "stop", "accuses": True, "reason": "rolled back by ana"}}
    assert blamed(run(failed="Retire", said=late)) == (V2.fingerprint, Blame(Level.BAD, "rolled back by ana"))
    assert blamed(run(failed="Retire", said={**late, "Promote": {"go": "on", "reason": "checkpoint 2"}})) is None


def test_only_a_release_is_blamed_for_its_own_failure_and_only_where_it_is_known() -> None:
    failed = run(failed="Bake", said={"Bake": FAILED_BAKE})
    assert blamed(failed) == (V2.fingerprint, Blame(Level.BAD, EVIDENCE))
    assert blamed(replace(failed, candidate=None)) is None
    assert blamed(replace(failed, kind=Kind.ROLLBACK)) is None


def test_what_was_seen_counts_for_more_than_what_a_person_asked_for() -> None:
    said = {"Keep": {"wish": "stop", "accuses": True, "reason": "rolled back by ana"}, "Bake": FAILED_BAKE}
    assert decide(run(failed="Bake", said=said)).blamed == (V2.fingerprint, Blame(Level.BAD, EVIDENCE))


def test_a_release_that_serves_already_is_settled() -> None:
    assert decide(run(Profile.RECONCILE, kind=Kind.RELEASE)) == Outcome(
        Ending.SETTLED, "it serves already; sizes are as the settings say"
    )


def test_a_reconciliation_says_what_it_did() -> None:
    said = {"Retire": {"go": "on", "reason": "green serves with at least 2"}}
    assert decide(run(Profile.RECONCILE, said=said)) == Outcome(Ending.SETTLED, "green serves with at least 2")
    assert decide(run(Profile.RECONCILE)) == Outcome(Ending.SETTLED, "nothing to do")


@pytest.mark.parametrize("kind", [Kind.RECONCILE, Kind.RELEASE])
def test_what_could_not_be_settled_is_not_said_to_be_as_the_settings_say(kind: Kind) -> None:
    passage = run(Profile.RECONCILE, kind=kind, failed="Retire", said={"Retire": CAUGHT})
    assert decide(passage).reason == "Retire: AwsBusyError: slow down"


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("step", ["Load", "Capture"])
def test_a_run_that_was_refused_says_why_and_blames_nobody(kind: Kind, step: str) -> None:
    passage = run(Profile(kind), said={step: {"go": "refused", "reason": "it is quarantined"}})
    assert decide(passage) == Outcome(Ending.REFUSED, "it is quarantined")


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(
    ("capture", "says"),
    [
        (CAUGHT, "it could not begin: Capture: AwsBusyError: slow down"),
        (None, "it could not begin: nothing was captured"),
    ],
)
def test_a_run_that_came_to_no_undo_point_changed_nothing(kind: Kind, capture: Any, says: str) -> None:
    passage = run(Profile(kind), failed="Capture")
    said = {name: each for name, each in passage.said.items() if name != "Capture"}
    if capture is not None:
        said["Capture"] = capture
    assert decide(replace(passage, said=said)) == Outcome(Ending.REFUSED, says)


def test_a_rollback_quarantines_the_release_that_it_is_about() -> None:
    assert decide(restored()) == Outcome(
        Ending.RESTORED,
        "version 1 serves again (checkpoint 1)",
        (V2.fingerprint, Blame(Level.BAD, "shop-green-errors: 40 over 5")),
    )


def test_a_rollback_that_is_about_no_release_suspects_what_served() -> None:
    assert decide(restored(bad="")).blamed == (
        V2.fingerprint,
        Blame(Level.SUSPECT, "shop-green-errors: 40 over 5"),
    )


def test_a_rollback_whose_breach_went_on_only_suspects_the_release() -> None:
    reason = "the breach goes on with the last known good release"
    clear = {"go": "fail", "reason": reason, "blame": {"level": "suspect", "evidence": reason}}
    assert decide(restored(failed="Clear", said={"Clear": clear})) == Outcome(
        Ending.RESTORED,
        f"version 1 serves again (checkpoint 1); {reason}",
        (V2.fingerprint, Blame(Level.SUSPECT, "shop-green-errors: 40 over 5")),
    )


@pytest.mark.parametrize(("bad", "serves"), [(V1, V2), (None, V1), (None, None)])
def test_a_rollback_never_accuses_the_release_that_it_brought_back_nor_none(
    bad: Release | None, serves: Release | None
) -> None:
    load = {"go": "on", "release": V1.document(), "serves": serves.fingerprint if serves else ""}
    found = decide(restored(bad=bad.fingerprint if bad else "", said={"Load": load}))
    assert (found.ending, found.blamed) == (Ending.RESTORED, None)
    assert found.reason == "version 1 serves again ()"


def test_what_a_step_does_not_say_is_nothing() -> None:
    assert decide(run(said={"Promote": {"go": "on"}})) == Outcome(Ending.PROMOTED, "")
    moved = replace(restored(bad="", said={"Load": {"go": "on"}}), profile=Profile.RECONCILE)
    assert decide(moved).blamed is None
    about = replace(restored(said={"Load": {"go": "on"}}), profile=Profile.RECONCILE)
    assert decide(about).blamed == (V2.fingerprint, Blame(Level.SUSPECT, "shop-green-errors: 40 over 5"))
    flip = replace(run(Profile.RECONCILE, said={"Capture": {"go": "on"}}), incident="flip")
    assert decide(flip) == Outcome(Ending.SETTLED, "nothing to do")
    assert followed(flip) == ""


def test_a_rollback_accuses_the_release_that_it_is_about_and_not_the_one_that_serves() -> None:
    load = {"go": "on", "release": V1.document(), "serves": V3.fingerprint}
    found = decide(restored(said={"Load": load}))
    assert found.blamed is not None
    assert found.blamed[0] == V2.fingerprint


def test_a_rollback_that_found_the_last_known_good_serving_moved_nothing() -> None:
    found = decide(replace(restored(), profile=Profile.RECONCILE))
    assert found == Outcome(
        Ending.RESTORED, "it was captured", (V2.fingerprint, Blame(Level.SUSPECT, "shop-green-errors: 40 over 5"))
    )


def test_a_rollback_that_had_to_return_is_undone_and_says_what_stopped_it() -> None:
    said: dict[str, Any] = {"AwaitHealthy": {"go": "fail", "reason": "0 of 4"}, "Return": {"go": "on"}}
    assert decide(restored(failed="AwaitHealthy", said=said)) == Outcome(Ending.UNDONE, "AwaitHealthy: 0 of 4")
    assert decide(restored(failed="Retire", said={**said, "Retire": CAUGHT})).reason == "AwaitHealthy: 0 of 4"


def test_a_drill_tells_how_long_the_last_known_good_took() -> None:
    passage = run(Profile.DRILL, target=V1, said={"Verify": {"go": "on", "at": NOW + 92.4}})
    assert decide(passage) == Outcome(Ending.READY, "version 1 came up and answered within 122 s")


@pytest.mark.parametrize(
    ("failed", "said", "says"),
    [
        ("Verify", {"Verify": {"go": "fail", "reason": "image differs"}}, "Verify: image differs"),
        ("Retire", {"Verify": {"go": "on", "at": NOW}, "Retire": CAUGHT}, "Retire: AwsBusyError: slow down"),
        (
            "Retire",
            {"AwaitHealthy": {"go": "fail", "reason": "0 of 4"}, "Return": {"go": "on"}, "Retire": CAUGHT},
            "AwaitHealthy: 0 of 4",
        ),
        ("", {}, "not verified"),
    ],
)
def test_a_drill_that_did_not_come_to_its_end_is_not_ready(failed: str, said: dict[str, Any], says: str) -> None:
    assert decide(run(Profile.DRILL, failed=failed, said=said)) == Outcome(Ending.NOT_READY, says)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"go": "wait", "reason": "3 of 4 healthy"}, "Bake: 3 of 4 healthy"),
        ({}, "Bake: it took too long"),
        (CAUGHT, "Bake: AwsBusyError: slow down"),
        (HUNG, "Bake: States.Timeout: "),
        ({"Error": "X", "Cause": "plain text"}, "Bake: X: plain text"),
        ({"Error": "X"}, "Bake: X: "),
        ({"Error": "X", "Cause": '{"other": 1}'}, 'Bake: X: {"other": 1}'),
        ({"Error": "X", "Cause": '["list"]'}, 'Bake: X: ["list"]'),
        ({"Error": "X", "Cause": "y" * 400}, "Bake: X: " + "y" * 300),
    ],
)
def test_a_failure_is_told_in_one_line_with_the_functions_own_message(said: dict[str, Any], says: str) -> None:
    assert failure(run(failed="Bake", said={"Bake": said})) == says


def test_a_failure_after_looks_that_failed_tells_what_was_seen_last_and_the_newest_error() -> None:
    for said, says in (({"go": "wait", "reason": "5 requests"}, "5 requests"), ({}, "it took too long")):
        passage = replace(run(failed="Bake", said={"Bake": said}), missed={"Bake": CAUGHT})
        assert failure(passage) == f"Bake: {says}; a look failed: AwsBusyError: slow down"
        assert failure(replace(passage, missed={"Clear": CAUGHT})) == f"Bake: {says}"
    hung = replace(run(failed="Bake", said={"Bake": HUNG}), missed={"Bake": CAUGHT})
    assert failure(hung) == "Bake: States.Timeout: "


def test_a_release_whose_looks_failed_until_the_last_is_held_against_nobody() -> None:
    passage = run(failed="Bake", said={"Bake": {"go": "wait", "reason": "two minutes are measured"}})
    found = decide(replace(passage, missed={"Bake": CAUGHT}))
    assert found == Outcome(Ending.RESTORED, "Bake: two minutes are measured; a look failed: AwsBusyError: slow down")


def test_the_errors_of_a_run_are_told_by_their_steps() -> None:
    assert error_of(run()) == ""
    passage = run(said={"Load": HUNG, "Capture": CAUGHT})
    assert error_of(passage) == "Load: States.Timeout: ; Capture: AwsBusyError: slow down"


def test_after_a_flip_what_was_left_is_suspect_and_what_was_chosen_is_named() -> None:
    said = {
        "Load": {"go": "on", "serves": V1.fingerprint},
        "Capture": {"go": "on", "idle": V2.fingerprint, "flip": "17 ana"},
        "Retire": {"reason": "done"},
    }
    flip = replace(
        run(Profile.RECONCILE, said=said), kind=Kind.RECONCILE, incident="flip", cause="follow the flip 17 ana"
    )
    left = (V2.fingerprint, Blame(Level.SUSPECT, "follow the flip 17 ana"))
    assert decide(flip) == Outcome(Ending.SETTLED, "done", left, V1.fingerprint)
    assert followed(flip) == "17 ana"
    other = replace(flip, incident="leftovers")
    assert decide(other) == Outcome(Ending.SETTLED, "done")
    assert followed(other) == "17 ana"
    failed = decide(replace(flip, failed="Retire"))
    assert (failed.blamed, failed.chosen, followed(replace(flip, failed="Retire"))) == (None, "", None)
    empty = decide(replace(flip, said={**said, "Capture": {"go": "on", "idle": ""}}))
    assert (empty.blamed, empty.chosen) == (None, V1.fingerprint)
    assert followed(run(Profile.WARM)) is None


def test_a_flip_that_has_not_settled_is_left_to_the_next_run() -> None:
    """A person flipped again just when the run began: what it would follow serves no more."""
    refused = {"go": "refused", "reason": "traffic was moved by hand 3 s ago"}
    passage = replace(run(Profile.RECONCILE, said={"Capture": refused}), kind=Kind.RECONCILE, incident="flip")
    assert decide(passage) == Outcome(Ending.REFUSED, "traffic was moved by hand 3 s ago")
    assert followed(passage) is None


@pytest.mark.parametrize("profile", [Profile.RELEASE, Profile.FIRST, Profile.DRILL, Profile.RECONCILE])
def test_a_run_that_could_not_write_down_its_beginning_has_changed_nothing(profile: Profile) -> None:
    """What served before serves again, it must not say: of a first release that is the release itself."""
    found = decide(run(profile, said={"Begin": CAUGHT}, failed="Begin"))
    assert found == Outcome(Ending.REFUSED, "it could not begin: Begin: AwsBusyError: slow down")
