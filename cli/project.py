"""Where things are, and how the stacks are synthesized for a command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.errors import CommandError

if TYPE_CHECKING:
    from modules.settings import Settings
    from modules.settings_file import Loaded

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".lastgood"
STACKS = ("state_backend", "network", "service", "control_plane")
"""In the order in which they are deployed."""


@dataclass(frozen=True)
class Project:
    """One environment, as the environment variables choose it."""

    environment: str
    config: Path
    outdir: Path

    @classmethod
    def chosen(cls) -> Project:
        """LASTGOOD_ENV, LASTGOOD_CONFIG and LASTGOOD_OUTDIR, with main.py's defaults."""
        return cls(
            environment=os.environ.get("LASTGOOD_ENV", "dev"),
            config=Path(os.environ.get("LASTGOOD_CONFIG", ROOT / "config")),
            outdir=Path(os.environ.get("LASTGOOD_OUTDIR", ROOT / "cdktf.out")),
        )

    @property
    def file(self) -> Path:
        """The settings file."""
        return self.config / f"{self.environment}.toml"

    def load(self) -> Loaded:
        """The settings. Raises CommandError with every problem, one a line."""
        from modules.settings_file import SettingsError, load  # noqa: PLC0415 pydantic is slow to import

        try:
            return load(self.config, self.environment)
        except SettingsError as error:
            raise CommandError(str(error)) from error

    def settings(self) -> Settings:
        return self.load().settings

    def synthesize(self) -> None:
        """Run main.py. Raises CommandError with what it said."""
        run = subprocess.run(
            [sys.executable, str(ROOT / "main.py")],
            env={
                **os.environ,
                "LASTGOOD_ENV": self.environment,
                "LASTGOOD_CONFIG": str(self.config),
                "LASTGOOD_OUTDIR": str(self.outdir),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode != 0:
            raise CommandError(run.stderr.strip() or f"main.py ended with exit status {run.returncode}")

    def stack(self, name: str) -> Path:
        """The folder of a synthesized stack."""
        return self.outdir / "stacks" / name

    def synthesized(self, name: str) -> dict[str, Any]:
        """A synthesized stack's JSON."""
        document: dict[str, Any] = json.loads((self.stack(name) / "cdk.tf.json").read_text(encoding="utf-8"))
        return document
