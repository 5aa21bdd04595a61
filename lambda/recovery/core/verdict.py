"""Is the release bad? From both groups' signals over the same minutes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from recovery.core.observation import Series, other
from recovery.core.signals import PERIOD_SECONDS

if TYPE_CHECKING:
    from recovery.core.observation import Observation
    from recovery.core.rules import Rules
    from recovery.core.signals import Signal


class Verdict(StrEnum):
    """Only PASS promotes; only FAIL blames the release."""

    PASS = "pass"  # noqa: S105 no password
    FAIL = "fail"
    NO_EVIDENCE = "no-evidence"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and what it rests on, for people."""

    verdict: Verdict
    evidence: str
    requests: int


def judge(seen: Observation, colour: str, *, since: float, rules: Rules) -> Judgement:
    """What a group's signals say of its release since a moment.

    Both groups bad by the same signal at the same time → a dependency's fault, which no release is blamed for.
    """
    counted = seen.requests.get(colour, Series()).since(since)
    requests = int(sum(counted))
    theirs = other(colour)
    compared = sum(seen.requests.get(theirs, Series()).since(since)) >= max(rules.minimum_requests, 1)
    shared: list[str] = []
    for signal in rules.signals:
        found = breach(signal, _series(seen, colour, signal), since)
        if found is None:
            continue
        if compared and breach(signal, _series(seen, theirs, signal), since) is not None:
            shared.append(f"{found}, and of {theirs} too")
            continue
        return Judgement(Verdict.FAIL, f"{colour}: {found}", requests)
    if shared:
        return Judgement(Verdict.NO_EVIDENCE, f"{colour}: {'; '.join(shared)}: a dependency, not the release", requests)
    window = max((signal.window_minutes for signal in rules.signals), default=0)
    if len(counted) < window:
        # A breach takes as many minutes to show; before that, its absence says nothing.
        return Judgement(Verdict.NO_EVIDENCE, f"{len(counted)} of {window} whole minutes measured", requests)
    if requests < rules.minimum_requests:
        text = f"{requests} requests; fewer than {rules.minimum_requests} are no evidence"
        return Judgement(Verdict.NO_EVIDENCE, text, requests)
    return Judgement(Verdict.PASS, f"{requests} requests, no signal above its threshold", requests)


def breach(signal: Signal, series: Series, since: float) -> str | None:
    """What is wrong, or None: `bad_minutes` of the last `window_minutes` lie above the threshold."""
    window = series.since(since)[-signal.window_minutes :]
    bad = [value for value in window if value > signal.threshold]
    if len(bad) < signal.bad_minutes:
        return None
    return f"{signal.name} {max(bad):.3g} over {signal.threshold:g} in {len(bad)} of {len(window)} minutes"


def next_minute(moment: float) -> float:
    """When the first whole minute after a moment begins: the one before it mixes two states."""
    return moment - moment % PERIOD_SECONDS + PERIOD_SECONDS


def _series(seen: Observation, colour: str, signal: Signal) -> Series:
    return seen.signals.get(colour, {}).get(signal.name, Series())
