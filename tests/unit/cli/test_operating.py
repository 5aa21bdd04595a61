"""What an operator is told, and which exit status it has: decided without AWS."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from cli import endings
from cli.__main__ import main
from cli.asking import once, see_through
from cli.aws_desk import ticket, who
from cli.confirming import confirm
from cli.deploying import refusal, submission, summary
from cli.errors import CommandError, NotDoneError, StoppedFollowingError
from cli.explaining import choose, explain
from cli.following import ended
from cli.listing import Kept, marks, named, runs
from cli.serving import Status
from cli.timeline import timeline
from recovery.core.checkpoint import Capacity, Checkpoint
from recovery.core.fingerprint import fingerprint
from recovery.core.incident import Alarm
from recovery.core.lease import Kind, Lease
from recovery.core.loading import Head
from recovery.core.observation import Group, Instance, Observation
from recovery.core.protocol import Ending
from recovery.core.quarantine import Level, Mark
from recovery.core.records import mark_item
from recovery.core.release import Release
from recovery.core.submission import Answer, Ticket
from tests.unit.cli.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cli.plane import Plane

NOW = 1_000_000.0


def release(version: int) -> Release:
    content: dict[str, object] = {"user_data": f"v{version}"}
    return Release("lt-1", version, fingerprint(content), content)


def checkpoint(number: int, version: int) -> Checkpoint:
    sizes = Capacity(2, 2, 4)
    return Checkpoint(number, release(version), "blue", sizes, {"blue": 100, "green": 0}, "", "", {}, "run-1", NOW)


def group(colour: str, version: int, instances: int) -> Group:
    running = tuple(
        Instance(f"i-{colour}{number}", f"zone-{number % 2}", "lt-1", version, True, True)
        for number in range(instances)
    )
    return Group(colour, "lt-1", version, (), instances, instances, 4, ("zone-0", "zone-1"), instances=running)


def seen(blue: Group, green: Group, /, **weights: int) -> Observation:
    return Observation(NOW, weights or {"blue": 100, "green": 0}, {"blue": blue, "green": green})


# Exit statuses


@pytest.mark.parametrize("asked", [Kind.RELEASE, Kind.ROLLBACK, Kind.DRILL])
@pytest.mark.parametrize("ending", list(Ending))
def test_only_what_was_asked_for_is_done(asked: Kind, ending: Ending) -> None:
    wanted = {
        (Kind.RELEASE, Ending.PROMOTED),
        (Kind.RELEASE, Ending.SETTLED),
        (Kind.ROLLBACK, Ending.RESTORED),
        (Kind.DRILL, Ending.READY),
    }
    assert endings.status(asked, ending) == (0 if (asked, ending) in wanted else 1)


@pytest.mark.parametrize(
    ("error", "status"), [(NotDoneError("refused: no"), 1), (StoppedFollowingError("release-1"), 130)]
)
def test_a_refusal_and_a_ctrl_c_are_one_line(
    error: Exception, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("cli.doctor.examine", fail)
    assert main(["doctor"]) == status
    said = capsys.readouterr().err
    assert said == f"{error}\n"
    assert status == 1 or "lastgood runs release-1 --follow" in said


# The desk's answers


def test_a_refused_request_is_its_reason_in_one_line() -> None:
    with pytest.raises(NotDoneError, match=r"^refused: this release is quarantined$"):
        ticket({"errorType": "RefusedError", "errorMessage": "this release is quarantined"}, failed=True)
    with pytest.raises(NotDoneError, match="the submit function failed: KeyError: 'x'"):
        ticket({"errorType": "KeyError", "errorMessage": "'x'"}, failed=True)
    assert ticket({"answer": "joined", "run": "a", "reason": "b"}, failed=False) == Ticket(Answer.JOINED, "a", "b")


def test_a_caller_is_the_last_part_of_the_arn() -> None:
    assert who("arn:aws:sts::111111111111:assumed-role/operator/jane@example.org") == "jane@example.org"
    assert who("arn:aws:iam::111111111111:root") == "root"


class Desk:
    def __init__(self, answer: Ticket) -> None:
        self._answer = answer

    def ask(self, _request: Mapping[str, Any]) -> Ticket:
        return self._answer


class AtDesk:
    def __init__(self, answer: Ticket) -> None:
        self.desk = Desk(answer)


def at_desk(answer: Ticket) -> Plane:
    plane: Any = AtDesk(answer)
    return plane


def test_a_wish_without_a_run_is_not_done(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NotDoneError, match="no run is in progress"):
        once(at_desk(Ticket(Answer.IGNORED, "", "no run is in progress")), {}, as_json=True)
    paused = at_desk(Ticket(Answer.JOINED, "release-1", "release-1 is paused"))
    assert once(paused, {}, as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == {
        "answer": "joined",
        "run": "release-1",
        "reason": "release-1 is paused",
    }


def test_a_release_that_is_live_already_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    live = Ticket(Answer.ALREADY_LIVE, "", "this release serves already")
    assert see_through(at_desk(live), live, Kind.RELEASE, followed=True, as_json=False) == 0
    assert capsys.readouterr().out == "this release serves already\n"


# A run's steps


def state(name: str, at: int) -> dict[str, Any]:
    return {"type": "TaskStateEntered", "timestamp": moment(at), "stateEnteredEventDetails": {"name": name}}


def answered(at: int, **answer: str) -> dict[str, Any]:
    output = {"output": json.dumps(answer)}
    return {"type": "LambdaFunctionSucceeded", "timestamp": moment(at), "lambdaFunctionSucceededEventDetails": output}


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


NAMES = frozenset({"Acquire", "Bake", "Return"})


def test_a_step_that_looks_again_and_again_is_one_entry() -> None:
    events = [
        state("Acquire", 0),
        answered(1, go="on", reason="nobody holds the lease"),
        state("Bake", 2),
        answered(3, go="wait", reason="1 minute"),
        state("BakePause", 3),
        state("Bake", 13),
        answered(14, go="fail", reason="errors 40 over 5"),
        state("Return", 15),
    ]
    found = timeline(events, NAMES)
    told = [(entry.step, entry.seconds(20), entry.looks, entry.says) for entry in found.entries]
    assert told == [
        ("Acquire", 2, 1, "nobody holds the lease"),
        ("Bake", 13, 2, "errors 40 over 5"),
        ("Return", 5, 1, ""),
    ]
    assert found.ending == ""


def test_a_run_without_a_record_tells_its_end_from_its_history() -> None:
    events = [state("Acquire", 0), answered(1, go="joined", reason="a is at it", joined="a"), state("Joined", 2)]
    found = timeline(events, NAMES)
    assert (found.joined, found.entries[-1].seconds(99)) == ("a", 2)
    assert ended("b", "SUCCEEDED", found, {}).outcome == "Joined"
    assert ended("b", "SUCCEEDED", found, {"outcome": "Promoted", "reason": "good"}).reason == "good"


def test_a_run_that_was_killed_stands_still() -> None:
    events = [state("Acquire", 0), state("Bake", 2), {"type": "ExecutionAborted", "timestamp": moment(9)}]
    found = timeline(events, NAMES)
    assert (found.ending, found.entries[-1].seconds(99)) == ("aborted", 7)
    assert ended("b", "ABORTED", found, {}).outcome == "aborted"


# Lists


def test_runs_are_listed_newest_first_and_one_that_goes_on_says_where_it_is() -> None:
    items = [
        {"sk": "old", "started_at": "10.0", "ended_at": "25.5", "outcome": "Promoted", "target": "a" * 64},
        {"sk": "new", "started_at": "30.0", "step": "Bake", "cause": "submitted"},
    ]
    found = runs(items, 20)
    assert [one.run for one in found] == ["new", "old"]
    assert str(found[0].row()[3]) == "at Bake"
    assert found[1].document()["seconds"] == 15.5
    assert runs(items, 1) == found[:1]


def test_a_checkpoint_says_why_it_cannot_be_used() -> None:
    good = checkpoint(3, 7)
    assert Kept.of(good.key, good.text(), ()).document()["usable"]
    assert Kept.of(good.key, good.text().replace("v7", "v8"), ()).why_not == "its content does not match its checksum"
    assert Kept.of(good.key, good.text(), {good.release.fingerprint}).why_not == "its release is quarantined"
    assert Kept.of("checkpoints/other.json", good.text(), ()).why_not.startswith("it is checkpoints/00000003-")
    assert Kept.of("broken", None, ()).row()[1] == "broken"
    assert Kept.of(good.key, good.text(), ()).goes_by("3")


def test_the_beginning_of_a_fingerprint_is_enough_while_it_is_clear() -> None:
    items = [mark_item(Mark(f, Level.BAD, "errors", "run-1", at)) for f, at in (("abc1", 1.0), ("abd2", 2.0))]
    found = marks(items)
    assert [one.fingerprint for one in found] == ["abd2", "abc1"]
    assert named(found, "abc").fingerprint == "abc1"
    with pytest.raises(CommandError, match="2 quarantined releases begin so"):
        named(found, "ab")
    for nothing in ("x", ""):
        with pytest.raises(CommandError, match="no release that begins so"):
            named(found, nothing)


# Status


def status(now: Observation, **known: Any) -> Status:
    fingerprints = {"blue": release(1).fingerprint, "green": ""}
    nothing: dict[str, Any] = {
        "head": None,
        "marks": [],
        "held": Lease(1),
        "run": {},
        "followed_flip": "",
        "alarms": [],
    }
    return Status(seen=now, fingerprints=fingerprints, **(nothing | known))


def shown(of: Status) -> list[str]:
    return [str(line) for line in of.lines()]


def test_status_warns_while_there_is_nothing_to_go_back_to() -> None:
    now = seen(group("blue", 1, 2), group("green", 2, 0))
    assert any("NO RELEASE WAS EVER PROMOTED" in line for line in shown(status(now)))
    known = status(now, head=Head("checkpoints/1", 1, "f" * 64, NOW - 7200))
    lines = shown(known)
    assert not any("NO RELEASE" in line for line in lines)
    assert "last promotion  checkpoint 1, release ffffffffffff, 2 h ago" in lines
    assert lines[0].startswith("blue serves version 1")
    assert known.document()["groups"]["blue"]["healthy"] == 2


def test_status_names_what_is_wrong() -> None:
    now = replace(seen(group("blue", 1, 2), replace(group("green", 2, 0), trouble="no capacity")), flip="9 jane")
    lines = shown(
        status(
            now,
            marks=[Mark("b" * 64, Level.BAD, "errors 40", "run-1", NOW)],
            alarms=[Alarm("blue-errors", "blue", "ALARM", NOW, "too many"), Alarm("blue-latency", "blue", "OK", NOW)],
            held=Lease(2, "release-1", Kind.RELEASE, "x", NOW - 1),
            run={"step": "Bake"},
        )
    )
    text = "\n".join(lines)
    assert "held back       release bbbbbbbbbbbb (bad): errors 40" in text
    assert "alarm           blue-errors" in text
    assert "blue-latency" not in text
    assert "launches in green fail: no capacity" in text
    assert "traffic was moved (9 jane)" in text
    assert "release-1 in Bake (its lease has expired" in text


def test_status_says_so_when_nothing_has_traffic() -> None:
    dark = status(seen(group("blue", 1, 2), group("green", 2, 0), blue=0, green=0))
    assert shown(dark)[0].startswith("NO GROUP HAS TRAFFIC")
    assert dark.document()["serving"] is None


# Explaining a rollback

HELD = Lease(1)


def explained(now: Observation, held: Lease = HELD, *texts: Checkpoint, serving: int = 2) -> Any:
    serves = release(serving).fingerprint
    return explain(now, held, choose({one.key: one.text() for one in texts}, (), serves), serves, RULES)


def test_a_warm_rollback_moves_traffic_and_nothing_else() -> None:
    now = seen(group("blue", 1, 2), group("green", 2, 2), blue=0, green=100)
    found = explained(now, HELD, checkpoint(1, 1), checkpoint(2, 2))
    assert found.possible
    assert found.how.startswith("warm")
    assert found.serves == release(2).fingerprint
    assert "checkpoint 1, version 1" in found.target
    assert found.calls == ("elasticloadbalancing:ModifyRule: weights blue 100, green 0",)


def test_a_cold_rollback_launches_as_many_as_serve_first() -> None:
    now = seen(group("blue", 1, 0), group("green", 2, 3), blue=0, green=100)
    found = explained(now, HELD, checkpoint(1, 1))
    assert found.how.startswith("cold")
    assert "autoscaling:UpdateAutoScalingGroup: blue: version 1, min 3, desired 3" in found.calls
    assert found.calls[-1] == "elasticloadbalancing:ModifyRule: weights blue 100, green 0"


def test_without_a_good_checkpoint_a_rollback_is_not_possible() -> None:
    now = seen(group("blue", 1, 0), group("green", 2, 3), blue=0, green=100)
    found = explained(now, HELD, checkpoint(2, 2))
    assert not found.possible
    assert "00000002" in found.reason
    assert "it serves now" in found.reason


def test_a_release_in_progress_returns_instead_even_without_a_checkpoint() -> None:
    now = seen(group("blue", 1, 2), group("green", 2, 2))
    found = explained(now, Lease(2, "release-1", Kind.RELEASE, "x", NOW + 60))
    assert (found.possible, found.how) == (True, "release-1 is told to return")
    assert not explained(now, Lease(2, "release-1", Kind.RELEASE, "x", NOW - 60)).possible


# Deploying


def test_a_plan_is_shown_by_what_changes() -> None:
    def one(address: str, *actions: str) -> dict[str, Any]:
        return {"address": address, "change": {"actions": list(actions)}}

    plan = {"resource_changes": [one("a", "no-op"), one("b", "create"), one("c", "delete", "create"), one("d", "read")]}
    assert summary("service", plan) == ["service: 1 to create, 1 to replace", "  create   b", "  replace  c"]
    assert summary("service", {"resource_changes": [one("a", "no-op")]}) == []
    assert summary("service", {}) == []


def test_the_release_is_what_the_service_s_outputs_say() -> None:
    record = {"template_id": "lt-1", "template_version": "7"}
    outputs = {"record": record, "fingerprint": release(7).fingerprint, "release": dict(release(7).content)}
    assert Release.of(submission(outputs, reversible=False)) == replace(release(7), reversible=False)


TERRAFORM_SAYS = """
╷
│ Error: invoking Lambda Function (shop-dev-submit): Lambda function (shop-dev-submit) returned error:
│ ({"errorMessage": "this release is quarantined (bad): it said \\"no\\" in
│ 2 of 3 minutes", "errorType": "RefusedError", "stackTrace": ["  File a"]})
╵
"""


def test_a_refusal_inside_of_terraform_s_output_is_found() -> None:
    assert refusal(TERRAFORM_SAYS) == 'this release is quarantined (bad): it said "no" in 2 of 3 minutes'
    assert refusal(TERRAFORM_SAYS.replace("RefusedError", "KeyError")) is None
    assert refusal("Error: AccessDenied") is None


# Questions


def test_without_a_terminal_the_option_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(CommandError, match="say --yes"):
        confirm("go back?", yes=False, option="--yes")
    confirm("go back?", yes=True, option="--yes")
