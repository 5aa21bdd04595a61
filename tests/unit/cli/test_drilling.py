"""`lastgood drill`: what is asked for, what a refusal is, and what is said of an alarm's way."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from cli import drilling, exits
from cli.__main__ import main
from recovery.core.submission import Answer, Ticket

if TYPE_CHECKING:
    from collections.abc import Mapping

REFUSED = Ticket(Answer.REFUSED, "", "no drill now: this is a blackout time (daily 00:00-24:00)")
FIRED = Ticket(Answer.STARTED, "", "drill-1 fires an alarm")
ANSWERED = {"alarm": "shop-dev-green-errors", "answered_at": "1.5", "measured": {"delivery_seconds": "1.25"}}


@dataclass
class Plane:
    """Its desk writes down what it is asked; its store knows one drill, from its second look on."""

    ticket: Ticket
    record: Mapping[str, Any] = field(default_factory=dict[str, Any])
    asked: list[Mapping[str, Any]] = field(default_factory=list[Any])
    looks: list[str] = field(default_factory=list[str])

    @property
    def desk(self) -> Plane:
        return self

    @property
    def store(self) -> Plane:
        return self

    def caller(self) -> str:
        return "jane"

    def ask(self, request: Mapping[str, Any]) -> Ticket:
        self.asked.append(request["drill"])
        return self.ticket

    def get(self, pk: str, sk: str) -> Mapping[str, Any] | None:
        assert pk == "drill"
        self.looks.append(sk)
        return self.record if len(self.looks) > 1 else None


def chosen(monkeypatch: pytest.MonkeyPatch, plane: Plane) -> Plane:
    monkeypatch.setattr("cli.plane.Plane.chosen", lambda: plane)
    monkeypatch.setattr(drilling, "LOOK_SECONDS", 0.0)
    return plane


@pytest.mark.parametrize("arguments", [["drill"], ["drill", "--alarm-path"]])
def test_a_refused_drill_says_why_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    plane = chosen(monkeypatch, Plane(REFUSED))
    assert main(arguments) == exits.NOT_DONE
    assert "this is a blackout time" in capsys.readouterr().err
    assert [one["in_blackout"] for one in plane.asked] == [False]


def test_a_drill_is_asked_for_with_its_alarm_and_by_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = chosen(monkeypatch, Plane(Ticket(Answer.STARTED, "drill-1", "drill-1 starts")))
    for _ in range(2):
        assert main(["drill", "--no-follow", "--in-blackout"]) == exits.DONE
    first, second = plane.asked
    assert (first["alarm"], first["by"], first["in_blackout"]) == ("too", "jane", True)
    assert first["id"] != second["id"]


def test_the_alarms_way_alone_waits_until_it_has_arrived(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plane = chosen(monkeypatch, Plane(FIRED, ANSWERED))
    assert main(["drill", "--alarm-path", "--json"]) == exits.DONE
    said = json.loads(capsys.readouterr().out)
    name = f"drill-{plane.asked[0]['id']}"
    assert said == {"drill": name, "alarm": "shop-dev-green-errors", "delivery_seconds": 1.25}
    assert plane.asked[0]["alarm"] == "alone"
    assert plane.looks == [name, name]


def test_an_alarm_that_does_not_arrive_fails_and_says_where_to_look(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen(monkeypatch, Plane(FIRED, {"alarm": "shop-dev-green-errors"}))
    monkeypatch.setattr(drilling, "ANSWERED_SECONDS", 0.05)
    assert main(["drill", "--alarm-path"]) == exits.NOT_DONE
    assert "has not arrived within" in capsys.readouterr().err
