"""A healthy answer of another build is no good one."""

from __future__ import annotations

import pytest

from recovery.core.answers import Answer, Blame, Go
from recovery.core.protocol import Profile
from recovery.core.quarantine import Level
from recovery.core.smoking import Reply, smoke
from tests.unit.core.scenes import NOW, V1, V2, run

GOOD = Reply(200, V2.fingerprint)
OTHER = Reply(200, V1.fingerprint)
SHORT = V2.fingerprint[:12]


def smoked(*replies: Reply, profile: Profile = Profile.RELEASE, looks: int = 0, step: str = "Smoke") -> Answer:
    return smoke(replies, run(profile, polls={"Smoke": looks}), step, 6, NOW)


def test_a_release_that_every_node_answers_with_passes() -> None:
    assert smoked(GOOD, GOOD) == Answer(Go.ON, f"2 requests, each answered 200 by release {SHORT}")
    assert smoked(GOOD, looks=5).go is Go.ON


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(0, "", "connection refused"), "connection refused"),
        (Reply(200, V2.fingerprint, "the body ended early"), "the body ended early"),
        (Reply(503, V2.fingerprint), "answered 503"),
        (Reply(204, V2.fingerprint), "answered 204"),
        (Reply(301, ""), "answered 301"),
        (OTHER, f"answered by release {V1.fingerprint[:12]}, not {SHORT}"),
        (Reply(200, ""), f"answered by release (none named), not {SHORT}"),
    ],
)
def test_one_wrong_answer_is_one_too_many(reply: Reply, says: str) -> None:
    assert smoked(GOOD, reply) == Answer(Go.WAIT, says)
    assert smoked(reply, GOOD, Reply(500, "")).reason == says


def test_without_a_node_to_ask_nothing_is_known() -> None:
    assert smoked() == Answer(Go.WAIT, "there was no node of the load balancer to ask")
    assert smoked(looks=5).go is Go.FAIL


@pytest.mark.parametrize(
    ("profile", "blamed"),
    [
        (Profile.RELEASE, True),
        (Profile.FIRST, True),
        (Profile.ROLLBACK, False),
        (Profile.WARM, False),
        (Profile.DRILL, False),
    ],
)
def test_the_last_look_fails_and_blames_a_new_release_alone(profile: Profile, blamed: bool) -> None:
    assert smoked(GOOD, OTHER, profile=profile, looks=4).go is Go.WAIT
    answer = smoked(GOOD, OTHER, profile=profile, looks=5)
    says = f"smoke test: answered by release {V1.fingerprint[:12]}, not {SHORT} (1 of 2 requests)"
    assert answer == Answer(Go.FAIL, says, Blame(Level.BAD, says) if blamed else None)


def test_the_smoke_test_after_a_rollback_counts_its_own_looks() -> None:
    assert smoked(OTHER, looks=5, step="SmokeAfter").go is Go.WAIT
