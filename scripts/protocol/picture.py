"""One story of the protocol as a picture: the path down, what leaves it at the right, what goes back at the left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recovery.core.protocol import BY_OUTCOME, Ending, Function
from scripts.protocol import shapes
from scripts.protocol.graph import OUTCOMES, Line
from scripts.protocol.layout import GUTTER, LANE, PATH_X, PITCH, WIDTH, Box, Boxes, lanes, placed, rails

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scripts.protocol.graph import Graph

# Colours that people with any colour vision tell apart (Okabe and Ito, "Color Universal Design", 2008).
COLOURS: Mapping[Line, str] = {
    Line.ON: "#1b1f24",
    Line.BACK: "#d55e00",
    Line.PERSON: "#a6417f",
    Line.NOTHING: "#6b7480",
    Line.AGAIN: "#0072b2",
}
SAYS: Mapping[Line, str] = {
    Line.ON: "it goes on",
    Line.BACK: "it fails, is late or ends in an error: back to what served before",
    Line.AGAIN: "do it again",
    Line.NOTHING: "it ends before anything was changed",
    Line.PERSON: "a person is paged",
}
CHANGES, QUIET = "#e69f00", "#b9c2cc"
PORT = 8
"""Arrows meet a box so far above, at or below its middle."""
ENDINGS = [*Ending]


def svg(graph: Graph, wait: Mapping[str, str]) -> str:
    """The picture. `wait`: step → how long it may wait, for people."""
    boxes = placed(graph)
    lowest = max(box.y for box in boxes.values())
    legend = lowest + 2 * PITCH
    title = f"{graph.story.title}, step by step"
    drawn = [
        shapes.text(PATH_X, 36, title, "title"),
        shapes.text(PATH_X, 56, "who does a step stands at its right, with its longest wait by default", "quiet"),
        *_down(graph, boxes),
        *_left(graph, boxes),
        *_right(graph, boxes),
        *_refused(graph, boxes),
        *_ended(graph, boxes, lowest + PITCH),
        *(_step(box, wait.get(name, ""), graph.marks.get(name, "")) for name, box in boxes.items()),
        *_legend(legend),
    ]
    return shapes.page(WIDTH, legend + 32, title, COLOURS.values(), drawn)


def _down(graph: Graph, boxes: Boxes) -> list[str]:
    """What follows one another, and the way back onto the path from beside it."""
    drawn: list[str] = []
    for edge in graph.edges:
        if edge.line is not Line.ON or edge.end not in boxes:
            continue
        start, end = boxes[edge.start], boxes[edge.end]
        beside = start.right + LANE
        if start.x == end.x:
            points = [(start.middle, start.bottom), (end.middle, end.top)]
        elif any(other.x == start.x and other.y > start.y for other in boxes.values()):
            points = [(start.right, start.y + PORT), (beside, start.y + PORT), (beside, end.y), (end.right, end.y)]
        else:
            points = [(start.middle, start.bottom), (start.middle, end.y), (end.right, end.y)]
        drawn.append(_line(points, Line.ON))
    return drawn


def _left(graph: Graph, boxes: Boxes) -> list[str]:
    """Rails at the left of a box: up to a step that is done again, or down past everything to the end."""
    found = rails(graph, boxes, Line.AGAIN, Line.NOTHING)
    lane = lanes(found, boxes)
    drawn: list[str] = []
    for end, edges in found.items():
        target = boxes[end]
        x = target.x - LANE * (lane[end] + 1)
        for edge in edges:
            start = boxes[edge.start]
            # Out towards the target, in from the start's side: so an arrow that ends crosses none that begins.
            port = PORT if target.y > start.y else -PORT
            points = [(start.x, start.y + port), (x, start.y + port), (x, target.y - port), (target.x, target.y - port)]
            drawn.append(_line(points, edge.line))
    return drawn


def _right(graph: Graph, boxes: Boxes) -> list[str]:
    """Rails at the right: each in the gutter before the box that it leads to, however many steps share it."""
    found = rails(graph, boxes, Line.BACK, Line.PERSON)
    lane = lanes(found, boxes)
    ports: dict[str, int] = {}
    drawn: list[str] = []
    # The farthest first: its arrows leave a box above those that turn down before it.
    for end, edges in sorted(found.items(), key=lambda rail: -boxes[rail[0]].x):
        target = boxes[end]
        x = target.x - LANE * (lane[end] + 2)
        for edge in edges:
            start = boxes[edge.start]
            y = start.y + ports.get(edge.start, -PORT - 4)
            ports[edge.start] = y - start.y + PORT
            drawn.append(_line([(start.right, y), (x, y), (x, target.y), (target.x, target.y)], edge.line))
    return drawn


def _refused(graph: Graph, boxes: Boxes) -> list[str]:
    """Where a run stops at once: beside the step that says so."""
    drawn: list[str] = []
    for step in graph.path:
        box = boxes[step.name]
        ends = [edge.end for edge in graph.edges if edge.start == step.name and edge.end in ENDINGS]
        x, y = box.right + GUTTER, box.y + PORT
        if ends:
            drawn.append(_line([(box.right, y), (x, y)], Line.NOTHING))
        for end in ends:
            drawn.append(shapes.pill(x, y, end))
            x += shapes.pill_width(end) + PORT
    return drawn


def _ended(graph: Graph, boxes: Boxes, y: int) -> list[str]:
    """Where a run stops when it has come to an end: below the last steps."""
    drawn: list[str] = []
    for edge in graph.edges:
        if edge.line is not Line.ON or edge.end in boxes:
            continue
        last = edge.end == BY_OUTCOME
        drawn += _fan(boxes[edge.start], OUTCOMES[graph.story.kind] if last else (edge.end,), y)
    return drawn


def _fan(box: Box, ends: Sequence[str], y: int) -> list[str]:
    widths = [shapes.pill_width(end) for end in ends]
    x = box.middle - (sum(widths) + PORT * (len(ends) - 1)) // 2
    drawn: list[str] = []
    fork, top = y - shapes.PILL_HEIGHT // 2 - 14, y - shapes.PILL_HEIGHT // 2
    for end, width in zip(ends, widths, strict=True):
        into = x + width // 2
        # Nearly below is below: a bend of a few pixels looks like a mistake.
        into = box.middle if abs(into - box.middle) < PORT else into
        points = [(box.middle, box.bottom), (box.middle, fork), (into, fork), (into, top)]
        drawn += [_line(points, Line.ON), shapes.pill(x, y, end)]
        x += width + PORT
    return drawn


def _step(box: Box, wait: str, mark: str) -> str:
    step = box.step
    says = shapes.wrapped(step.says, box.width - 22)
    first = box.top + (17 if len(says) == 1 else 15)
    who = ", ".join(one for one in (str(step.function or ""), wait) if one)
    beside = box.x + 25 + shapes.width(step.name, shapes.NAME_SIZE)
    return "\n".join(
        [
            shapes.box(box.x, box.top, box.width, box.height),
            shapes.bar(box.x, box.top, box.height, CHANGES if step.function is Function.CHANGE else QUIET),
            shapes.text(box.x + 13, first, step.name, "name"),
            *([shapes.text(beside, first, mark, "mark")] if mark else []),
            shapes.text(box.right - 10, first, who, "quiet", anchor="end"),
            *(shapes.text(box.x + 13, first + 14 + 12 * number, row) for number, row in enumerate(says)),
        ]
    )


def _legend(y: int) -> list[str]:
    drawn: list[str] = []
    x = PATH_X
    for line, says in SAYS.items():
        drawn += [_line([(x, y - 4), (x + 26, y - 4)], line), shapes.text(x + 32, y, says)]
        x += int(shapes.width(says, shapes.TEXT_SIZE)) + 44
    y += 20
    drawn += [shapes.bar(PATH_X, y - 12, 15, CHANGES), shapes.text(PATH_X + 12, y, "may move traffic and groups")]
    return drawn


def _line(points: Sequence[tuple[int, int]], line: Line) -> str:
    return shapes.line(points, COLOURS[line])
