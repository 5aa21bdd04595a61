"""Does the release answer, and is it the release that answers?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recovery.core.answers import Answer, Blame, Go
from recovery.core.protocol import Profile
from recovery.core.quarantine import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recovery.core.passage import Passage

OK = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """One request's answer; `release` is what the body names, `error` what kept it from being answered."""

    status: int
    release: str
    error: str = ""


def smoke(replies: Sequence[Reply], passage: Passage, step: str, times: int, now: float) -> Answer:
    """Every reply must be a 200 that names the release: a healthy answer of another build is no good one."""
    wanted = passage.target.fingerprint
    wrong = [_wrong(reply, wanted) for reply in replies]
    found = [reason for reason in wrong if reason]
    if replies and not found:
        return Answer(Go.ON, f"{len(replies)} requests, each answered 200 by release {wanted[:12]}")
    reason = found[0] if found else "there was no node of the load balancer to ask"
    if not passage.last_look(step, times, now):
        return Answer(Go.WAIT, reason)
    seen = f"smoke test: {reason} ({len(found)} of {len(replies)} requests)"
    blamed = passage.profile in (Profile.RELEASE, Profile.FIRST)
    return Answer(Go.FAIL, seen, Blame(Level.BAD, seen) if blamed else None)


def _wrong(reply: Reply, wanted: str) -> str | None:
    if reply.error:
        return reply.error
    if reply.status != OK:
        return f"answered {reply.status}"
    if reply.release != wanted:
        return f"answered by release {reply.release[:12] or '(none named)'}, not {wanted[:12]}"
    return None
