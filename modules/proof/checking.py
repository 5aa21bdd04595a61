"""Whether an environment may be synthesized: its deadline has to be proven of what was written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from modules.bound import UnboundError
from modules.bound.rows import number
from modules.proof.deployed import SynthesizedError, deployed
from modules.proof.proving import prove

if TYPE_CHECKING:
    from pathlib import Path


def disproved(stacks: Path) -> list[str]:
    """What is not proven of the synthesized stacks in a folder, with the longest path; nothing where all is well."""
    try:
        proof = prove(deployed(*(_read(stacks, name) for name in ("service", "control_plane"))))
    except (SynthesizedError, UnboundError) as error:
        return [f"the deadline cannot be proven: {problem}" for problem in error.problems]
    if not proof.problems:
        return []
    path = [f"  {number(one.seconds):>5} s  {one.what}: {one.why}" for one in proof.worst.path]
    return [*proof.problems, f"the longest path ({proof.worst.name}):", *path]


def _read(stacks: Path, name: str) -> dict[str, object]:
    return json.loads((stacks / name / "cdk.tf.json").read_text(encoding="utf-8"))
