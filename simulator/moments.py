"""Moments as Step Functions writes them, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=4096)
def iso(moment: float) -> str:
    """Seconds since 1970 as a timestamp to the millisecond, as in `$$.State.EnteredTime`."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@lru_cache(maxsize=4096)
def seconds(text: str) -> float:
    """Back again. Raises ValueError."""
    return datetime.fromisoformat(text).timestamp()
