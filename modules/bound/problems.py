"""What is wrong with a definition, or what in it has no bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class UnboundError(Exception):
    """The longest time cannot be told. `problems`: a line each, with the state and what would help."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("\n".join(self.problems))
