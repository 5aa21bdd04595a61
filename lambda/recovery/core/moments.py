"""Times of day as the state machine compares them: RFC 3339, as its own context has them."""

from __future__ import annotations

from datetime import UTC, datetime


def timestamp(seconds: float) -> str:
    """Of seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(text: str) -> float:
    """Since 1970. Raises ValueError."""
    return datetime.fromisoformat(text).timestamp()
