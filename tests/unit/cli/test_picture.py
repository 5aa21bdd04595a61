"""The picture of a story: one file that opens anywhere, shows every step, and says what is true."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from cli.load import Sample
from cli.picture import render
from cli.picture.bands import area, errors, stacked
from cli.picture.flags import ROWS, flags, rows
from cli.picture.page import sentence
from cli.picture.panel import Panel
from cli.picture.scale import Scale, bucket_width, rate_step, rounded_up, second_step
from cli.story import Mark, ReleaseOutcome, RunSpan, Story

SVG = "{http://www.w3.org/2000/svg}"
BEGAN = 1_700_000_000.0
V1, V2, V3 = "a1" * 32, "b2" * 32, "c3" * 32
PER_SECOND, SECONDS = 60, 300
# From which second on who answers which share of the requests: v2 fails in its bake, v3 after its own.
WEIGHTS: tuple[tuple[float, dict[str, int]], ...] = (
    (0.0, {V1: 100}),
    (82.0, {V1: 90, V2: 10}),
    (97.0, {V2: 100}),
    (115.4, {V1: 100}),
    (178.0, {V1: 90, V3: 10}),
    (193.0, {V3: 100}),
    (266.2, {V1: 100}),
)
MARKS = (
    Mark(4.0, "v1 submitted", "by the first terraform apply"),
    Mark(22.0, "v1 canary 10 %"),
    Mark(31.0, "v1 100 %"),
    Mark(44.0, "v1 promoted", "checkpoint 1 is head"),
    Mark(62.0, "v2 submitted"),
    Mark(82.0, "v2 canary 10 %"),
    Mark(97.0, "v2 100 %"),
    Mark(110.8, "alarm: v2 errors", "shop-dev-green-errors is in ALARM", "alarm"),
    Mark(115.4, "v1 serves all", "weights 100 : 0", "back"),
    Mark(118.0, "v2 quarantined"),
    Mark(130.0, "plan: no changes, v2 held back"),
    Mark(158.0, "v3 submitted"),
    Mark(178.0, "v3 canary 10 %"),
    Mark(193.0, "v3 100 %"),
    Mark(224.0, "v3 promoted"),
    Mark(258.0, "alarm: v3 errors", "shop-dev-green-errors is in ALARM", "alarm"),
    Mark(266.2, "v1 serves all", "from the warm group", "back"),
    Mark(270.0, "v3 quarantined"),
)
RUNS = (
    RunSpan(4.0, 46.0, "release v1", "PROMOTED"),
    RunSpan(62.0, 121.0, "release v2", "RESTORED"),
    RunSpan(158.0, 228.0, "release v3", "PROMOTED"),
    RunSpan(259.0, 284.0, "rollback to v1", "RESTORED"),
)
RELEASES = (
    ReleaseOutcome("v1", V1, 1, "PROMOTED", 42.0, "passed its bake"),
    ReleaseOutcome("v2", V2, 2, "RESTORED", 59.0, "Bake: 39.8 % of its answers are errors, v1's are not"),
    ReleaseOutcome("v3", V3, 3, "PROMOTED, then taken back", 70.0, "shop-dev-green-errors 34 s after its bake"),
)


def whole_story() -> Story:
    """A demo as it should go: 60 requests a second for 300 s, v2 errs from the 104th second and v3 from the 250th."""
    samples = tuple(_sample(number) for number in range(PER_SECOND * SECONDS))
    return Story(
        began=BEGAN,
        samples=samples,
        marks=tuple(replace(mark, at=BEGAN + mark.at) for mark in MARKS),
        releases=RELEASES,
        names={V1: "v1", V2: "v2", V3: "v3"},
        runs=tuple(replace(run, began=BEGAN + run.began, ended=BEGAN + run.ended) for run in RUNS),
    )


def _sample(number: int) -> Sample:
    at = number / PER_SECOND
    weights = next(weights for since, weights in reversed(WEIGHTS) if at >= since)
    turns = [release for release, weight in weights.items() for _ in range(weight)]
    release = turns[(number * 37) % 100]
    errs = number % 5 < 2 and ((release == V2 and at > 104) or (release == V3 and at > 250))
    return Sample(BEGAN + at, 500 if errs else 200, release, 0.004)


class Tags(HTMLParser):
    """Insists that what is opened last is closed first."""

    def __init__(self) -> None:
        super().__init__()
        self.unclosed: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 the base class's
        self.unclosed.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.unclosed.pop() == tag


@pytest.fixture(scope="module")
def story() -> Story:
    return whole_story()


@pytest.fixture(scope="module")
def page(story: Story) -> str:
    return render(story)


def tree(page: str) -> ET.Element:
    return ET.fromstring(page.removeprefix("<!DOCTYPE html>"))  # noqa: S314 our own


def texts(page: str, kind: str) -> list[str]:
    """What stands in the picture's texts of that kind, without what shows under the pointer."""
    found = [text for text in tree(page).iter(f"{SVG}text") if kind in text.get("class", "").split()]
    return ["".join([text.text or "", *(child.tail or "" for child in text)]) for text in found]


def cells(page: str, place: int) -> list[list[str]]:
    table = list(tree(page).iter("table"))[place]
    return [[cell.text or "" for cell in row] for row in table.iter("tr")]


def test_nothing_comes_from_elsewhere_and_nothing_runs(page: str) -> None:
    assert re.findall(r"https?:[^\"' >]*", page) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<script|<link|<img|<iframe|\bsrc=|\bhref=|@import|url\(|\bon\w+=", page)


def test_the_file_is_well_formed(page: str) -> None:
    tags = Tags()
    tags.feed(page)
    tags.close()
    assert tags.unclosed == []
    root = tree(page)
    assert root.get("lang") == "en"
    assert len(list(root.iter(f"{SVG}svg"))) == 1


def test_whoever_hears_it_is_told_the_steps(page: str) -> None:
    svg = next(tree(page).iter(f"{SVG}svg"))
    title, text = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert title is not None
    assert text is not None
    assert (svg.get("role"), svg.get("aria-labelledby")) == ("img", f"{title.get('id')} {text.get('id')}")
    assert "alarm: v2 errors at 110.8 s; v1 serves all at 115.4 s" in (text.text or "")


def test_every_step_is_marked_and_labelled(page: str) -> None:
    assert texts(page, "label") == [mark.label for mark in MARKS]
    assert texts(page, "alarm") == ["alarm: v2 errors", "alarm: v3 errors"]
    lines = [line for line in tree(page).iter(f"{SVG}line") if "mark" in line.get("class", "").split()]
    assert len(lines) == len(MARKS)


def test_each_release_is_named_in_its_band_and_in_the_legend(page: str) -> None:
    assert texts(page, "name") == ["v1", "v1", "v1", "v2", "v3"]
    keys = ["".join(item.itertext()) for item in tree(page).iter("li")]
    assert keys[:4] == ["v1", "v2", "v3", "failed"]
    assert "no release" not in page


def test_each_run_shows_its_outcome_where_it_has_room(page: str) -> None:
    assert texts(page, "run-text") == [
        "release v1: PROMOTED",
        "release v2: RESTORED",
        "release v3: PROMOTED",
        "RESTORED",
    ]
    rects = [rect.get("class") for rect in tree(page).iter(f"{SVG}rect")]
    assert [kind for kind in rects if kind != "shade"] == ["run good", "run restored", "run good", "run restored"]


def test_an_outcome_that_needs_a_person_looks_like_one(story: Story) -> None:
    run = RunSpan(BEGAN + 62, BEGAN + 121, "release v2", "ESCALATED")
    assert 'class="run bad"' in render(replace(story, runs=(run,)))


def test_the_table_of_steps(page: str) -> None:
    found = cells(page, 0)
    assert found[0] == ["event", "", "s", "s since the alarm"]
    assert len(found) == 1 + len(MARKS)
    assert found[8] == ["alarm: v2 errors", "shop-dev-green-errors is in ALARM", "110.8", "0.0"]
    assert found[9] == ["v1 serves all", "weights 100 : 0", "115.4", "4.6"]
    assert found[10] == ["v2 quarantined", "", "118.0", ""]


def test_the_table_of_releases(page: str, story: Story) -> None:
    asked = {release: sum(sample.release == release for sample in story.samples) for release in (V1, V2, V3)}
    found = cells(page, 1)
    assert found[2][:5] == ["v2", "2", "b2b2b2b2b2b2", "RESTORED", "59.0"]
    assert [row[5] for row in found[1:]] == [f"{asked[release]:,}" for release in (V1, V2, V3)]
    assert [row[6] for row in found[1:]] == ["0", "273", "389"]
    assert found[2][7] == "Bake: 39.8 % of its answers are errors, v1's are not"


def test_one_sentence_says_what_one_sees(story: Story) -> None:
    assert sentence(story) == (
        "18,000 real requests in 300 s, and which release answered them: 662 failed, none of them because traffic was "
        "moved; from the alarm to the last good release serving all new requests it took 4.6 s and 8.2 s."
    )


def test_what_no_release_answered_is_shown_and_said(story: Story) -> None:
    lost = tuple(replace(sample, status=502, release="") for sample in story.samples[6000:6120])
    other = replace(story, samples=(*story.samples[:6000], *lost, *story.samples[6120:]))
    page = render(other)
    assert "120 of them because traffic was moved" in sentence(other)
    assert texts(page, "name").count("no release") == 0, "two seconds have no room for it"
    assert "no release: 120 requests" in page
    assert cells(page, 1)[4] == ["no release", "", "", "", "", "120", "120", ""]


def test_every_text_is_escaped(story: Story) -> None:
    bad = '<script>alert("&")</script>'
    page = render(
        replace(
            story,
            marks=(Mark(BEGAN + 5, bad, bad, "alarm"),),
            releases=(ReleaseOutcome(bad, bad, 1, bad, 1.0, bad),),
            runs=(RunSpan(BEGAN, BEGAN + 200, bad, bad),),
            names={V1: bad, V2: "v2", V3: "v3"},
        )
    )
    assert "<script" not in page
    assert texts(page, "label") == [bad]
    assert texts(page, "run-text") == [f"{bad}: {bad}"]
    assert cells(page, 1)[1][0] == bad


@pytest.mark.parametrize("samples", [(), (Sample(BEGAN, 200, V1, 0.1),)], ids=["nothing", "one request"])
def test_a_story_that_hardly_began_can_be_drawn(samples: tuple[Sample, ...]) -> None:
    page = render(Story(began=BEGAN, samples=samples, marks=(), releases=(), names={V1: "v1"}))
    assert len(list(tree(page).iter(f"{SVG}svg"))) == 1


def test_bands_stand_on_each_other_and_lose_the_second_in_which_the_load_stopped(story: Story) -> None:
    part = replace(story, samples=tuple(sample for sample in story.samples if sample.at < BEGAN + 83.5))
    bands = stacked(part, 1.0)
    assert [band.name for band in bands] == ["v1", "v2", "v3"]
    assert all(below.upper == band.lower for below, band in pairwise(bands))
    assert bands[-1].upper == (60.0,) * 83
    assert bands[1].requests == sum(sample.release == V2 and sample.at < BEGAN + 83 for sample in part.samples)


def test_an_area_has_corners_only_where_the_rate_changes(story: Story) -> None:
    panel = Panel.of("", top=0.0, height=60.0, most=60.0, ticks=3)
    first = replace(story, samples=tuple(sample for sample in story.samples if sample.at < BEGAN + 80))
    drawn = area(stacked(first, 1.0)[0], Scale(0.0, 79.0, 0.0, 79.0), panel)
    assert re.findall(r' d="([^"]*)"', drawn) == ["M0.0,0.0L79.0,0.0L79.0,60.0L0.0,60.0Z"]
    assert area(errors(first, 1.0), Scale(0.0, 79.0, 0.0, 79.0), panel) == ""


def test_labels_go_below_those_they_would_meet_and_come_back_up() -> None:
    assert rows([(0, 10), (5, 15), (12, 20), (30, 40)]) == (0, 1, 2, 0)
    crowd = [(float(place), place + 1.5) for place in range(ROWS + 2)]
    assert rows(crowd) == (0, 1, 2, 3, 4, 0, 1)


def test_no_two_labels_of_a_row_overlap(story: Story) -> None:
    placed = flags(story, Scale(0.0, 300.0, 50.0, 1106.0))
    assert max(flag.row for flag in placed) < ROWS
    for row in range(ROWS):
        starts = [(flag.x, flag.x + len(flag.mark.label) * 6.4) for flag in placed if flag.row == row]
        assert all(before[1] <= after[0] for before, after in pairwise(starts))


def test_a_label_at_the_right_edge_stands_left_of_its_line(story: Story) -> None:
    late = replace(story, marks=(Mark(BEGAN + 295, "everything is done"),))
    assert 'text-anchor="end">everything is done' in render(late)


def test_axes_have_round_numbers() -> None:
    assert [rate_step(most, 4) for most in (60, 61, 7.5, 0)] == [20, 20, 2, 0.5]
    assert [rounded_up(most, 20) for most in (60, 61, 0)] == [60, 80, 20]
    assert [second_step(seconds) for seconds in (9, 300, 480, 7200)] == [1, 30, 60, 720]
    assert [bucket_width(seconds) for seconds in (20, 600, 601)] == [1, 1, 2]


def test_nothing_is_drawn_outside_of_the_plot() -> None:
    scale = Scale(0.0, 10.0, 50.0, 150.0)
    assert [scale.at(value) for value in (-5.0, 0.0, 5.0, 10.0, 11.0)] == [50, 50, 100, 150, 150]


if __name__ == "__main__":  # to look at it: python -m tests.unit.cli.test_picture story.html
    Path(sys.argv[1]).write_text(render(whole_story()), encoding="utf-8")
