"""What commands show people: lines and tables, as values. `screen` draws them on a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GAP = "  "


@dataclass(frozen=True, slots=True)
class Styled:
    """A text that a terminal shows in a style of rich's."""

    text: str
    style: str = ""

    def __str__(self) -> str:
        return self.text


Cell = str | Styled


@dataclass(frozen=True, slots=True)
class Rows:
    """A table. Its last column takes what room is left."""

    columns: Sequence[str]
    lines: Sequence[Sequence[Cell]]

    def plain(self) -> Iterator[str]:
        """Aligned, a line a row, whatever its length: another program may read it."""
        table = [self.columns, *([" ".join(str(cell).splitlines()) for cell in line] for line in self.lines)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for line in table:
            yield GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


Line = str | Styled | Rows
