"""Ask the control plane for something, and follow the run that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli import display, endings, exits
from cli.errors import NotDoneError, UnansweredError
from cli.following import follow
from cli.output import SHORT, show, show_json
from recovery.core.observation import UnclearError
from recovery.core.submission import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cli.following import Followed
    from cli.plane import Plane
    from recovery.core.lease import Kind
    from recovery.core.submission import Ticket


def run(plane: Plane, request: Mapping[str, Any], asked: Kind, *, followed: bool, as_json: bool) -> int:
    """Ask for a run and follow it. The exit status. Raises NotDoneError, CutShortError, CommandError."""
    return see_through(plane, ask(plane, request), asked, followed=followed, as_json=as_json)


def ask(plane: Plane, request: Mapping[str, Any]) -> Ticket:
    """The answer. Raises UnansweredError on Ctrl-C: the request is out."""
    try:
        return plane.desk.ask(request)
    except KeyboardInterrupt:
        raise UnansweredError from None


def see_through(plane: Plane, ticket: Ticket, asked: Kind, *, followed: bool, as_json: bool) -> int:
    """Follow the run that a ticket names, if it names one, and say how it ended.

    Raises NotDoneError where nothing was to be done, StoppedFollowingError, LostSightError.
    """
    if ticket.answer in (Answer.IGNORED, Answer.REFUSED):
        raise NotDoneError(ticket.reason)
    if not ticket.run or not followed:
        say(ticket, as_json=as_json)
        return exits.DONE
    if not as_json:
        show(ticket.reason)
    ended = follow(plane, ticket.run, display.chosen(as_json=as_json))
    say_ended(plane, ended, as_json=as_json)
    return endings.status(asked, ended.outcome)


def once(plane: Plane, request: Mapping[str, Any], *, as_json: bool) -> int:
    """Ask for something that is done when it is answered. Raises NotDoneError where there was nothing to do it to."""
    ticket = ask(plane, request)
    if ticket.answer is Answer.IGNORED:
        raise NotDoneError(ticket.reason)
    say(ticket, as_json=as_json)
    return exits.DONE


def say(ticket: Ticket, *, as_json: bool) -> None:
    """The answer as it is."""
    if as_json:
        show_json({"answer": str(ticket.answer), "run": ticket.run or None, "reason": ticket.reason})
    else:
        show(ticket.reason)


def say_ended(plane: Plane, ended: Followed, *, as_json: bool) -> None:
    """How a run ended, and what serves now."""
    serves = serving(plane)
    if as_json:
        show_json({**ended.document(), **serves})
        return
    show(f"{ended.run}: {ended.outcome}: {ended.reason}")
    if serves["serving"]:
        show(f"now {serves['serving']} serves release {(serves['release'] or 'unknown')[:SHORT]}")
    else:
        show("now no group has traffic")


def serving(plane: Plane) -> dict[str, str | None]:
    """The colour that serves, and its release."""
    seen, _ = plane.look()
    try:
        colour = seen.serving()
    except UnclearError:
        return {"serving": None, "release": None}
    return {"serving": colour, "release": plane.fingerprints(seen)[colour] or None}
