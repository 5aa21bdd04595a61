"""The text of a metric math expression, as a tree.

CloudWatch guide, "Metric math syntax and functions". Functions are upper case; ids begin with a lower-case letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z_]\w*)|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/<>(),\[\]]))"
)
SAME = {"&&": "AND", "||": "OR"}
# From what binds least to what binds most.
LEVELS = (("OR",), ("AND",), ("==", "!=", "<=", ">=", "<", ">"), ("+", "-"), ("*", "/"))


class ExpressionError(ValueError):
    """Not an expression, or one that this emulator does not calculate."""


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Id:
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function, an operator by its sign, or `[]` for an array."""

    name: str
    arguments: tuple[Node, ...]


Node = Number | Text | Id | Call


def parse(expression: str) -> Node:
    """Raises ExpressionError, which names the place."""
    return _Parser(expression).whole()


class _Parser:
    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = _tokens(expression)
        self._next = 0

    def whole(self) -> Node:
        node = self._binary(0)
        if self._peek():
            raise self._error()
        return node

    def _binary(self, level: int) -> Node:
        if level == len(LEVELS):
            return self._unary()
        node = self._binary(level + 1)
        while self._peek() in LEVELS[level]:
            sign = self._take()
            node = Call(sign, (node, self._binary(level + 1)))
        return node

    def _unary(self) -> Node:
        if self._peek() == "-":
            self._take()
            return Call("-", (Number(0.0), self._unary()))
        return self._primary()

    def _primary(self) -> Node:
        match self._take():
            case "(":
                node = self._binary(0)
                self._expect(")")
            case "[":
                node = Call("[]", self._arguments("]"))
            case word if word[:1].isupper() and self._peek() == "(":
                self._take()
                node = Call(word, self._arguments(")"))
            case word if word[:1].isupper():
                node = Text(word)  # a keyword, such as REPEAT
            case word if word[:1].islower():
                node = Id(word)
            case word if word[:1].isdigit():
                node = Number(float(word))
            case word if word[:1] in ("'", '"'):
                node = Text(word[1:-1])
            case _:
                self._next -= 1
                raise self._error()
        return node

    def _arguments(self, end: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while self._peek() != end:
            found.append(self._binary(0))
            if self._peek() != end:
                self._expect(",")
        self._take()
        return tuple(found)

    def _peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self._next += 1
        return token

    def _expect(self, token: str) -> None:
        if self._peek() != token:
            raise self._error()
        self._take()

    def _error(self) -> ExpressionError:
        found = self._peek()
        return ExpressionError(
            f"{f'unexpected {found}' if found else 'something is missing at the end'} in {self._expression!r}"
        )


def _tokens(expression: str) -> list[str]:
    found: list[str] = []
    place = 0
    while expression[place:].strip():
        token = TOKEN.match(expression, place)
        if not token:
            raise ExpressionError(f"unexpected {expression[place:].strip()[0]} in {expression!r}")
        place = token.end()
        text = token.group().strip()
        found.append(SAME.get(text, text))
    return found
