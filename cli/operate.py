"""The operator's commands: what they are called, what they take, and what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli import exits

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from cli.control import ControlRecord
    from cli.plane import Plane

    Adding = Callable[..., argparse.ArgumentParser]
    Command = Callable[[argparse.Namespace], int]

RUNS_SHOWN = 20


def add(commands: Adding) -> None:
    """Add every command. `commands` is `add_parser` of the place where they go."""
    deploy = _command(
        commands,
        "deploy",
        "apply the stacks, release what is configured, and follow it",
        _deploy,
        done="the release is promoted, or was live already",
        not_done="it was refused, or did not become the last known good release; what served before serves",
    )
    deploy.add_argument("--accept-degraded", action="store_true", help="release although alarms fire: it is the cure")
    deploy.add_argument("--auto-approve", action="store_true", help="apply the plans without being asked")
    _no_follow(deploy)
    _command(commands, "status", "what serves, what stands by, what is in progress", _status)
    runs = _command(commands, "runs", "list the control plane's runs, or show one's steps", _runs)
    runs.add_argument("run", nargs="?", metavar="RUN", help="this run alone, step by step")
    runs.add_argument("--follow", action="store_true", help="follow it to its end (without RUN: the one in progress)")
    runs.add_argument("--limit", type=int, default=RUNS_SHOWN, help=f"list so many, the newest first ({RUNS_SHOWN})")
    rollback = _command(
        commands,
        "rollback",
        "go back to the last known good release",
        _rollback,
        done="what was to serve again serves",
    )
    rollback.add_argument("--reason", default="", help="why; it is kept as evidence against the release")
    rollback.add_argument("--explain", action="store_true", help="say what would happen, and change nothing")
    rollback.add_argument("--yes", action="store_true", help="go back without being asked")
    _no_follow(rollback)
    for name, wish, help_ in (
        ("abort", "stop", "have the run in progress go back to what served before it"),
        ("pause", "pause", "have the release in progress wait where it is"),
        ("resume", "", "have the release in progress go on"),
    ):
        _command(commands, name, help_, _wish).set_defaults(wish=wish)
    drill = _command(
        commands,
        "drill",
        "bring the last known good release up beside what serves, check it, and take it down",
        _drill,
        done="the last known good release came up and answered",
    )
    _no_follow(drill)
    checkpoints = _command(commands, "checkpoints", "list the good releases that can be gone back to", _checkpoints)
    checkpoints.add_argument("key", nargs="?", metavar="KEY", help="this one alone, whole (its number is enough)")
    _quarantine(commands)
    flip = _command(
        commands,
        "flip",
        "break the glass: move all requests by hand, with nothing but the load balancer",
        _flip,
        done="the rule reads back as wanted",
    )
    flip.add_argument("--to", choices=["blue", "green"], help="this group (the one with less traffic)")
    flip.add_argument("--record", metavar="FILE", help="a control record (.lastgood/<app>-<environment>/control.json)")
    flip.add_argument("--force", action="store_true", help="also to the group with fewer healthy targets")
    flip.add_argument("--yes", action="store_true", help="flip without being asked")


def _quarantine(commands: Adding) -> None:
    help_ = "releases that are held back"
    ways = commands("quarantine", help=help_, description=f"{help_.capitalize()}.").add_subparsers(
        required=True, metavar="COMMAND"
    )
    listing = _command(ways.add_parser, "list", "list the releases that are held back", _quarantined)
    listing.add_argument("--all", action="store_true", help="those that were lifted too")
    for name, command, help_ in (
        ("show", _show_mark, "show why a release is held back, and by which run"),
        ("lift", _lift, "let a release be released again"),
    ):
        sub = _command(ways.add_parser, name, help_, command)
        sub.add_argument("release", metavar="RELEASE", help="its fingerprint, or the beginning of it")
        if command is _lift:
            sub.add_argument("--reason", required=True, help="why it may be released again; it is kept")


def _command(
    commands: Adding, name: str, help_: str, command: Command, *, done: str = "", not_done: str = ""
) -> argparse.ArgumentParser:
    """A command; `done` and `not_done` say what exit statuses 0 and 1 mean for it."""
    sub = commands(name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.", epilog=exits.epilog(done, not_done))
    sub.set_defaults(command=command)
    sub.add_argument("--json", action="store_true", help="one JSON line on standard output")
    return sub


def _no_follow(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--no-follow", action="store_true", help="return at once; `lastgood runs` shows how it went")


# Each command imports what it needs: `lastgood --help` waits for none of it.


def _record() -> ControlRecord:
    from cli.control import find  # noqa: PLC0415
    from cli.project import Project  # noqa: PLC0415

    return find(Project.chosen())


def _plane() -> Plane:
    from cli.plane import Plane  # noqa: PLC0415

    return Plane(_record())


def _deploy(arguments: argparse.Namespace) -> int:
    from cli import asking  # noqa: PLC0415
    from cli.deploying import deploy  # noqa: PLC0415
    from cli.progress import Progress  # noqa: PLC0415
    from cli.project import Project  # noqa: PLC0415
    from recovery.core.lease import Kind  # noqa: PLC0415

    done = deploy(
        Project.chosen(),
        Progress(),
        approved=arguments.auto_approve,
        accept_degraded=arguments.accept_degraded,
    )
    return asking.see_through(
        done.plane, done.ticket, Kind.RELEASE, followed=not arguments.no_follow, as_json=arguments.json
    )


def _rollback(arguments: argparse.Namespace) -> int:
    from cli import asking  # noqa: PLC0415
    from cli.errors import CommandError  # noqa: PLC0415
    from cli.output import confirm, show, show_json  # noqa: PLC0415
    from recovery.core.lease import Kind  # noqa: PLC0415

    plane = _plane()
    explained = plane.explain_rollback()
    if arguments.json and arguments.explain:
        show_json(explained.document())
    elif not arguments.json:
        show(*explained.lines())
    if arguments.explain:
        return exits.DONE
    if not explained.possible:
        raise CommandError(f"nothing was started: {explained.reason}")
    confirm("go back?", yes=arguments.yes, option="--yes")
    request = {"rollback": {"by": plane.desk.caller(), "reason": arguments.reason}}
    return asking.run(plane, request, Kind.ROLLBACK, followed=not arguments.no_follow, as_json=arguments.json)


def _flip(arguments: argparse.Namespace) -> int:
    from pathlib import Path  # noqa: PLC0415

    from cli.control import path, read  # noqa: PLC0415
    from cli.flip import flip  # noqa: PLC0415
    from cli.output import show, show_json  # noqa: PLC0415
    from cli.project import Project  # noqa: PLC0415
    from modules.naming import Naming  # noqa: PLC0415

    file = Path(arguments.record) if arguments.record else path(Naming.of(Project.chosen().settings()))
    flipped = flip(read(file), asked=arguments.to, force=arguments.force, yes=arguments.yes)
    if arguments.json:
        show_json(flipped.document())
    else:
        show(*flipped.lines())
    return exits.DONE if flipped.done else exits.NOT_DONE


def _status(arguments: argparse.Namespace) -> int:
    from cli.listing import marks  # noqa: PLC0415
    from cli.output import show, show_json  # noqa: PLC0415
    from cli.serving import Status  # noqa: PLC0415

    plane = _plane()
    status = Status.of(plane, marks(plane.store.all("mark")))
    if arguments.json:
        show_json(status.document())
    else:
        show(*status.lines())
    return exits.DONE


def _runs(arguments: argparse.Namespace) -> int:
    from cli.errors import CommandError  # noqa: PLC0415
    from cli.listing import RUN_COLUMNS, runs  # noqa: PLC0415
    from cli.output import rows, show, show_json  # noqa: PLC0415

    plane = _plane()
    run = arguments.run or (plane.store.lease().run if arguments.follow else None)
    if run:
        return _one_run(plane, run, arguments)
    if arguments.follow:
        raise CommandError("no run is in progress; name one to see it again")
    found = runs(plane.store.all("run"), arguments.limit)
    if arguments.json:
        show_json([one.document() for one in found])
    else:
        show(rows(RUN_COLUMNS, [one.row() for one in found]) if found else "there was no run yet")
    return exits.DONE


def _one_run(plane: Plane, run: str, arguments: argparse.Namespace) -> int:
    from cli import asking, display  # noqa: PLC0415
    from cli.following import follow, now  # noqa: PLC0415
    from cli.output import show, show_json  # noqa: PLC0415

    if arguments.follow:
        ended = follow(plane, run, display.chosen(as_json=arguments.json))
        asking.say_ended(plane, ended, as_json=arguments.json)
        return exits.DONE
    stands = now(plane, run)
    if arguments.json:
        show_json(stands.document())
    else:
        show(display.table(stands.timeline, stands.timeline.at), "", f"{run}: {stands.outcome}: {stands.reason}")
    return exits.DONE


def _wish(arguments: argparse.Namespace) -> int:
    from cli import asking  # noqa: PLC0415

    plane = _plane()
    request = {"wish": {"wish": arguments.wish, "by": plane.desk.caller()}}
    return asking.once(plane, request, as_json=arguments.json)


def _drill(arguments: argparse.Namespace) -> int:
    from cli import asking  # noqa: PLC0415
    from recovery.core.lease import Kind  # noqa: PLC0415

    plane = _plane()
    request = {"drill": {"by": plane.desk.caller()}}
    return asking.run(plane, request, Kind.DRILL, followed=not arguments.no_follow, as_json=arguments.json)


def _checkpoints(arguments: argparse.Namespace) -> int:
    from cli.errors import CommandError  # noqa: PLC0415
    from cli.listing import CHECKPOINT_COLUMNS, Kept  # noqa: PLC0415
    from cli.output import rows, show, show_json  # noqa: PLC0415

    plane = _plane()
    held_back = plane.store.held_back()
    found = [Kept.of(key, plane.archive.read(key), held_back) for key in plane.archive.keys()]  # noqa: SIM118 an archive is no dict
    if arguments.key is not None:
        chosen = next((one for one in found if one.goes_by(arguments.key)), None)
        if chosen is None:
            raise CommandError(f"{arguments.key}: no such checkpoint; `lastgood checkpoints` lists them")
        show_json({**chosen.document(), "content": chosen.content()})
    elif arguments.json:
        show_json([one.document() for one in found])
    else:
        none = "there is no checkpoint: no release was ever promoted"
        show(rows(CHECKPOINT_COLUMNS, [one.row() for one in found]) if found else none)
    return exits.DONE


def _quarantined(arguments: argparse.Namespace) -> int:
    from cli.listing import MARK_COLUMNS, mark_document, mark_row, marks  # noqa: PLC0415
    from cli.output import rows, show, show_json  # noqa: PLC0415

    found = [mark for mark in marks(_plane().store.all("mark")) if mark.holds or arguments.all]
    if arguments.json:
        show_json([mark_document(mark) for mark in found])
    else:
        show(rows(MARK_COLUMNS, [mark_row(mark) for mark in found]) if found else "no release is held back")
    return exits.DONE


def _show_mark(arguments: argparse.Namespace) -> int:
    from cli.listing import mark_document, marks, named  # noqa: PLC0415
    from cli.output import show, show_json  # noqa: PLC0415

    mark = mark_document(named(marks(_plane().store.all("mark")), arguments.release))
    if arguments.json:
        show_json(mark)
    else:
        show(*(f"{name:<12} {value}" for name, value in mark.items() if value not in ("", 0.0)))
    return exits.DONE


def _lift(arguments: argparse.Namespace) -> int:
    from cli import asking  # noqa: PLC0415
    from cli.listing import marks, named  # noqa: PLC0415

    plane = _plane()
    mark = named([one for one in marks(plane.store.all("mark")) if one.holds], arguments.release)
    by = f"{plane.desk.caller()}: {arguments.reason}"
    return asking.once(plane, {"lift": {"fingerprint": mark.fingerprint, "by": by}}, as_json=arguments.json)
