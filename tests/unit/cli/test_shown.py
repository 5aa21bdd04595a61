"""What a terminal shows, and what a file or another program gets instead."""

from __future__ import annotations

import io
import re
import sys
from typing import TYPE_CHECKING

import pytest

from cli import display
from cli.output import show
from cli.rows import Rows, Styled
from cli.screen import draw
from cli.timeline import Entry, Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.rows import Line

RUN = "rollback-0123456789abcdef-12"
LONG = "the error rate was 41 % in 3 of 3 minutes, and the other group's was 0 % in the same three minutes; " * 4
TABLE = Rows(("run", "outcome", "reason"), [(RUN, Styled("Restored", "green"), LONG), ("r-2", "at Bake", "a [b] c\nd")])
DRAWN = re.compile(r"[─━│\x1b]")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """120 columns wide and 24 lines high."""
    for name, value in (("TERM", "xterm"), ("COLUMNS", "120"), ("LINES", "24")):
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    return Terminal()


@pytest.fixture
def show_there(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """`show` with that terminal as standard output. What it has shown."""

    def shown(*lines: Line) -> str:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", terminal)
            show(*lines)
        return terminal.getvalue()

    return shown


def test_a_program_gets_a_line_a_row_aligned_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    show(TABLE)
    shown = capsys.readouterr().out
    header, first, second = shown.splitlines()
    assert first == f"{RUN}  Restored  {LONG}".rstrip()
    assert header.index("outcome") == first.index("Restored") == second.index("at Bake")
    assert second.endswith("a [b] c d")
    assert not DRAWN.search(shown)


def test_a_terminal_gets_a_table_in_colour(show_there: Callable[..., str]) -> None:
    shown = show_there(TABLE, "plain [b]text[/b]")
    assert DRAWN.search(shown)
    assert "\x1b[32mRestored" in shown
    assert RUN in shown
    assert "a [b] c" in shown
    assert "plain [b]text[/b]" in shown
    assert max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in shown.splitlines()) <= 120


def test_no_color_is_honoured(show_there: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    shown = show_there(TABLE)
    assert "Restored" in shown
    assert not re.search(r"\x1b\[[\d;]*3\d", shown)


def test_a_terminal_that_cannot_move_its_cursor_gets_plain_lines(
    terminal: Terminal, show_there: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    shown = show_there(TABLE)
    assert RUN in shown
    assert not DRAWN.search(shown)
    assert isinstance(display.chosen(as_json=False, stream=terminal), display.Lines)


def test_a_narrow_terminal_cuts_no_name_off(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    draw(terminal, TABLE)
    assert RUN in terminal.getvalue()
    assert LONG.strip() in terminal.getvalue()


def test_a_table_that_fits_as_it_is_is_drawn_however_short_its_last_column(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "14")
    draw(terminal, Rows(("group", "n"), [("blue", "2")]))
    assert DRAWN.search(terminal.getvalue())


def test_a_long_line_is_left_to_the_terminal_to_break(terminal: Terminal) -> None:
    draw(terminal, LONG.strip())
    assert terminal.getvalue() == f"{LONG.strip()}\n"


# A run that is followed

NOW = 1000.0


def run(steps: int) -> Timeline:
    """A run that stands in its last step, which it entered ten seconds ago."""
    done = [Entry(f"Step{number}", 0.0, 5.0, "it is so") for number in range(steps - 1)]
    return Timeline((*done, Entry(f"Step{steps - 1}", NOW - 10)), at=NOW - 10)


def test_a_log_gets_each_step_once_when_it_is_done() -> None:
    stream = io.StringIO()
    with display.chosen(as_json=False, stream=stream) as shown:
        shown.begin("release-1")
        for steps in (1, 2, 2, 3):
            shown.show(run(steps))
    lines = stream.getvalue().splitlines()
    assert lines[0] == "following release-1; Ctrl-C stops following, not the run"
    assert [line.split()[2] for line in lines[1:]] == ["Step0", "Step1"]


def test_a_log_gets_a_trouble_once() -> None:
    stream = io.StringIO()
    with display.Lines(stream) as shown:
        for why in ("no net", "no net", "", "no net"):
            shown.trouble(why)
    assert stream.getvalue() == "it cannot be seen for the moment (no net); trying on\n" * 2


def frames(shown: str) -> list[str]:
    """What was drawn each time, without escapes."""
    return [re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", frame) for frame in re.split(r"(?:\x1b\[1A\x1b\[2K)+", shown)]


def test_a_terminal_shows_the_step_that_the_run_stands_in_and_all_of_them_in_the_end(terminal: Terminal) -> None:
    screen = display.Screen(terminal, lambda: NOW)
    with screen:
        screen.begin("release-1")
        screen.show(run(40))
        screen.trouble("no net")
        during = terminal.getvalue()
        screen.trouble("")
    assert "following release-1" in during
    last = frames(during)[-1]
    last = last[last.index("seconds") :]
    assert re.search(r"10\.0 +Step39 +…", last)
    assert "Step0 " not in last
    assert "no net" in last
    assert len(last.splitlines()) <= 24
    assert all(f"Step{number} " in frames(terminal.getvalue())[-1] for number in range(40))
    assert terminal.getvalue().endswith("\x1b[?25h")


def test_a_program_that_waits_for_json_sees_nothing_before_it() -> None:
    stream = Terminal()
    with display.chosen(as_json=True, stream=stream) as shown:
        shown.begin("release-1")
        shown.show(run(3))
        shown.trouble("no net")
    assert stream.getvalue() == ""
