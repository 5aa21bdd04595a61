"""`lastgood bound` of an environment: synthesizes its stacks, and shows what is proven of them."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import exits
from cli.errors import CommandError
from cli.guaranteeing import guarantees
from cli.measured import lines as measured_lines
from cli.measured import measured, violated
from cli.output import show, show_json
from cli.project import Project
from cli.rows import Rows
from modules.bound import UnboundError
from modules.bound.rows import number
from modules.proof import SynthesizedError, deployed, prove
from modules.proof.segments import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from fractions import Fraction

    from cli.rows import Line
    from modules.proof import Case, Deployed, Proof


def shown(environment: str | None, *, explain: bool, against_records: bool, as_json: bool) -> int:
    """Show the proof of an environment; the exit status."""
    project = Project.chosen()
    project = replace(project, environment=environment) if environment else project
    stacks = synthesized(project)
    proof = prove_of(project, stacks)
    found = measured(proof.assumptions, stacks, records(project.environment)) if against_records else ()
    if as_json:
        seen = {"measured": [one.json() for one in found]} if against_records else {}
        show_json({"environment": project.environment, **proof.json(), **seen})
    else:
        show(*lines(proof, explain=explain), *(measured_lines(found, proof.assumptions) if against_records else ()))
    return exits.NOT_DONE if violated(found) else exits.DONE


def records(environment: str) -> list[Mapping[str, Any]]:
    """Of all its runs, and of its drills' alarms. Raises CommandError."""
    from cli.plane import Plane  # noqa: PLC0415 nothing else here asks anything of AWS

    store = Plane.chosen(environment).store
    return [*store.all("run"), *store.all("drill")]


def guaranteed(environment: str | None, *, as_json: bool) -> int:
    """Show what can be said of an environment; the exit status."""
    project = Project.chosen()
    project = replace(project, environment=environment) if environment else project
    sections = guarantees(project.settings(), proven(project))
    if as_json:
        show_json({"environment": project.environment, "guarantees": [one.json() for one in sections]})
    else:
        for one in sections:
            show(f"{one.title}:", *(f"  - {text}" for text in one.says))
    return exits.DONE


def proven(project: Project) -> Proof:
    """Of what would be deployed now. Raises CommandError."""
    return prove_of(project, synthesized(project))


def prove_of(project: Project, stacks: Deployed) -> Proof:
    """Of its stacks. Raises CommandError."""
    try:
        return prove(stacks)
    except UnboundError as error:
        raise CommandError("\n".join(f"{project.file}: {problem}" for problem in error.problems)) from error


def synthesized(project: Project) -> Deployed:
    """What would be deployed now. Nothing of the project's own output is touched. Raises CommandError."""
    project.load()
    with tempfile.TemporaryDirectory() as folder:
        apart = replace(project, outdir=Path(folder))
        apart.synthesize()
        try:
            return deployed(apart.synthesized("service"), apart.synthesized("control_plane"))
        except SynthesizedError as error:
            raise CommandError("\n".join(f"{project.file}: {problem}" for problem in error.problems)) from error


def lines(proof: Proof, *, explain: bool) -> Iterator[Line]:
    """For people: the theorem, its clocks, its longest path, and what it rests on."""
    worst = proof.worst
    seconds, deadline = number(worst.seconds), proof.deadline_seconds
    yield (
        f"within {seconds} s of the first bad minute the last known good release serves, or a person was paged "
        f"(deadline {deadline} s{'' if seconds <= deadline else ': NOT MET'})"
    )
    warm, cold = proof.restored
    yield Rows(
        ("seconds", "clock"),
        [
            (_right(worst.of(Phase.DETECTION)), "detection: from the first bad minute until the control plane is told"),
            (_right(warm.of(Phase.RECOVERY)), "warm recovery: from then until the warm group serves"),
            (_right(cold.of(Phase.RECOVERY)), "cold recovery: the same where instances are launched"),
        ],
    )
    for case in (*proof.cases, *proof.restored) if explain else (worst,):
        yield from _path(case)
    if explain:
        yield from _explained(proof)
    else:
        yield f"it rests on {', '.join(one.id for one in proof.assumptions)}: lastgood bound --explain"
    yield from proof.problems


def _path(case: Case) -> Iterator[Line]:
    yield f"{case.name}: {case.says}, {number(case.seconds)} s"
    yield Rows(
        ("seconds", "what", "why"),
        [
            (_right(one.seconds), one.what, f"{one.why}{f' ({one.rests_on})' if one.rests_on else ''}")
            for one in case.path
        ],
    )


def _explained(proof: Proof) -> Iterator[Line]:
    yield Rows(
        ("", "assumption", "value", "source", "measured", "watched by"),
        [
            (
                one.id,
                one.says,
                "" if one.seconds is None else f"{one.seconds:g} s",
                one.source,
                one.measured,
                one.watched,
            )
            for one in proof.assumptions
        ],
    )
    yield f"instances have {number(proof.boot_seconds)} s to boot, however long every step before takes"


def _right(seconds: Fraction) -> str:
    return f"{number(seconds)}".rjust(7)
