"""`lastgood bound`: what it prints, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cli.__main__ import main
from tests.unit.bound.test_clocks import POLL
from tests.unit.bound.test_figures import DONE, LOOP, caught, choice, machine, task, wait, when

if TYPE_CHECKING:
    from pathlib import Path

TWO_ENDS = {
    "A": task(10, Next="Ok", Catch=[caught("Tell")]),
    "Tell": wait(5, Next="Bad"),
    "Ok": DONE,
    "Bad": {"Type": "Fail"},
}


def written(folder: Path, document: Any) -> str:
    file = folder / "any.asl.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return str(file)


def test_the_bound_and_its_path_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bound", written(tmp_path, machine(LOOP))]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "at most 50 s, to the end of Z",
        "seconds  state  why",
        "      5  Look   one call, up to 5 s",
        "     45  Look   3 repetitions of Look → ? → Pause → Count, 15 s each, counted by $.c.n",
        "on the path without taking time: Set, ?, Z",
    ]
    assert shown.err == ""


def test_other_ends_and_the_machine_s_own_timeout_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bound", written(tmp_path, machine(TWO_ENDS, TimeoutSeconds=12))]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[:2] == [
        "at most 15 s, to the end of Bad",
        "the machine's own TimeoutSeconds ends it after 12 s, wherever it stands by then",
    ]
    assert out[-1] == "other ends, at most: Ok 10 s"


def test_json_is_one_line_whose_path_adds_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, machine(TWO_ENDS))
    assert main(["bound", file, "--json"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert said == {
        "file": file,
        "bound_seconds": 15,
        "timeout_seconds": None,
        "end": "Bad",
        "path": [
            {"state": "A", "seconds": 10, "why": "one call, up to 10 s", "states": ["A"]},
            {"state": "Tell", "seconds": 5, "why": "waits", "states": ["Tell"]},
            {"state": "Bad", "seconds": 0, "why": "takes no time", "states": ["Bad"]},
        ],
        "ends": {"Ok": 10, "Bad": 15},
    }


def test_what_the_definition_leaves_open_can_be_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, machine({"A=1": {"Type": "Wait", "SecondsPath": "$.s", "End": True}}))
    assert main(["bound", file, "--at-most", "A=1=300"]) == 0
    assert capsys.readouterr().out.startswith("at most 300 s (5 min), to the end of A=1\n")


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "cannot be read (No such file or directory)"),
        ('{"StartAt": ', "is not JSON: Expecting value in line 1, column 13"),
        ("[" * 100_000, "is JSON that cannot be read: "),
        ("{}", "no States: a state machine is an object with StartAt and States"),
        ('{"States": {"A": {"Type": "Succeed"}}}', "no StartAt: it names the first state"),
        (machine({"A": task(1, Next="B")}), "A: Next: 'B' is no state"),
        (
            machine({"A": {"Type": "Task", "Resource": "r", "End": True}}),
            "A: no TimeoutSeconds, so a call may take 99999999 s; ",
        ),
    ],
)
def test_what_has_no_bound_is_a_line_and_status_2(document: Any, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    file = str(tmp_path / "none.json") if document is None else written(tmp_path, document)
    assert main(["bound", file, "--json"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"{file}: {said}")
    assert len(shown.err.splitlines()) == 1


def test_each_problem_has_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, machine({"A": task(1, Next="B"), "C": {"Type": "Pass"}}))
    assert main(["bound", file]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.removeprefix(f"{file}: ").partition(":")[0] for line in lines] == ["A", "C"]


def test_a_file_that_is_no_text_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "image").write_bytes(b"\xff\xfe\x00")
    assert main(["bound", str(tmp_path / "image")]) == 2
    assert capsys.readouterr().err == f"{tmp_path / 'image'}: is not UTF-8 text\n"


def test_a_clock_can_be_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, machine(POLL))
    assert main(["bound", file]) == 2
    assert "--clock '$.by=STATE+SECONDS'" in capsys.readouterr().err
    assert main(["bound", file, "--clock", "$.by=Look+60"]) == 0
    assert capsys.readouterr().out.startswith("at most 185 s (3 min), to the end of Late\n")
    assert main(["bound", file, "--clock", "$.by=+60"]) == 0
    assert capsys.readouterr().out.startswith("at most 175 s (3 min), to the end of Late\n")


def test_a_part_of_a_machine_has_its_own_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # B takes 20 s where $.p is b, and another 40 s where $.q is true; A, tried and caught, takes 5 s.
    states = {
        "A": task(5, Next="?", Catch=[caught("Told")]),
        "?": choice(when("B", "$.p", StringEquals="b"), otherwise="Ok"),
        "B": wait(20, Next="More?"),
        "More?": choice(when("C", "$.q", BooleanEquals=True), otherwise="Ok"),
        "C": wait(40, Next="Ok"),
        "Told": wait(500, Next="Ok"),
        "Ok": DONE,
    }
    file = written(tmp_path, machine(states))

    def figure(*options: str) -> str:
        assert main(["bound", file, *options]) == 0
        return capsys.readouterr().out.splitlines()[0]

    assert figure() == "at most 505 s (8 min), to the end of Ok"
    assert figure("--no-errors") == "at most 65 s, to the end of Ok"
    assert figure("--no-errors", "--given", "$.p=b", "--given", "$.q=false") == "at most 25 s, to the end of Ok"
    assert figure("--no-errors", "--given", "$.p=a") == "at most 5 s, to the end of Ok"
    assert figure("--no-errors", "--given", "$.p=b", "--until", "C") == "at most 25 s, to the end of C"


def test_each_state_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, machine({**LOOP, "Never": wait(1, Next="Z")}))
    assert main(["bound", file, "--explain"]) == 0
    assert capsys.readouterr().out.splitlines()[5:] == [
        "ends by  state  why",
        "      0  Set    on the longest path",
        "     50  Look   on the longest path",
        "     50  ?      on the longest path; $.c.n 3: one more, and the bound rises by 15 s",
        "     50  Pause  on the longest path",
        "     50  Count  on the longest path",
        "     50  Z      on the longest path",
        "         Never  not reached",
    ]
    assert main(["bound", file, "--explain", "--json"]) == 0
    states = json.loads(capsys.readouterr().out)["states"]
    assert states[0] == {
        "state": "Set",
        "latest_seconds": 0,
        "on_path": True,
        "why": "on the longest path",
        "counts": [],
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--clock", "by=A+1"],
            "--clock 'by=A+1': has to be PATH=STATE+SECONDS: a whole number of seconds after the state, ",
        ),
        (["--clock", "$.by=A"], "--clock '$.by=A': has to be PATH=STATE+SECONDS: "),
        (["--clock", "$.by"], "--clock '$.by': has to be PATH=STATE+SECONDS: "),
        (["--given", "p=a"], "--given 'p=a': has to be PATH=VALUE"),
        (["--given", "$.p"], "--given '$.p': has to be PATH=VALUE"),
    ],
)
def test_what_is_told_otherwise_is_refused(options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    assert main(["bound", written(tmp_path, machine({"A": task(1)})), *options]) == 2
    assert capsys.readouterr().err.startswith(said)


@pytest.mark.parametrize("options", [["--clock", "$.by=B+1"], ["--until", "B"]])
def test_a_state_that_is_not_there_is_refused(options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    file = written(tmp_path, machine({"A": task(1)}))
    assert main(["bound", file, *options]) == 2
    assert capsys.readouterr().err.startswith(f"{file}: {options[0]} '")


@pytest.mark.parametrize("told", ["A", "A=", "=5", "A=-1", "A=1.5", "A=many"])
def test_what_is_told_otherwise_than_as_a_number_is_refused(told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    assert main(["bound", written(tmp_path, machine({"A": task(1)})), "--at-most", told]) == 2
    assert (
        capsys.readouterr().err == f"--at-most {told!r}: has to be STATE=NUMBER, a whole number of seconds or items\n"
    )
