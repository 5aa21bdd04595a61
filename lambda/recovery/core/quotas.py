"""The quota of EC2 that an On-Demand instance counts against (EC2 user guide, "On-Demand Instance quotas")."""

from __future__ import annotations

import re

STANDARD = "L-1216C47A"
"""A, C, D, H, I, M, R, T and Z."""
# The letters that a type begins with → its quota; all others are standard.
SPECIAL = {
    "dl": "L-6E869C2A",
    "f": "L-74FC7D96",
    "g": "L-DB2E81BA",
    "gr": "L-DB2E81BA",
    "hpc": "L-F7808C92",
    "inf": "L-1945791B",
    "p": "L-417A185B",
    "trn": "L-2C3B7624",
    "u": "L-43DA4232",
    "vt": "L-DB2E81BA",
    "x": "L-7295265B",
}


def quota_of(instance_type: str) -> str:
    """A quota's code."""
    letters = re.match(r"[a-z]*", instance_type)
    return SPECIAL.get(letters.group() if letters else "", STANDARD)
