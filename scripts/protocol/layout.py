"""Where each step of a picture stands: the path down, what is beside it, and a person at the far right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recovery.core.protocol import Step
    from scripts.protocol.graph import Edge, Graph, Line

PITCH, TOP = 58, 76
"""From one row to the next, and where the first one begins."""
LANE = 14
"""Between two lines that run beside each other."""
PATH_X, PATH_WIDTH, PATH_HEIGHT = 72, 448, 40
GUTTER = 54
ASIDE_WIDTH, ASIDE_HEIGHT = 222, 46
ASIDE_X = PATH_X + PATH_WIDTH + GUTTER
PERSON_X = ASIDE_X + ASIDE_WIDTH + GUTTER
WIDTH = PERSON_X + ASIDE_WIDTH + 16
PERSON = "Escalate"


@dataclass(frozen=True, slots=True)
class Box:
    """A step on the page; `y` is its middle."""

    step: Step
    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def middle(self) -> int:
        return self.x + self.width // 2

    @property
    def top(self) -> int:
        return self.y - self.height // 2

    @property
    def bottom(self) -> int:
        return self.y + self.height // 2


Boxes = dict[str, Box]


def placed(graph: Graph) -> Boxes:
    """Each step's box."""
    rows = {step.name: row for row, step in enumerate(graph.path)}
    boxes = {step.name: Box(step, PATH_X, _middle(row), PATH_WIDTH, PATH_HEIGHT) for row, step in enumerate(graph.path)}
    for chain in graph.aside:
        # Its last box stands beside the last step that leads there, and above the step that it leads back to.
        back = [rows[edge.end] for edge in graph.edges if edge.start == chain[-1].name and edge.end in rows]
        last = max(rows[edge.start] for edge in graph.edges if edge.end == chain[0].name and edge.start in rows)
        last = min(last, *(row - 1 for row in back)) if back else last
        x = PERSON_X if chain[0].name == PERSON else ASIDE_X
        for place, step in enumerate(reversed(chain)):
            boxes[step.name] = Box(step, x, _middle(last - place), ASIDE_WIDTH, ASIDE_HEIGHT)
    return boxes


def rails(graph: Graph, boxes: Mapping[str, Box], *lines: Line) -> dict[str, list[Edge]]:
    """The arrows of some meanings by the step that they lead to, the shortest way first."""
    found: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        if edge.line in lines and edge.end in boxes:
            found.setdefault(edge.end, []).append(edge)
    return dict(sorted(found.items(), key=lambda rail: _long(span(rail[1], boxes))))


def lanes(found: Mapping[str, Sequence[Edge]], boxes: Mapping[str, Box]) -> dict[str, int]:
    """A lane for each rail, counted from the box that it leads to: rails beside each other have different ones."""
    taken: dict[str, int] = {}
    for end, edges in found.items():
        top, bottom = span(edges, boxes)
        beside = {
            taken[other]
            for other in taken
            if boxes[other].x == boxes[end].x
            and span(found[other], boxes)[0] <= bottom
            and top <= span(found[other], boxes)[1]
        }
        taken[end] = next(lane for lane in range(len(found)) if lane not in beside)
    return taken


def span(edges: Sequence[Edge], boxes: Mapping[str, Box]) -> tuple[int, int]:
    """From the highest to the lowest box of some arrows."""
    places = [boxes[name].y for edge in edges for name in (edge.start, edge.end)]
    return min(places), max(places)


def _long(places: tuple[int, int]) -> int:
    return places[1] - places[0]


def _middle(row: int) -> int:
    return TOP + PITCH * row + PATH_HEIGHT // 2
