"""CloudWatch guide, "Using metric math": series written as [30, -, 0], one value a minute, - for a missing one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from localaws.metrics.expressions import Scope, calculate, require_known
from localaws.metrics.grammar import ExpressionError, parse
from modules.settings import Alarms
from modules.signals import signals

if TYPE_CHECKING:
    from localaws.metrics.expressions import Value

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TIMES = [NOON + timedelta(minutes=number) for number in range(5)]


def series(text: str) -> dict[datetime, float]:
    values = dict(zip(TIMES, text.strip("[]").split(", "), strict=False))
    return {at: float(value) for at, value in values.items() if value != "-"}


def written(value: Value) -> str:
    """The value as the tests write it, up to the last minute that is asked for."""
    if isinstance(value, tuple):
        return "; ".join(written(one) for one in value)
    if isinstance(value, int | float):
        return f"{value:g}"
    return "[" + ", ".join(f"{value[at]:g}" if at in value else "-" for at in TIMES) + "]"


def result(expression: str, **metrics: str) -> str:
    named = {name: series(text) for name, text in metrics.items()}
    node = parse(expression)
    require_known(node)
    return written(calculate(node, Scope(named.__getitem__, list(named), TIMES)))


M1, M2, M3 = "[1, 1, 0, 0, -]", "[30, -, 0, 0, 30]", "[0, 0, 20, -, 20]"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("IF(m1, m2, m3)", "[30, 0, 20, -, -]"),
        ("IF(m1, 5, m3)", "[5, 5, 20, -, -]"),
        ("IF(m1, m2, 5)", "[30, 0, 5, 5, -]"),
        ("IF(m1, m2)", "[30, 0, -, -, -]"),
        ("IF(m1 < 1, 10, 2)", "[2, 2, 10, 10, -]"),
        ("IF(1, m2, m3)", M2),
        ("IF(0, m2)", "[-, -, -, -, -]"),
    ],
)
def test_if_as_the_guides_tables_say(expression: str, expected: str) -> None:
    """Guide, "Using IF expressions"."""
    assert result(expression, m1=M1, m2=M2, m3=M3) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(metric1 < metric2)", "[0, 0, 1, 0, -]"),
        ("(metric1 >= 30)", "[1, 0, 0, 0, -]"),
        ("(metric1 > 15 AND metric2 > 15)", "[1, 0, 0, 0, -]"),
        ("metric1 > 15 && metric2 > 15", "[1, 0, 0, 0, -]"),
        ("metric1 == 0 OR metric2 == 20", "[1, 0, 1, 1, -]"),
        ("metric1 != 0 || metric2 != 0", "[1, 1, 1, 0, -]"),
    ],
)
def test_comparisons_as_the_guides_table_says(expression: str, expected: str) -> None:
    """Guide, "Comparison and logical operators"."""
    assert result(expression, metric1="[30, 20, 0, 0]", metric2="[20, -, 20, -]") == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a + b", "[4, 2, 5, -, -]"),
        ("a - b * 2", "[-5, 2, -10, -, -]"),
        ("(a - b) * 2", "[-4, 4, -10, -, -]"),
        ("-a + 1", "[0, -1, -, -, -]"),
        ("6 / b", "[2, -, 1.2, -, -]"),
        ("a / b", "[0.333333, -, 0, -, -]"),
        ("ABS(a - b)", "[2, 2, 5, -, -]"),
        ("METRICS() * 10", "[10, 20, -, -, -]; [30, -, 50, -, -]"),
        ("SUM(METRICS())", "[4, 2, 5, -, -]"),
        ('SUM(METRICS("b"))', "[3, -, 5, -, -]"),
        ("AVG([a, b])", "[2, 1, 2.5, -, -]"),
        ("MAX([a, b])", "[3, 2, 5, -, -]"),
        ("MIN(METRICS())", "[1, 2, 5, -, -]"),
        ("a / SUM(b)", "[0.125, 0.25, -, -, -]"),
        ("MAX(a)", "2"),
    ],
)
def test_arithmetic(expression: str, expected: str) -> None:
    """Guide, "Basic arithmetic functions": missing values are 0, and what divides by zero is dropped."""
    assert result(expression, a="[1, 2]", b="[3, -, 5]") == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("FILL(m, 0)", "[0, 7, 0, 8, 0]"),
        ("FILL(m, REPEAT)", "[-, 7, 7, 8, 8]"),
        ("FILL(m, MIN(m))", "[7, 7, 7, 8, 7]"),
        ("FILL(m, other)", "[1, 7, 1, 8, 1]"),
        ("FILL(never, 0)", "[0, 0, 0, 0, 0]"),
        ("FILL(never, REPEAT)", "[-, -, -, -, -]"),
    ],
)
def test_fill(expression: str, expected: str) -> None:
    """Guide, "Functions supported for metric math": FILL."""
    assert result(expression, m="[-, 7, -, 8, -]", other="[1, 1, 1, 1, 1]", never="[-, -, -, -, -]") == expected


def test_the_error_signal_is_dense_and_right() -> None:
    """The share of errors; nothing is wrong in a minute without requests, and none is missing."""
    expression = next(signal.expression for signal in signals(Alarms()) if signal.name == "errors")
    names = {"requests": "[10, 20, -, 4, -]", "errors": "[5, -, -, 4, -]"}
    assert result(expression, **names) == "[50, 0, 0, 100, 0]"
    assert result(expression, requests="[-, -, -, -, -]", errors="[-, -, -, -, -]") == "[0, 0, 0, 0, 0]"


def test_every_signal_can_be_calculated() -> None:
    for signal in signals(Alarms()):
        require_known(parse(signal.expression))


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("RATE(m)", "does not calculate RATE"),
        ("FILL(m, LINEAR)", "FILL with LINEAR"),
        ("FILL(m)", "FILL takes 2 to 2 arguments, not 1"),
        ("m +", "something is missing at the end"),
        ("m m", "unexpected m in 'm m'"),
        ("(m", "something is missing"),
        ("m ^ 2", "unexpected \\^"),
        ("SUM(3)", "SUM takes metrics"),
        ("1 / 0", "divided by zero"),
        ("[m, 3]", "an array holds metrics"),
    ],
)
def test_what_is_not_calculated_is_refused(expression: str, complaint: str) -> None:
    with pytest.raises(ExpressionError, match=complaint):
        result(expression, m="[1, 2]")
