"""A drill's share of the real requests: small, watched, and given back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recovery.core.answers import Answer, Go
from recovery.core.baking import moved
from recovery.core.observation import Series
from recovery.core.preparing import needed
from recovery.core.protocol import SHARE_SECONDS
from recovery.core.shifting import shift
from recovery.core.verdict import Verdict, judge, next_minute

if TYPE_CHECKING:
    from recovery.core.commands import Command
    from recovery.core.observation import Observation
    from recovery.core.passage import Passage
    from recovery.core.rules import Rules

ERRORS = "errors"
"""The signal that the error budget is about: percent of a minute's requests."""


def share(seen: Observation, passage: Passage, rules: Rules) -> tuple[list[Command], Answer]:
    """Give the last known good release its share, where drills have one and nothing speaks against it."""
    if not rules.drill_percent:
        return [], Answer(Go.SETTLE, "drills move no traffic here")
    against = str(passage.answer("Load").get("unshared", ""))
    if against:
        return [], Answer(Go.SETTLE, f"no traffic is moved: {against}")
    serving = needed(seen.groups[passage.undo.serving], rules)
    if serving > passage.needed:
        return [], Answer(Go.SETTLE, f"no traffic is moved: {serving} are needed by now, and {passage.needed} came up")
    return shift(seen, passage, rules, rules.drill_percent)


def watch_share(seen: Observation, passage: Passage, rules: Rules) -> Answer:
    """Any breach ends it at once: nobody asked for it."""
    since = float(passage.fact("Share", "at"))
    elsewhere = moved(seen, passage, "Share")
    if elsewhere is not None:
        return elsewhere
    minute = next_minute(since)
    errors = seen.signals.get(passage.colour, {}).get(ERRORS, Series()).since(minute)
    if errors and max(errors) > rules.drill_budget_percent:
        reason = f"{max(errors):.3g} % errors in a minute, over the drill's budget of {rules.drill_budget_percent:g} %"
        return Answer(Go.FAIL, reason)
    judged = judge(seen, passage.colour, since=minute, rules=rules)
    if judged.verdict is Verdict.FAIL:
        return Answer(Go.FAIL, judged.evidence)
    wished = passage.wished()
    if wished is not None:
        return wished
    left = since + SHARE_SECONDS - seen.at
    facts = {"requests": judged.requests}
    if left > 0:
        return Answer(Go.WAIT, f"{left:.0f} s to go; {judged.requests} requests", facts=facts)
    return Answer(Go.ON, f"{judged.requests} requests within the error budget", facts=facts)


def unshared(*, serves: str, target: str, promoted: bool, reversible: bool) -> str:
    """Why a drill's release must get no request, or nothing. `serves`, `target`: fingerprints."""
    if serves == target:
        return ""
    if not promoted:
        return "what serves was never promoted"
    return "" if reversible else "what serves changed data, which the release before may not read"
