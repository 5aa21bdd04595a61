"""What serves now, and so which passage a run takes: decided before anything is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recovery.core.answers import Answer, Go
from recovery.core.lease import Kind
from recovery.core.observation import UnclearError, flipped_at, other
from recovery.core.passage import Undo
from recovery.core.preparing import needed
from recovery.core.protocol import Profile

if TYPE_CHECKING:
    from recovery.core.observation import Observation
    from recovery.core.passage import Passage
    from recovery.core.release import Release
    from recovery.core.rules import Rules


def capture(seen: Observation, passage: Passage, rules: Rules, *, promoted: bool) -> Answer:
    """The undo point and the profile.

    Args:
        seen: everything, now.
        passage: the run.
        rules: the settings.
        promoted: whether there is a head.
    """
    try:
        serving = seen.serving()
    except UnclearError as error:
        return Answer(Go.ESCALATE if passage.kind is Kind.ROLLBACK else Go.REFUSED, str(error))
    flipped = seen.at - flipped_at(seen.flip)
    if flipped < rules.drain_seconds:
        # The group that was left may still have requests, and a person is at work.
        return Answer(
            Go.REFUSED, f"traffic was moved by hand {flipped:.0f} s ago ({seen.flip}): it has to settle first"
        )
    match passage.kind:
        case Kind.RELEASE:
            return _release(seen, serving, passage, rules, promoted=promoted)
        case Kind.ROLLBACK:
            return _rollback(seen, serving, passage, rules)
        case Kind.DRILL:
            return _drill(seen, passage.target, serving, rules)
        case Kind.RECONCILE:
            return _answer(seen, rules, other(serving), Profile.RECONCILE, "sizes and processes are put right")


def _release(seen: Observation, serving: str, passage: Passage, rules: Rules, *, promoted: bool) -> Answer:
    target = passage.target
    if seen.split():
        return Answer(Go.REFUSED, f"both groups have traffic ({dict(seen.weights)}): `lastgood rollback` first")
    if _serves(seen, target, serving):
        if promoted:
            return _answer(seen, rules, serving, Profile.RECONCILE, "it serves already")
        reason = "it serves already, and nothing was promoted before: there is NOTHING TO GO BACK TO if it fails"
        return _answer(seen, rules, serving, Profile.FIRST, reason)
    firing = seen.alarms.get(serving, ())
    if firing and not passage.accepted:
        return Answer(
            Go.REFUSED,
            f"what serves is bad already ({', '.join(firing)}): a release now could not be told from it; "
            "release with --accept-degraded if it is the cure",
        )
    reason = f"{serving} serves; the release goes into {other(serving)}"
    return _answer(seen, rules, other(serving), Profile.RELEASE, reason)


def _rollback(seen: Observation, serving: str, passage: Passage, rules: Rules) -> Answer:
    target = passage.target
    if not seen.split() and _serves(seen, target, serving):
        reason = f"{serving} serves the last known good release"
        return _answer(seen, rules, serving, Profile.RECONCILE, reason)
    holder = next((colour for colour in (serving, other(serving)) if seen.groups[colour].healthy(target)), None)
    colour = holder if holder and seen.split() else other(serving)
    wanted = needed(seen.groups[serving], rules)
    ready = len(seen.groups[colour].healthy(target))
    if ready >= wanted:
        reason = f"{ready} healthy instances of version {target.version} are warm in {colour}"
        return _answer(seen, rules, colour, Profile.WARM, reason)
    if seen.weights.get(colour, 0) > 0:
        return Answer(Go.ESCALATE, f"both groups have traffic, and neither can take all of it ({ready} of {wanted})")
    left = passage.began + rules.launch_seconds - seen.at
    if left < rules.cold_seconds:
        reason = (
            f"{ready} of {wanted} instances are warm; launching takes up to {rules.cold_seconds} s, "
            f"{left:.0f} s are left"
        )
        return Answer(Go.ESCALATE, reason)
    reason = f"{ready} of {wanted} instances of version {target.version} are warm in {colour}: they are launched"
    return _answer(seen, rules, colour, Profile.ROLLBACK, reason)


def _drill(seen: Observation, target: Release, serving: str, rules: Rules) -> Answer:
    firing = [name for names in seen.alarms.values() for name in names]
    if seen.split() or firing:
        why = f"alarms are firing ({', '.join(firing)})" if firing else "both groups have traffic"
        return Answer(Go.REFUSED, f"no drill now: {why}")
    reason = f"version {target.version} goes into {other(serving)}, which gets no traffic"
    return _answer(seen, rules, other(serving), Profile.DRILL, reason)


def _serves(seen: Observation, target: Release, serving: str) -> bool:
    group = seen.groups[serving]
    return (group.template_id, group.version) == (target.template_id, target.version) and not group.foreign(target)


def _answer(seen: Observation, rules: Rules, colour: str, profile: Profile, reason: str) -> Answer:
    live = seen.groups[seen.serving()]
    wanted = needed(live, rules)
    if profile is Profile.DRILL:
        # What gets a share of the requests could take all of them.
        wanted = wanted if rules.drill_percent else max(rules.warm_size(live.desired), rules.minimum)
    facts: dict[str, Any] = {
        "profile": str(profile),
        "colour": colour,
        "needed": wanted,
        "undo": Undo.of(seen.weights, live).document(),
        "flip": seen.flip,
        "at": seen.at,
    }
    return Answer(Go.ON, reason, facts=facts)
