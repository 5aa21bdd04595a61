"""Asking for a run and following it: to its end, through a net that is gone for a while, and until Ctrl-C."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from cli.__main__ import main
from cli.display import Lines
from cli.errors import CommandError, LostSightError, StoppedFollowingError
from cli.explaining import Explanation
from cli.following import follow
from recovery.core.submission import Answer, Ticket
from recovery.errors import AwsBusyError
from tests.unit.cli.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cli.plane import Plane

RUN = "rollback-abc-1"
EVENTS = [
    {
        "type": "TaskStateEntered",
        "timestamp": datetime.fromtimestamp(second, UTC),
        "stateEnteredEventDetails": {"name": name},
    }
    for second, name in ((0, "Acquire"), (5, "Load"), (6, "Restored"))
]


@dataclass
class History:
    """Answers, or fails, as it is told: once each, the last for ever."""

    statuses: Sequence[str | BaseException]
    asked: int = 0

    def status(self) -> str:
        answer = self.statuses[min(self.asked, len(self.statuses) - 1)]
        self.asked += 1
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def events(self) -> list[Mapping[str, Any]]:
        return [*EVENTS]


@dataclass
class Desk:
    """Writes down what it is asked."""

    answer: Ticket | BaseException
    asked: list[Mapping[str, Any]] = field(default_factory=list[Any])

    def caller(self) -> str:
        return "jane"

    def ask(self, request: Mapping[str, Any]) -> Ticket:
        self.asked.append(request)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


WARM = Explanation(True, "release a", "warm", "it stands by", serves="b" * 64)


class Settings:
    rules = RULES


class Store:
    def get(self, _kind: str, name: str) -> Mapping[str, Any]:
        return {"outcome": "Restored", "reason": f"{name} is over"}


@dataclass
class FakePlane:
    """A plane whose one run is `history`."""

    desk: Desk = field(default_factory=lambda: Desk(Ticket(Answer.STARTED, RUN, "asked for by jane")))
    statuses: Sequence[str | BaseException] = ("RUNNING", "RUNNING", "SUCCEEDED")
    explanation: Explanation | BaseException = WARM
    name: str = "shop-dev"
    settings: Settings = field(default_factory=Settings)
    store: Store = field(default_factory=Store)

    def history(self, _run: str) -> History:
        return History(self.statuses)

    def explain_rollback(self) -> Explanation:
        if isinstance(self.explanation, BaseException):
            raise self.explanation
        return self.explanation


def serves_a(_plane: object) -> dict[str, str]:
    return {"serving": "blue", "release": "a" * 64}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.following.LOOK_SECONDS", 0.0)
    monkeypatch.setattr("cli.asking.serving", serves_a)


def followed(plane: FakePlane) -> tuple[str, list[str]]:
    """The outcome, and the lines that a log gets."""
    chosen: Any = plane
    shown = io.StringIO()
    return follow(chosen, RUN, Lines(shown)).outcome, shown.getvalue().splitlines()


def chosen(plane: FakePlane, monkeypatch: pytest.MonkeyPatch) -> FakePlane:
    """What the environment chooses."""

    def at_hand(_cls: type[Plane]) -> FakePlane:
        return plane

    monkeypatch.setattr("cli.plane.Plane.chosen", classmethod(at_hand))
    return plane


def test_a_run_is_followed_through_a_net_that_is_gone_for_a_while() -> None:
    gone = AwsBusyError("EndpointConnectionError")
    outcome, lines = followed(FakePlane(statuses=("RUNNING", gone, gone, "RUNNING", gone, "SUCCEEDED")))
    assert outcome == "Restored"
    assert [line for line in lines if "trying on" in line] == [
        "it cannot be seen for the moment (EndpointConnectionError); trying on"
    ] * 2
    assert [line.split()[2] for line in lines if " s  " in line] == ["Acquire", "Load"]


def test_a_run_that_cannot_be_seen_any_more_is_said_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.following.PATIENCE_SECONDS", -1.0)
    with pytest.raises(LostSightError, match=f"{RUN} goes on; follow it again: lastgood runs {RUN} --follow"):
        followed(FakePlane(statuses=("RUNNING", AwsBusyError("no net"))))


def test_a_run_that_was_never_there_is_not_said_to_go_on() -> None:
    with pytest.raises(CommandError, match="no such run"):
        followed(FakePlane(statuses=(CommandError("x: no such run"),)))


def test_ctrl_c_ends_the_following_and_says_that_the_run_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(StoppedFollowingError):
        followed(FakePlane(statuses=("RUNNING", KeyboardInterrupt())))
    chosen(FakePlane(statuses=("RUNNING", KeyboardInterrupt())), monkeypatch)
    assert main(["rollback", "--yes", "--json"]) == 130
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"not followed any more. {RUN} goes on; follow it again: lastgood runs {RUN} --follow\n"


def test_ctrl_c_before_the_answer_says_that_a_run_may_be_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen(FakePlane(desk=Desk(KeyboardInterrupt())), monkeypatch)
    assert main(["drill"]) == 130
    said = capsys.readouterr().err
    assert "a run may be on: lastgood status" in said
    assert "nothing of it is left running" not in said


# Going back


def test_a_rollback_says_what_it_would_do_and_names_what_was_seen_serving(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plane = chosen(FakePlane(), monkeypatch)
    assert main(["rollback", "--yes", "--reason", "it errs"]) == 0
    assert plane.desk.asked == [{"rollback": {"by": "jane", "reason": "it errs", "of": "b" * 64}}]
    said = capsys.readouterr()
    assert said.out.startswith("goes back to    release a\n")
    assert said.out.endswith(f"{RUN}: Restored: {RUN} is over\nnow blue serves release aaaaaaaaaaaa\n")
    assert f"following {RUN}" in said.err


def test_a_rollback_does_not_depend_on_being_able_to_say_what_it_would_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plane = chosen(FakePlane(explanation=AwsBusyError("S3 is away")), monkeypatch)
    assert main(["rollback", "--yes", "--json"]) == 0
    assert [one["rollback"]["of"] for one in plane.desk.asked] == [""]
    said = capsys.readouterr()
    assert said.err == "what it would do cannot be told: S3 is away\n"
    assert json.loads(said.out)["outcome"] == "Restored"
    assert main(["rollback", "--explain"]) == 2


def test_a_rollback_that_nobody_answers_to_names_the_way_by_hand(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen(FakePlane(desk=Desk(CommandError("AWS cannot be reached: x"))), monkeypatch)
    assert main(["rollback", "--yes", "--json"]) == 2
    assert re.fullmatch(r"AWS cannot be reached: x\. .*`lastgood flip`.*\n", capsys.readouterr().err)


def test_a_rollback_that_can_only_page_is_not_started(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plane = chosen(FakePlane(explanation=Explanation(False, "nothing", "not at all", "no checkpoint")), monkeypatch)
    assert main(["rollback", "--yes", "--json"]) == 2
    assert plane.desk.asked == []
    assert capsys.readouterr().err == "nothing was started: no checkpoint\n"


def test_a_rollback_of_what_does_not_serve_any_more_is_not_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen(FakePlane(desk=Desk(Ticket(Answer.IGNORED, "", "release b does not serve any more"))), monkeypatch)
    assert main(["rollback", "--yes", "--json"]) == 1
    assert capsys.readouterr().err == "release b does not serve any more\n"


@pytest.mark.parametrize(("command", "wish"), [("abort", "stop"), ("pause", "pause"), ("resume", "")])
def test_a_run_can_be_named_so_that_no_other_one_is_steered(
    command: str, wish: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plane = chosen(FakePlane(desk=Desk(Ticket(Answer.JOINED, RUN, "it is"))), monkeypatch)
    assert main([command, RUN, "--json"]) == 0
    assert main([command]) == 0
    assert [one["wish"] for one in plane.desk.asked] == [
        {"wish": wish, "by": "jane", "run": RUN},
        {"wish": wish, "by": "jane", "run": ""},
    ]
    assert capsys.readouterr().out.endswith("\nit is\n")
