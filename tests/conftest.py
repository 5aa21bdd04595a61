"""Synthesize each variant of the settings once per session."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from modules import fast_synth
from modules.settings_file import Loaded, load
from tests.synthesized import Stack, read

if TYPE_CHECKING:
    from collections.abc import Callable

# Before any test's module imports cdktf: without it every worker loads all of the provider to collect the tests.
fast_synth.enable()

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "config"

Edit = tuple[str, str]
# Each variant is an environment's file with some lines edited: (pattern, replacement).
VARIANTS: dict[str, tuple[str, tuple[Edit, ...]]] = {
    "dev": ("dev", ()),
    "prod": ("prod", ()),
    "gov": (
        "prod",
        (
            (r'region = "eu-west-1"', 'partition = "aws-us-gov"\nregion = "us-gov-west-1"'),
            (r"arn:aws:acm:eu-west-1", "arn:aws-us-gov:acm:us-gov-west-1"),
        ),
    ),
    "cn": (
        "prod",
        (
            (r'region = "eu-west-1"', 'partition = "aws-cn"\nregion = "cn-north-1"'),
            (r"arn:aws:acm:eu-west-1", "arn:aws-cn:acm:cn-north-1"),
        ),
    ),
    "no_nat": ("dev", ((r'nat = "single"', 'nat = "none"'),)),
    "lockfile": ("dev", ((r"\[network\]", '[state]\nlock = "lockfile"\n\n[network]'),)),
    "existing": (
        "dev",
        (
            (
                r"(?s)\[network\].*?\n\n",
                """[network]
mode = "existing"
vpc_id = "vpc-0a1b2c3d4e5f60718"
public_subnet_ids = ["subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712"]
private_subnet_ids = ["subnet-0a1b2c3d4e5f60713", "subnet-0a1b2c3d4e5f60714"]

""",
            ),
        ),
    ),
}


def edited(folder: Path, environment: str, *edits: Edit) -> Path:
    """A copy of the configuration folder in which one environment's file has been edited. Every edit must hit."""
    for file in CONFIG.iterdir():
        (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    path = folder / f"{environment}.toml"
    text = path.read_text(encoding="utf-8")
    for pattern, replacement in edits:
        text, hits = re.subn(pattern, replacement, text)
        assert hits, f"{pattern!r} is not in {environment}.toml"
    path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def synth(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Stack]]:
    """Synthesizes a variant by name, once."""

    @cache
    def of(variant: str) -> dict[str, Stack]:
        environment, edits = VARIANTS[variant]
        loaded = load(edited(tmp_path_factory.mktemp(f"config-{variant}"), environment, *edits), environment)
        return _synthesize(loaded, tmp_path_factory.mktemp(f"out-{variant}"))

    return of


def _synthesize(loaded: Loaded, outdir: Path) -> dict[str, Stack]:
    from cdktf import App  # noqa: PLC0415 only for those who synthesize: jsii starts Node

    from stacks import build  # noqa: PLC0415

    app = App(outdir=str(outdir))
    build(app, loaded)
    app.synth()
    return read(outdir)
