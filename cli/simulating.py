"""`lastgood simulate`: the simulator on an environment's settings, held to the bound that is computed of them."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from cli import exits
from cli.errors import CommandError
from cli.output import show, show_json
from cli.project import Project
from simulator.asked import UnknownError, again, simulated
from simulator.parallel import Job, Wanted


@dataclass(frozen=True)
class Asked:
    """How much of what, on whose settings."""

    environment: str | None
    worlds: int
    seed: int
    processes: int
    bound: float | None
    scenario: str | None
    faults: tuple[str, ...]


def shown(asked: Asked, *, kill_at_every_step: bool, full: bool, table: bool, as_json: bool) -> int:
    """Run it and say what it came to; the exit status. Raises CommandError."""
    if asked.faults and asked.scenario is None:
        raise CommandError("--fault is of one world: say which scenario with --replay")
    project = Project.chosen()
    project = replace(project, environment=asked.environment) if asked.environment else project
    project.load()
    bound = _bound(project) if asked.bound is None else asked.bound
    job = Job(str(project.config), project.environment, bound, quick=not full)
    if asked.scenario is not None:
        try:
            lines, holds = again(job, asked.scenario, list(asked.faults))
        except UnknownError as error:
            raise CommandError(str(error)) from error
        if as_json:
            show_json({"environment": project.environment, "holds": holds, "story": lines})
        else:
            show(*lines)
        return exits.DONE if holds else exits.NOT_DONE
    processes = asked.processes or os.cpu_count() or 1
    found = simulated(job, Wanted(asked.worlds, asked.seed, processes, kill_at_every_step))
    if as_json:
        show_json({"environment": project.environment, **found.json()})
    else:
        show(*found.lines(table=table))
    return exits.DONE if found.holds else exits.NOT_DONE


def _bound(project: Project) -> float:
    from cli.proving import proven  # noqa: PLC0415 it synthesizes, which a given bound need not wait for

    return float(proven(project).worst.seconds)
