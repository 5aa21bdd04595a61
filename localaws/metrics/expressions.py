"""Metric math: the series that an expression makes of other series.

CloudWatch guide, "Using metric math" and "Using IF expressions". Only the functions that alarms here use are
calculated; another is refused, not guessed. What FILL makes of a metric without any data point is not documented: here
it fills the whole range, and REPEAT, which has nothing to repeat, leaves it empty.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws.metrics.grammar import Call, ExpressionError, Id, Node, Number, Text
from localaws.metrics.series import Series

if TYPE_CHECKING:
    from datetime import datetime

Array = tuple[Series, ...]
Value = float | Series | Array


Operator = Callable[[float, float], float]
OPERATORS: Mapping[str, Operator] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "AND": lambda left, right: bool(left) and bool(right),
    "OR": lambda left, right: bool(left) or bool(right),
}
# Function → the least and the most arguments that it takes.
TAKES = {
    "ABS": (1, 1),
    "AVG": (1, 1),
    "FILL": (2, 2),
    "IF": (2, 3),
    "MAX": (1, 1),
    "METRICS": (0, 1),
    "MIN": (1, 1),
    "SUM": (1, 1),
}
KNOWN = ", ".join(TAKES)


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression can name: every id's value, which of them are metrics, and the range's periods."""

    value_of: Callable[[str], Value]
    metric_ids: Sequence[str]
    periods: Sequence[datetime]


def require_known(node: Node) -> None:
    """Raises ExpressionError for a function that is not calculated here, or is given too much or too little."""
    if not isinstance(node, Call):
        return
    if node.name not in OPERATORS and node.name != "[]":
        if node.name not in TAKES:
            raise ExpressionError(f"localaws does not calculate {node.name}; it knows {KNOWN}")
        least, most = TAKES[node.name]
        if not least <= len(node.arguments) <= most:
            raise ExpressionError(f"{node.name} takes {least} to {most} arguments, not {len(node.arguments)}")
    for argument in node.arguments:
        require_known(argument)


def calculate(node: Node, scope: Scope) -> Value:
    """The expression's value. Raises ExpressionError where it has none."""
    match node:
        case Number(value):
            return value
        case Id(name):
            return scope.value_of(name)
        case Text(value):
            raise ExpressionError(f"{value} stands where a number or a metric must")
        case Call("METRICS", arguments):
            return _metrics(arguments, scope)
        case Call("FILL", (filled, filler)):
            return _fill(calculate(filled, scope), filler, scope)
        case Call(name, arguments):
            return _apply(name, [calculate(argument, scope) for argument in arguments])


def _apply(name: str, values: Sequence[Value]) -> Value:
    match name:
        case "[]":
            return tuple(series for value in values for series in _array(value))
        case "IF":
            return _if(*values)
        case "ABS":
            return _each(values[0], lambda series: {at: abs(value) for at, value in series.items()}, abs)
        case "SUM" | "MAX" | "MIN" | "AVG":
            return _aggregate(name, values[0])
        case _ if name in OPERATORS:
            return _operate(name, values[0], values[1])
        case _:
            raise ExpressionError(f"localaws does not calculate {name}; it knows {KNOWN}")


def _each(value: Value, change: Callable[[Series], Series], change_scalar: Callable[[float], float]) -> Value:
    if isinstance(value, tuple):
        return tuple(change(series) for series in value)
    return change(value) if isinstance(value, Mapping) else change_scalar(value)


def _array(value: Value) -> Array:
    if isinstance(value, tuple):
        return value
    if isinstance(value, Mapping):
        return (value,)
    raise ExpressionError("an array holds metrics, not numbers")


def _metrics(arguments: Sequence[Node], scope: Scope) -> Array:
    """METRICS() are all metrics of the request, METRICS("x") those with x in their id; expressions are none."""
    part = arguments[0] if arguments else Text("")
    if not isinstance(part, Text):
        raise ExpressionError("METRICS takes a text in quotes")
    return tuple(series for name in scope.metric_ids if part.value in name for series in _array(scope.value_of(name)))


def _operate(sign: str, left: Value, right: Value) -> Value:
    """Missing values count as 0, and a data point that divides by zero is dropped."""
    if isinstance(left, tuple):
        return tuple(_operate_series(sign, one, _single(right)) for one in left)
    if isinstance(right, tuple):
        return tuple(_operate_series(sign, left, one) for one in right)
    if isinstance(left, Mapping) or isinstance(right, Mapping):
        return _operate_series(sign, left, right)
    if sign == "/" and right == 0:
        raise ExpressionError("a number is divided by zero")
    return float(OPERATORS[sign](left, right))


def _single(value: Value) -> float | Series:
    if isinstance(value, tuple):
        raise ExpressionError("an operator takes one array of metrics at most")
    return value


def _operate_series(sign: str, left: float | Series, right: float | Series) -> Series:
    times = sorted({at for side in (left, right) if isinstance(side, Mapping) for at in side})
    result: dict[datetime, float] = {}
    for at in times:
        one, other = _at(left, at, 0.0), _at(right, at, 0.0)
        if sign != "/" or other:
            result[at] = float(OPERATORS[sign](one, other))
    return result


def _at(side: float | Series, at: datetime, missing: float) -> float:
    return side.get(at, missing) if isinstance(side, Mapping) else side


def _if(condition: Value, true: Value, false: Value | None = None) -> Series:
    """Each data point of the condition chooses; where it is false and there is nothing to choose, there is none."""
    when, then = _single(condition), _single(true)
    otherwise = None if false is None else _single(false)
    if not isinstance(when, Mapping):
        chosen = then if when else otherwise
        if chosen is None:
            return {}
        if not isinstance(chosen, Mapping):
            raise ExpressionError("IF chooses between numbers by a number: the result must be a series")
        return chosen
    result: dict[datetime, float] = {}
    for at, is_true in when.items():
        if is_true:
            result[at] = _at(then, at, 0.0)
        elif isinstance(otherwise, Mapping):
            if at in otherwise:
                result[at] = otherwise[at]
        elif otherwise is not None:
            result[at] = otherwise
    return result


def _fill(filled: Value, filler: Node, scope: Scope) -> Value:
    if isinstance(filler, Text):
        if filler.value != "REPEAT":
            raise ExpressionError(f"localaws does not calculate FILL with {filler.value}: a number or REPEAT")
        return _each(filled, lambda series: _repeat(series, scope.periods), float)
    value = _single(calculate(filler, scope))

    def fill(series: Series) -> Series:
        points = ((at, series[at] if at in series else _at(value, at, math.nan)) for at in scope.periods)
        return {at: point for at, point in points if not math.isnan(point)}

    return _each(filled, fill, float)


def _repeat(series: Series, periods: Sequence[datetime]) -> Series:
    result: dict[datetime, float] = {}
    last: float | None = None
    for at in periods:
        last = series.get(at, last)
        if last is not None:
            result[at] = last
    return result


def _aggregate(name: str, value: Value) -> Value:
    """Of an array a series; of a series a number. AVG counts missing values as 0."""
    if isinstance(value, Mapping):
        return _statistic(name, list(value.values()), len(value))
    if not isinstance(value, tuple):
        raise ExpressionError(f"{name} takes metrics, not a number")
    times = sorted({at for series in value for at in series})
    return {at: _statistic(name, [series[at] for series in value if at in series], len(value)) for at in times}


def _statistic(name: str, values: Sequence[float], count: int) -> float:
    match name:
        case "SUM":
            return math.fsum(values)
        case "AVG":
            return math.fsum(values) / count if count else 0.0
        case "MAX":
            return max(values, default=0.0)
        case _:
            return min(values, default=0.0)
