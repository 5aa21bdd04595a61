"""Whether one could go back, check by check: what is kept, and shown."""

from __future__ import annotations

from dataclasses import dataclass

READY = "Ready"
"""The metric of all checks together: 1, or 0."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line. `remedy` is empty where it is good."""

    name: str
    ok: bool
    says: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Every check, always in the same order."""

    at: float
    checks: tuple[Check, ...]

    @property
    def ready(self) -> bool:
        return all(check.ok for check in self.checks)
