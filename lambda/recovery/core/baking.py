"""Watch a release that has traffic, and what served before it, until the verdict is clear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recovery.core.answers import Answer, Blame, Go
from recovery.core.observation import Series
from recovery.core.protocol import Profile
from recovery.core.quarantine import Level
from recovery.core.shifting import stale
from recovery.core.verdict import Verdict, breach, judge, next_minute

if TYPE_CHECKING:
    from recovery.core.observation import Observation
    from recovery.core.passage import Passage
    from recovery.core.rules import Rules

CLEAR_MINUTES = 2


def watch_canary(seen: Observation, passage: Passage, rules: Rules) -> Answer:
    """A canary is stopped by a FAIL; too few requests to tell do not stop it, as the bake comes after it."""
    since = float(passage.fact("Canary", "at"))
    elsewhere = moved(seen, passage, "Canary")
    return elsewhere or _watched(seen, passage, rules, since=since, seconds=rules.canary_seconds)


def bake(seen: Observation, passage: Passage, rules: Rules, times: int) -> Answer:
    """Only PASS promotes. A release that too few requests reached goes back, without blame."""
    first = passage.profile is Profile.FIRST
    since = float(passage.fact("Capture" if first else "Shift", "at"))
    elsewhere = moved(seen, passage, "Shift")
    answer = elsewhere or _watched(seen, passage, rules, since=since, seconds=rules.bake_seconds)
    if answer.go is not Go.ON:
        return answer
    if answer.facts["verdict"] == Verdict.PASS:
        return answer
    if passage.last_look("Bake", times, seen.at):
        return Answer(Go.FAIL, f"no verdict: {answer.reason}")
    return Answer(Go.WAIT, answer.reason)


def clear(seen: Observation, passage: Passage, rules: Rules, times: int) -> Answer:
    """Whether the breach ended with the release. Where it stays, the release was not, or not alone, its cause."""
    since = next_minute(float(passage.fact("Shift", "at")))
    series = seen.signals.get(passage.colour, {})
    found = [
        text
        for signal in rules.signals
        if (text := breach(signal, series.get(signal.name, Series()), since)) is not None
    ]
    if not found:
        measured = min((len(series.get(one.name, Series()).since(since)) for one in rules.signals), default=0)
        if measured >= CLEAR_MINUTES or passage.last_look("Clear", times, seen.at):
            return Answer(Go.ON, f"{measured} minutes without a breach")
        return Answer(Go.WAIT, f"{measured} of {CLEAR_MINUTES} minutes without a breach")
    reason = f"the breach goes on with the last known good release ({'; '.join(found)})"
    if passage.last_look("Clear", times, seen.at):
        return Answer(Go.FAIL, f"{reason}: the release was not its cause", Blame(Level.SUSPECT, reason))
    return Answer(Go.WAIT, reason)


def moved(seen: Observation, passage: Passage, by: str) -> Answer | None:
    """A release whose share somebody else changed is not the one that was to be proven."""
    asked = passage.answer(by)
    # The first release serves already when its run begins, and is given no share.
    weights = passage.undo.weights if passage.profile is Profile.FIRST else asked.get("weights")
    if not weights or dict(seen.weights) == dict(weights) or stale(seen, asked):
        return None
    return Answer(Go.FAIL, f"the rule reads {dict(seen.weights)}, not {dict(weights)}: somebody else moved traffic")


def _watched(seen: Observation, passage: Passage, rules: Rules, *, since: float, seconds: float) -> Answer:
    judged = judge(seen, passage.colour, since=next_minute(since), rules=rules)
    facts = {"verdict": str(judged.verdict), "requests": judged.requests}
    # Before any wish: who stops a release that is bad should not lose the evidence.
    if judged.verdict is Verdict.FAIL:
        return Answer(Go.FAIL, judged.evidence, Blame(Level.BAD, judged.evidence), facts)
    wished = passage.wished()
    if wished is not None:
        return wished
    left = since + seconds - seen.at
    if left > 0:
        return Answer(Go.WAIT, f"{left:.0f} s to go; {judged.evidence}", facts=facts)
    return Answer(Go.ON, judged.evidence, facts=facts)
