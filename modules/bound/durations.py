"""The longest that a state takes once it is entered, all its tries included."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from modules.bound.problems import UnboundError
from modules.bound.rows import ZERO, Row, number, quantity, says, total

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from modules.bound.machine import State

    Inside = Callable[[str, State], Sequence["Inner"]]
    """The machines in a state."""

YEAR = 365 * 24 * 3600
"""No execution lasts longer (Step Functions guide, "Service quotas"). What would is called unbounded here."""
EVENTS = 25_000
"""Nor does it try more often: its history is full then (as above)."""
MICRO = 10**6
# ASL, "Errors": the defaults of a retrier.
INTERVAL, ATTEMPTS, BACKOFF = Fraction(1), 3, Fraction(2)
# Step Functions guide, "Map state processing modes": how many items are worked on at once where nothing is said.
AT_ONCE = {"INLINE": 40, "DISTRIBUTED": 10_000}
NO_TIMEOUT = "no TimeoutSeconds, so a call may take 99999999 s"


@dataclass(frozen=True, slots=True)
class Inner:
    """A machine in a state: the words for where it is, and its longest path."""

    where: str
    rows: Sequence[Row]
    fails: bool = False
    """Whether it can end in no other way than by failing."""
    problems: Sequence[str] = ()
    """Why it has no bound."""

    @property
    def seconds(self) -> Fraction:
        return total(self.rows)


def longest(name: str, state: State, told: Mapping[str, int], inner: Inside) -> Row:
    """Raises UnboundError: nothing bounds it."""
    kind = state["Type"]
    if kind == "Wait":
        return Row(name, _wait(name, state, told), "waits")
    if kind == "Task":
        each = _timeout(name, state, told)
        return _tried(name, state, each, "call", f"up to {says(each)}")
    if kind in ("Parallel", "Map"):
        return _machines(name, state, told, inner)
    return Row(name, ZERO, "takes no time")


def _wait(name: str, state: State, told: Mapping[str, int]) -> Fraction:
    seconds = quantity(state.get("Seconds"))
    if seconds is not None:
        return _not_negative(name, "Seconds", seconds)
    if name in told:
        return Fraction(told[name])
    given = next((key for key in ("SecondsPath", "TimestampPath", "Timestamp", "Seconds") if key in state), "")
    what = f"waits as long as {given} says" if given else "says not how long it waits"
    raise UnboundError([f"{name}: {what}; give it Seconds, or say --at-most '{name}=SECONDS'"])


def _timeout(name: str, state: State, told: Mapping[str, int]) -> Fraction:
    given = quantity(state.get("TimeoutSeconds"))
    beat = quantity(state.get("HeartbeatSeconds"))
    if given is not None:
        if beat is not None and beat >= given:
            raise UnboundError([f"{name}: HeartbeatSeconds has to be less than TimeoutSeconds, {number(given)}"])
        return _not_negative(name, "TimeoutSeconds", given)
    if name in told:
        return Fraction(told[name])
    why = NO_TIMEOUT
    if "TimeoutSecondsPath" in state or "TimeoutSeconds" in state:
        why = "its timeout is only known when it runs"
    elif "HeartbeatSeconds" in state or "HeartbeatSecondsPath" in state:
        why += ": HeartbeatSeconds ends none that goes on beating"
    raise UnboundError([f"{name}: {why}; give it TimeoutSeconds, or say --at-most '{name}=SECONDS'"])


def _machines(name: str, state: State, told: Mapping[str, int], inside: Inside) -> Row:
    deciding = _deciding(inside(name, state))
    once = deciding.seconds
    way = " → ".join(f"{row.state} {says(row.seconds)}" for row in deciding.rows if row.seconds) or "nothing takes time"
    if state["Type"] == "Parallel":
        where = deciding.where.removeprefix(f"{name}, ")
        return _tried(name, state, once, "try", f"up to {says(once)}: {where}: {way}")
    items = _items(name, state, told)
    at_once = _at_once(name, state)
    rounds = -(-items // at_once)
    each = f"{items} items, {at_once} at once, up to {says(once)} each: {way}"
    return _tried(name, state, once * rounds, "try", each)


def _deciding(found: Sequence[Inner]) -> Inner:
    """The branch that a Parallel state is over with, at the latest.

    It is over once all branches are, or as soon as one fails: then the others are stopped (Step Functions guide,
    "Parallel workflow state", on errors). A branch that can end in no other way than by failing fails by its bound at
    the latest, so that the state is over by then whatever the others do, even those that have no bound. It is never
    above the longest branch's: that one is among the others. (What a Map does with an item is never such a branch that
    anybody wants.)
    """
    failing = [one for one in found if one.fails]
    if failing:
        return min(failing, key=lambda one: one.seconds)
    problems = [problem for one in found for problem in one.problems]
    if problems:
        raise UnboundError(problems)
    return max(found, key=lambda one: one.seconds)


def _items(name: str, state: State, told: Mapping[str, int]) -> int:
    """At most so many. Batches only make them fewer."""
    config = cast("State", state.get("ItemReader", {})).get("ReaderConfig", {})
    stated = quantity(config.get("MaxItems"))
    if stated is not None:
        return int(_not_negative(name, "MaxItems", stated))
    if isinstance(state.get("Items"), list):
        return len(cast("list[Any]", state["Items"]))
    if name in told:
        return told[name]
    help_ = f"read them by an ItemReader with MaxItems, or say --at-most '{name}=ITEMS'"
    raise UnboundError([f"{name}: nothing limits how many items there are; {help_}"])


def _at_once(name: str, state: State) -> int:
    if "MaxConcurrencyPath" in state or isinstance(state.get("MaxConcurrency"), str):
        return 1  # it may say so
    stated = int(_not_negative(name, "MaxConcurrency", quantity(state.get("MaxConcurrency")) or ZERO))
    processor = cast("State", state.get("ItemProcessor", {}))
    mode = str(cast("State", processor.get("ProcessorConfig", {})).get("Mode", "INLINE"))
    most = AT_ONCE.get(mode, 1)
    return min(stated, most) if stated else most


def _tried(name: str, state: State, each: Fraction, noun: str, what: str) -> Row:
    """Each retrier counts for itself: errors that take turns use up all of them. Every try may take its whole time."""
    retriers = cast("list[State]", state.get("Retry", []))
    heard = [*_heard(retriers)]
    delays = [_delays(name, retriers[index]) for index in heard]
    tries = 1 + sum(count for count, _ in delays)
    between = sum((seconds for _, seconds in delays), ZERO)
    # Its numbers change nothing, which nobody would guess.
    deaf = "".join(f"; retrier {index + 1} hears of no error" for index in range(len(retriers)) if index not in heard)
    if tries == 1:
        return Row(name, each, f"one {noun}, {what}{deaf}")
    why = f"{tries} {'calls' if noun == 'call' else 'tries'}, each {what}; {says(between)} between them{deaf}"
    return Row(name, tries * each + between, why)


def _heard(retriers: Sequence[State]) -> Iterator[int]:
    """Which of them an error can come to: the first that names it takes it."""
    taken: set[str] = set()
    for index, retrier in enumerate(retriers):
        errors: set[str] = set(retrier.get("ErrorEquals", ()))
        if not errors <= taken and "States.ALL" not in taken:
            yield index
        taken |= errors


def _delays(name: str, retrier: State) -> tuple[int, Fraction]:
    """How often it tries again, and how long it waits before all of these. Jitter only shortens a wait."""
    attempts = int(_field(name, retrier, "MaxAttempts", Fraction(ATTEMPTS)))
    delay = _field(name, retrier, "IntervalSeconds", INTERVAL)
    rate = _field(name, retrier, "BackoffRate", BACKOFF)
    cap = _field(name, retrier, "MaxDelaySeconds", Fraction(YEAR))
    if rate < 1:
        raise UnboundError([f"{name}: BackoffRate has to be 1 or more"])
    if attempts > EVENTS:
        raise UnboundError([f"{name}: {attempts} retries are more than a history holds; give it fewer MaxAttempts"])
    seconds = ZERO
    for done in range(attempts):
        if delay >= cap or rate == 1:
            seconds += (attempts - done) * min(delay, cap)
            break
        seconds += delay
        delay = _at_least(delay * rate)
    if seconds >= YEAR:
        what = "its retries go on for a year, the longest that an execution lasts"
        raise UnboundError([f"{name}: {what}; give it fewer MaxAttempts, or MaxDelaySeconds"])
    return attempts, seconds


def _at_least(delay: Fraction) -> Fraction:
    """Exact, or rounded up to a microsecond where the fraction gets long."""
    return delay if delay.denominator <= MICRO else Fraction(-(-delay * MICRO // 1), MICRO)


def _field(name: str, fields: State, key: str, default: Fraction) -> Fraction:
    if key not in fields:
        return default
    value = quantity(fields[key])
    if value is None:
        raise UnboundError([f"{name}: {key} has to be a number"])
    return _not_negative(name, key, value)


def _not_negative(name: str, key: str, value: Fraction) -> Fraction:
    if value < 0:
        raise UnboundError([f"{name}: {key} is below zero"])
    return value
