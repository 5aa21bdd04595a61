"""When a Choice's ways are open: as far as it can be proven from the number that a counter stands at."""

from __future__ import annotations

import operator
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from modules.bound.rows import quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from modules.bound.machine import State

COMPARES: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "NumericEquals": operator.eq,
    "NumericLessThan": operator.lt,
    "NumericLessThanEquals": operator.le,
    "NumericGreaterThan": operator.gt,
    "NumericGreaterThanEquals": operator.ge,
}
JSONATA_COMPARES: Mapping[str, str] = {
    "=": "NumericEquals",
    "<": "NumericLessThan",
    "<=": "NumericLessThanEquals",
    ">": "NumericGreaterThan",
    ">=": "NumericGreaterThanEquals",
}
COMPARISON = re.compile(r"\{%\s*(\$\w+)\s*(<=|>=|<|>|=)\s*(-?\d+(?:\.\d+)?)\s*%\}")
NAMES = re.compile(r"\['([^'.]+)'\]|\[\"([^\".]+)\"\]")

Literal = tuple[str, str, str]


def path(text: str) -> str:
    """A reference path in dots: `$['a'].b` is `$.a.b`."""
    return NAMES.sub(lambda found: f".{found[1] or found[2]}", text)


def closed(rules: Sequence[State], index: int | None, counter: str, value: Fraction) -> bool:
    """Whether it is certain that a way is not taken while the counter stands at this number. No index: the default.

    A way is taken where its rule holds and none before it does.
    """
    own = rules[index] if index is not None else None
    given = dict(_implied(own, holds=True)) if own is not None else {}
    if own is not None and _known(own, counter, value, given) is False:
        return True
    before = rules if index is None else rules[:index]
    return any(_known(rule, counter, value, given) is True for rule in before)


def shadowed(rules: Sequence[State], index: int | None) -> bool:
    """Whether a way is never taken, as a rule before it holds wherever its own does."""
    return closed(rules, index, "", Fraction(0))


def limits(rules: Sequence[State], counter: str) -> list[Fraction]:
    """Every number that the counter is compared with."""
    return sorted({limit for rule in rules for limit in _limits(rule, counter)})


def _limits(rule: State, counter: str) -> Iterator[Fraction]:
    for part in _parts(rule):
        yield from _limits(part, counter)
    found = _comparison(rule)
    if found and found[0] == counter and found[1] in COMPARES:
        yield found[2]


def _parts(rule: State) -> list[State]:
    if "Not" in rule:
        return [cast("State", rule["Not"])]
    return [one for key in ("And", "Or") for one in cast("list[State]", rule.get(key, []))]


def _implied(rule: State, *, holds: bool) -> Iterator[tuple[Literal, bool]]:
    """What is certain of single comparisons once the whole rule holds, or does not."""
    if "Not" in rule:
        yield from _implied(rule["Not"], holds=not holds)
    elif ("And" in rule and holds) or ("Or" in rule and not holds):
        for part in _parts(rule):
            yield from _implied(part, holds=holds)
    elif "Condition" not in rule:  # what JSONata says may change from one rule to the next: $random() does
        yield _literal(rule), holds


def _known(rule: State, counter: str, value: Fraction, given: Mapping[Literal, bool]) -> bool | None:
    """Whether it holds; None where that depends on more than is known."""
    parts = [_known(part, counter, value, given) for part in _parts(rule)]
    if "Not" in rule:
        return None if parts[0] is None else not parts[0]
    if "And" in rule:
        return False if False in parts else None if None in parts else True
    if "Or" in rule:
        return True if True in parts else None if None in parts else False
    found = _comparison(rule)
    if found and found[0] == counter and found[1] in COMPARES:
        return COMPARES[found[1]](value, found[2])
    return given.get(_literal(rule))


def _comparison(rule: State) -> tuple[str, str, Fraction] | None:
    """Variable, comparison and number of a single comparison with a number."""
    condition = rule.get("Condition")
    if isinstance(condition, str):
        found = COMPARISON.fullmatch(condition.strip())
        return (found[1], JSONATA_COMPARES[found[2]], Fraction(found[3])) if found else None
    for name in COMPARES:
        limit = quantity(rule.get(name))
        if limit is not None:
            return path(str(rule.get("Variable"))), name, limit
    return None


def _literal(rule: State) -> Literal:
    """A single comparison, to be known again."""
    name, value = next(((key, one) for key, one in rule.items() if _compares(key)), ("", cast("Any", None)))
    return path(str(rule.get("Variable"))), name, repr(value)


def _compares(key: str) -> bool:
    return key not in ("Variable", "Next", "Comment", "Assign", "Output")
