"""Check every synthesized state machine of every environment with statelint (part of `make lint`)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from modules.settings_file import environments

ROOT = Path(__file__).resolve().parent.parent
# Terraform fills these in at apply; the linter wants an ARN.
REFERENCE = re.compile(r"\$\{[^}]+\}")
ARN = "arn:aws:lambda:eu-west-1:111111111111:function:any:live"


def machines(stack: dict[str, Any]) -> dict[str, str]:
    """Address → definition, of a synthesized stack."""
    found: dict[str, dict[str, str]] = stack.get("resource", {}).get("aws_sfn_state_machine", {})
    return {f"aws_sfn_state_machine.{name}": REFERENCE.sub(ARN, one["definition"]) for name, one in found.items()}


def problems(definition: str) -> list[str]:
    """What statelint says, a line a problem."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(definition)
        file.flush()
        command = [sys.executable, "-m", "statelint", file.name]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    said = [line.strip() for line in (ended.stdout + ended.stderr).splitlines()]
    if ended.returncode == 0:
        return []
    # The first line counts the others.
    return said[1:] or [f"statelint ended with {ended.returncode}: {' '.join(said)}"]


def main() -> int:
    found: list[str] = []
    checked = 0
    for environment in environments(ROOT / "config"):
        with tempfile.TemporaryDirectory() as outdir:
            variables = {**os.environ, "LASTGOOD_ENV": environment, "LASTGOOD_OUTDIR": outdir}
            subprocess.run([sys.executable, "main.py"], cwd=ROOT, env=variables, check=True)
            for stack in sorted(Path(outdir).glob("stacks/*/cdk.tf.json")):
                for address, definition in machines(json.loads(stack.read_text(encoding="utf-8"))).items():
                    checked += 1
                    where = f"{environment}/{stack.parent.name}: {address}"
                    found += [f"{where}: {problem}" for problem in problems(definition)]
    if not checked:
        found.append("no state machine was synthesized: there was nothing to check")
    print("\n".join(found), end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
