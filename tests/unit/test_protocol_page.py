"""docs/protocol.md: what is generated is current, what is written by hand names the steps that there are."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from recovery.core.answers import Go
from recovery.core.fingerprint import fingerprint
from recovery.core.lease import Kind
from recovery.core.outcome import decide
from recovery.core.passage import Passage
from recovery.core.protocol import START_OF, Ending, Profile, follow, table
from recovery.core.release import Release
from scripts.protocol.graph import OUTCOMES, STORIES, graph
from scripts.protocol_page import BEGIN, PAGE, default_rules, files

if TYPE_CHECKING:
    from pathlib import Path

STEPS = table(default_rules())
GENERATED = files()
PICTURES = [path for path in GENERATED if path.suffix == ".svg"]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_what_is_generated_is_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == GENERATED[path], "run: make protocol"


def test_the_walk_names_every_step_and_none_that_is_not() -> None:
    walk, _, _ = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    named = set(re.findall(r"[A-Z][A-Za-z]+", walk))
    missing = {step.name for step in STEPS} - named
    # Page is a step that the walk calls by what it does.
    assert missing <= {"Page", "Close"}, missing
    bold = set(re.findall(r"\*\*([A-Z]\w*)\*\*", walk))
    assert bold <= {step.name for step in STEPS}, bold


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_picture_shows_every_step_that_its_runs_can_come_to(story: Any) -> None:
    drawn = graph(STEPS, story)
    shown = {step.name for step in drawn.path} | {step.name for chain in drawn.aside for step in chain}
    named = {step.name: step for step in STEPS}
    for profile in (story.path, *(other for other, _ in story.others)):
        waiting, met = ["Begin"], set[str]()
        while waiting:
            name = waiting.pop()
            if name in met or name not in named:
                continue
            met.add(name)
            step = named[name]
            waiting += [
                follow(step, go, profile) for go, way in step.ways.items() if isinstance(way, str) or profile in way
            ]
            waiting += [way if isinstance(way, str) else way.get(profile, "") for way in (step.failed, step.late or "")]
        assert met <= shown, f"{profile} comes to {met - shown}, which {story.name} does not show"


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_no_box_of_a_picture_covers_another_or_leaves_it(path: Path) -> None:
    root = ET.fromstring(GENERATED[path])  # noqa: S314 made by this very test
    page = (0.0, 0.0, float(root.attrib["width"]), float(root.attrib["height"]))
    boxes = [_place(one) for one in root.iter(f"{SVG}rect") if one.get("class") in ("box", "pill")]
    assert len(boxes) > len(STORIES)
    for one, other in product(boxes, boxes):
        if one is not other:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1], (one, other)
    for left, top, right, bottom in boxes:
        assert page[0] <= left
        assert page[1] <= top
        assert right <= page[2]
        assert bottom <= page[3]


def _place(rect: ET.Element) -> tuple[float, float, float, float]:
    x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


CONTENT: dict[str, object] = {"image_id": "ami-1"}
RELEASE = Release("lt-1", 2, fingerprint(CONTENT), CONTENT).document()
ON, REFUSED, FAILED = {"go": "on", "reason": "so"}, {"go": "refused", "reason": "no"}, {"go": "fail", "reason": "bad"}
WAYS_TO_FINISH: dict[str, tuple[dict[str, Any], str, str]] = {
    "refused by Load": ({"Load": REFUSED}, "", ""),
    "all went well": ({"Capture": {**ON, "at": 0}, "Promote": ON, "Verify": {**ON, "at": 9}}, "", ""),
    "returned": ({"Capture": {**ON, "at": 0}, "Bake": FAILED, "Return": ON}, "Bake", ""),
    "it serves already": ({"Capture": {**ON, "at": 0}}, "", "reconcile"),
}


@pytest.mark.parametrize("kind", OUTCOMES)
def test_a_picture_ends_in_what_its_runs_can_end_in(kind: Kind) -> None:
    ended: set[Ending] = set()
    for said, failed, profile in WAYS_TO_FINISH.values():
        if profile and kind is Kind.DRILL:
            continue
        load = {"Load": {**ON, "release": RELEASE}}
        document: dict[str, Any] = {
            "run": "r", "kind": str(kind), "profile": profile or str(START_OF[kind]), "incident": "i", "cause": "c",
            "automatic": False, "accepted": False, "bad": "", "release": RELEASE, "polls": {}, "failed": failed,
            "said": {**load, **said},
        }  # fmt: skip
        ended.add(decide(Passage.of(document)).ending)
    assert ended == set(OUTCOMES[kind])


def test_the_table_follows_a_profile_as_the_state_machine_does() -> None:
    text = GENERATED[PAGE]
    for step in STEPS:
        [row] = [line for line in text.splitlines() if line.startswith(f"| **{step.name}** |")]
        for profile in Profile:
            way = step.ways[Go.ON]
            if isinstance(way, str) or profile in way:
                end = follow(step, Go.ON, profile)
                assert end in row or end == "by outcome", f"{step.name}: {end} is not in {row}"
