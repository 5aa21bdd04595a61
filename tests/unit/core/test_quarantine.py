"""The mark on a release that did harm: nothing weaker hides it, and only a person takes it back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recovery.core.quarantine import Level, Mark, forgiven, mark
from tests.unit.core.scenes import NOW, V2

BAD = Mark(V2.fingerprint, Level.BAD, "errors 40 over 5", "release-1", NOW)
SUSPECT = Mark(V2.fingerprint, Level.SUSPECT, "the breach goes on", "rollback-1", NOW + 60)


def test_a_mark_holds_until_a_person_lifts_it_and_stays_as_history() -> None:
    lifted = BAD.lift("ana", NOW + 5)
    assert BAD.holds
    assert not lifted.holds
    assert lifted == replace(BAD, lifted_by="ana", lifted_at=NOW + 5)


def test_lifting_twice_keeps_who_did_it_first() -> None:
    lifted = BAD.lift("ana", NOW + 5)
    assert lifted.lift("ben", NOW + 9) == lifted


@pytest.mark.parametrize(
    ("found", "new", "kept"),
    [
        (None, SUSPECT, SUSPECT),
        (None, BAD, BAD),
        (BAD, SUSPECT, BAD),
        (SUSPECT, BAD, BAD),
        (BAD, replace(BAD, at=NOW + 9), BAD),
        (SUSPECT, replace(SUSPECT, at=NOW + 9), SUSPECT),
        (BAD.lift("ana", NOW), SUSPECT, SUSPECT),
        (SUSPECT.lift("ana", NOW), replace(SUSPECT, at=NOW + 9), replace(SUSPECT, at=NOW + 9)),
    ],
)
def test_marked_again_a_release_keeps_the_stronger_mark_that_holds(found: Mark | None, new: Mark, kept: Mark) -> None:
    assert mark(found, new) == kept


def test_who_flips_to_a_release_lifts_what_was_only_suspected_of_it() -> None:
    suspected = Mark("f", Level.SUSPECT, "follow the flip 17 ana", "run-1", 1.0)
    lifted = forgiven(suspected, "follow the flip 18 ana", 2.0)
    assert lifted == replace(suspected, lifted_by="follow the flip 18 ana", lifted_at=2.0)
    assert forgiven(replace(suspected, level=Level.BAD), "ana", 2.0) is None
    assert forgiven(lifted, "ana", 3.0) is None
    assert forgiven(None, "ana", 2.0) is None
