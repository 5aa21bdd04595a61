"""When a Choice's ways are open: as far as it can be proven from what is known of single comparisons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from modules.bound.rows import quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    State = dict[str, Any]
    Tells = Callable[["Comparison"], bool | None]
    """Whether a single comparison holds; None where that is not known."""

JSONATA_COMPARES: Mapping[str, str] = {
    "=": "NumericEquals",
    "<": "NumericLessThan",
    "<=": "NumericLessThanEquals",
    ">": "NumericGreaterThan",
    ">=": "NumericGreaterThanEquals",
}
COMPARISON = re.compile(r"\{%\s*(\$\w+)\s*(<=|>=|<|>|=)\s*(-?\d+(?:\.\d+)?)\s*%\}")
EQUALITY = re.compile(r"""\{%\s*(\$\w+(?:\.\w+)*)\s*=\s*(?:'([^'\\]*)'|"([^"\\]*)"|(true|false))\s*%\}""")
INPUT = "$states.input."
NAMES = re.compile(r"\['([^'.]+)'\]|\[\"([^\".]+)\"\]")
NO_COMPARISON = ("Variable", "Next", "Comment", "Assign", "Output")

Literal = tuple[str, str, str]


def path(text: str) -> str:
    """A reference path in dots: `$['a'].b` is `$.a.b`."""
    return NAMES.sub(lambda found: f".{found[1] or found[2]}", text) if "[" in text else text


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """A single comparison."""

    variable: str
    name: str
    value: Any
    again: Literal | None
    """By what it is known again in another rule. What JSONata says may change between two: $random() does."""

    @property
    def number(self) -> Fraction | None:
        """What a number is compared with."""
        return quantity(self.value) if self.name.startswith("Numeric") else None


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """Of a rule."""

    kind: str
    """And, Or, Not, or empty for a single comparison."""
    parts: tuple[Condition, ...] = ()
    test: Comparison | None = None

    def tests(self) -> Iterator[Comparison]:
        """Every single comparison in it."""
        if self.test is not None:
            yield self.test
        for part in self.parts:
            yield from part.tests()

    def known(self, tells: Tells, given: Mapping[Literal, bool]) -> bool | None:
        """Whether it holds; None where that depends on more than is known."""
        if self.test is not None:
            told = tells(self.test)
            return given.get(self.test.again) if told is None and self.test.again is not None else told
        parts = [part.known(tells, given) for part in self.parts]
        if self.kind == "Not":
            return None if parts[0] is None else not parts[0]
        deciding = self.kind == "Or"
        return deciding if deciding in parts else None if None in parts else not deciding

    def implied(self, *, holds: bool) -> Iterator[tuple[Literal, bool]]:
        """What is certain of single comparisons once the whole condition holds, or does not."""
        if self.test is not None:
            if self.test.again is not None:
                yield self.test.again, holds
        elif self.kind == "Not":
            yield from self.parts[0].implied(holds=not holds)
        elif holds == (self.kind == "And"):
            for part in self.parts:
                yield from part.implied(holds=holds)


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One of a Choice's, and what is certain where it holds."""

    condition: Condition
    given: Mapping[Literal, bool]


def rules(choices: Sequence[State]) -> tuple[Rule, ...]:
    """Of a Choice state."""
    conditions = [_condition(choice) for choice in choices]
    return tuple(Rule(condition, dict(condition.implied(holds=True))) for condition in conditions)


def closed(all_rules: Sequence[Rule], index: int | None, tells: Tells) -> bool:
    """Whether it is certain that a way is not taken, by what is told. No index: the default.

    A way is taken where its rule holds and none before it does.
    """
    given: Mapping[Literal, bool] = {}
    if index is not None:
        given = all_rules[index].given
        if all_rules[index].condition.known(tells, given) is False:
            return True
    return any(rule.condition.known(tells, given) is True for rule in all_rules[:index])


def assuming(given: Mapping[str, str | bool]) -> Tells:
    """What is told by values that are assumed wherever a Choice asks for them."""
    values = {path(variable): value for variable, value in given.items()}

    def tells(test: Comparison) -> bool | None:
        if test.variable not in values:
            return None
        value = values[test.variable]
        same = type(value) is type(test.value) and value == test.value
        told = {
            "StringEquals": same,
            "BooleanEquals": same,
            "IsPresent": test.value is True,
            "IsString": isinstance(value, str) == test.value,
            "IsBoolean": isinstance(value, bool) == test.value,
            "IsNull": test.value is False,
            "IsNumeric": test.value is False,
        }
        return told.get(test.name)

    return tells


def _condition(rule: State) -> Condition:
    if "Not" in rule:
        return Condition("Not", (_condition(rule["Not"]),))
    for kind in ("And", "Or"):
        if kind in rule:
            return Condition(kind, tuple(_condition(part) for part in cast("list[State]", rule[kind])))
    return Condition("", test=_jsonata(rule["Condition"]) if "Condition" in rule else _test(rule))


def _test(rule: State) -> Comparison:
    variable = path(str(rule.get("Variable")))
    name, value = next(((key, one) for key, one in rule.items() if key not in NO_COMPARISON), ("", None))
    return Comparison(variable, name, value, (variable, name, repr(value)))


def _jsonata(text: object) -> Comparison:
    if isinstance(text, str):
        found = COMPARISON.fullmatch(text.strip())
        if found:
            return Comparison(found[1], JSONATA_COMPARES[found[2]], Fraction(found[3]), None)
        same = EQUALITY.fullmatch(text.strip())
        if same:
            variable = f"$.{same[1].removeprefix(INPUT)}" if same[1].startswith(INPUT) else same[1]
            if same[4]:
                return Comparison(variable, "BooleanEquals", same[4] == "true", None)
            return Comparison(variable, "StringEquals", same[2] if same[2] is not None else same[3], None)
    return Comparison("", "", None, None)
