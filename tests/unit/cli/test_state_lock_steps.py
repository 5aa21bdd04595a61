"""Which step from lock to lock is safe, and when a digest is stale."""

from __future__ import annotations

import hashlib
from itertools import product

import pytest

from cli.errors import CommandError
from cli.lock_mode import MODES, Mode, check_step
from cli.state_lock import digest

STATE = b'{"version": 4}'
MD5 = hashlib.md5(STATE, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(("now", "to"), [*product(MODES, MODES)])
def test_every_step_is_seen_by_both_sides(now: Mode, to: Mode) -> None:
    """Two Terraforms, one before and one after the step, share at least one lock; else the step is refused."""
    locks = {"dynamodb": {"table"}, "both": {"table", "file"}, "lockfile": {"file"}}
    if locks[now] & locks[to]:
        check_step(now, to)
    else:
        with pytest.raises(CommandError, match=r"by way of 'both'.* run `lastgood state lock-mode --to both` first"):
            check_step(now, to)


@pytest.mark.parametrize(
    ("state", "recorded", "judged"),
    [
        (STATE, MD5, "right"),
        (STATE, "0" * 32, "stale"),
        (STATE, None, "none recorded"),
        (None, MD5, "no state yet"),
        (None, None, "no state yet"),
    ],
)
def test_a_digest_is_stale_when_terraform_would_refuse_the_state(
    state: bytes | None, recorded: str | None, judged: str
) -> None:
    found = digest("service", state, recorded)
    assert found.judged == judged
    assert found.stale is (judged == "stale")
