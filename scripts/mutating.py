"""Run mutmut in a folder that `scripts/mutants.py` has laid out: `mutating.py <children> <module>...` there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

import libcst as cst
from mutmut.__main__ import cli
from mutmut.configuration import config
from mutmut.mutation import mutators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Operator = tuple[type, Callable[[Any], Iterable[cst.CSTNode]]]


def words(node: cst.BaseString) -> Iterable[cst.BaseString]:
    """The mutants of a string, but of a sentence: how a message is worded is no behaviour (docs/mutants.md)."""
    if isinstance(node, cst.SimpleString) and " " in str(node.evaluated_value):
        return ()
    return mutators.operator_string(node)


def without_wording(operators: Sequence[Operator]) -> list[Operator]:
    """The operators with `words` instead of mutmut's own. It has to be in there, or the exclusion has gone unseen."""
    if not any(operator is mutators.operator_string for _, operator in operators):
        raise LookupError("mutmut has no operator_string any more")
    return [(kind, words if operator is mutators.operator_string else operator) for kind, operator in operators]


def main(arguments: list[str]) -> None:
    """In this process, which collects the tests once and is forked for each mutant."""
    children, *modules = arguments
    # It is a list that every part of mutmut holds, typed as what may not be changed.
    operators = cast("list[Operator]", mutators.mutation_operators)
    operators[:] = without_wording(operators)
    config().only_mutate = [f"recovery/core/{module}.py" for module in modules]
    cli(["run", "--max-children", children])


if __name__ == "__main__":
    main(sys.argv[1:])
