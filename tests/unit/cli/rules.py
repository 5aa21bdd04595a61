"""The rules that these tests go by: those of config/dev.toml, without a signal."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.core import scenes

RULES = replace(
    scenes.RULES,
    maximum=4,
    warm="minimum",
    canary_seconds=60,
    bake_seconds=240,
    evidence_seconds=360,
    automatic_seconds=86400,
    signals=(),
)
