"""Break-glass: where a flip goes, when it is refused, and the record that is all it needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cli import control
from cli.__main__ import main
from cli.control import ControlRecord
from cli.errors import CommandError
from cli.flip import Flipped, after, age, held, require_health, tag, target
from recovery.settings import PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def test_a_flip_goes_where_less_traffic_is_unless_it_is_told() -> None:
    assert target({"blue": 100, "green": 0}, None) == "green"
    assert target({"blue": 10, "green": 90}, None) == "blue"
    assert target({"blue": 10, "green": 90}, "green") == "green"
    assert after("green") == {"green": 100, "blue": 0}
    with pytest.raises(CommandError, match="say which one shall serve"):
        target({"blue": 50, "green": 50}, None)


def test_a_flip_to_fewer_healthy_targets_has_to_be_forced() -> None:
    with pytest.raises(CommandError, match="green has 1 healthy targets and blue has 2; nothing was changed"):
        require_health({"blue": 2, "green": 1}, "green", force=False)
    require_health({"blue": 2, "green": 1}, "green", force=True)
    require_health({"blue": 2, "green": 2}, "green", force=False)


def test_a_flip_s_tag_holds_nothing_that_a_tag_may_not() -> None:
    assert tag(12.7, "jane@example.org") == "12 jane@example.org"
    assert tag(12.7, "a,b*ü") == "12 a_b__"
    assert len(tag(12.7, "x" * 999)) == 256


def test_a_flip_that_does_not_read_back_is_not_done() -> None:
    before = {"blue": 100, "green": 0}
    assert Flipped(before, after("green"), after("green")).done
    lost = Flipped(before, after("green"), before)
    assert not lost.document()["done"]
    assert "READS BACK OTHERWISE" in lost.lines()[-1]


class Rule:
    """A load balancer that writes down what is asked of it, in order."""

    def __init__(self, _record: ControlRecord) -> None:
        Rule.asked = []
        self._weights = {"blue": 100, "green": 0}

    asked: list[str]

    def caller(self) -> str:
        return "jane"

    def weights(self) -> dict[str, int]:
        return dict(self._weights)

    def healthy(self) -> dict[str, int]:
        return {"blue": 2, "green": 2}

    def tag(self, value: str) -> None:
        self.asked.append(f"tag {value.split()[1]}")

    def move(self, weights: Mapping[str, int]) -> None:
        self.asked.append(f"move {weights['green']}")
        self._weights = dict(weights)


class Contested:
    """A rule that others write, too, at these seconds; its own clock."""

    def __init__(self, *moments: float) -> None:
        self._moments, self._at, self._shown = list(moments), 0.0, after("green")

    def now(self) -> float:
        return self._at

    def sleep(self, seconds: float) -> None:
        self._at += seconds
        while self._moments and self._moments[0] <= self._at:
            self._moments.pop(0)
            self._shown = after("blue")

    def weights(self) -> dict[str, int]:
        return dict(self._shown)

    def move(self, weights: Mapping[str, int]) -> None:
        self._shown = dict(weights)


@pytest.mark.parametrize(
    ("writes", "ends", "after_seconds"),
    [
        ((), "green", 18),
        # A run's change that was sent before it could see the tag: written over, and looked at as long again.
        ((13.0,), "green", 14 + 18),
        # Twice is no run's: it has no lease any more. Two who write in turn would never end.
        ((3.0, 9.0), "blue", 10),
    ],
)
def test_a_flip_outlasts_the_change_that_a_run_has_under_way(
    writes: tuple[float, ...], ends: str, after_seconds: float
) -> None:
    rule = Contested(*writes)
    assert held(rule, after("green"), 18, now=rule.now, sleep=rule.sleep) == after(ends)
    assert rule.now() == after_seconds


ARN = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:listener-rule/app/x/1/2/3"
RECORD = ControlRecord(
    submit_function="shop-dev-submit:live",
    environment={
        f"{PREFIX}APP": "shop",
        f"{PREFIX}ENVIRONMENT": "dev",
        f"{PREFIX}RULE_ARN": ARN,
        f"{PREFIX}TARGET_GROUP_BLUE": "blue-arn",
        f"{PREFIX}TARGET_GROUP_GREEN": "green-arn",
        f"{PREFIX}CHANGE_SECONDS": "0",
    },
)


def test_a_flip_needs_a_record_alone_and_tags_the_rule_before_it_moves_traffic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "control.json"
    control.save(RECORD, file)
    monkeypatch.setattr("cli.aws_flip.Glass", Rule)
    monkeypatch.setenv("LASTGOOD_CONFIG", str(tmp_path / "nowhere"))
    assert main(["flip", "--record", str(file), "--yes", "--json"]) == 0
    assert Rule.asked == ["tag jane", "move 100"]
    said = capsys.readouterr()
    assert json.loads(said.out)["now"] == {"blue": 0, "green": 100}
    assert said.err.startswith("shop-dev, by a record that was kept 0 s ago\n")
    assert main(["flip", "--record", str(file), "--to", "blue"]) == 0
    assert Rule.asked == []
    assert capsys.readouterr().out == "it was so already, nothing was changed: blue 100 %, green 0 %\n"


def test_a_record_that_is_none_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "control.json"
    with pytest.raises(CommandError, match="--record FILE"):
        control.read(file)
    for text in ("{}", "[]", '{"submit_function": "a", "environment": {}}'):
        file.write_text(text)
        with pytest.raises(CommandError, match="is no control record of this version"):
            control.read(file)
    control.save(RECORD, file)
    assert control.read(file) == RECORD
    assert RECORD.region == "eu-west-1"


def test_a_flip_says_how_old_the_record_is_that_it_goes_by() -> None:
    assert age(1000.0, 1000.0 + 3 * 86400) == "kept 3 d ago"
    assert age(None, 1000.0) == "kept at an unknown time"


def test_a_record_of_before_it_said_when_it_was_kept_is_read_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "control.json"
    file.write_text(json.dumps({"submit_function": RECORD.submit_function, "environment": {**RECORD.environment}}))
    assert control.read(file) == RECORD
    assert control.read(file).saved_at is None


def test_a_record_that_cannot_be_kept_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    control.save(RECORD, tmp_path / "file" / "control.json")
    said = capsys.readouterr().err
    assert "`lastgood flip` lacks a current copy" in said
    assert len(said.splitlines()) == 1


def test_a_flip_without_settings_says_which_records_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "shop-dev" / "control.json"
    control.save(RECORD, kept)
    monkeypatch.setattr("cli.control.WORK", tmp_path)
    monkeypatch.setenv("LASTGOOD_CONFIG", str(tmp_path / "nowhere"))
    assert main(["flip", "--yes"]) == 2
    assert capsys.readouterr().err.endswith(f"; or name a record with --record FILE ({kept})\n")
