"""The time, asked once a step and handed to the decisions."""

from __future__ import annotations

import time


def now() -> float:
    """Seconds since 1970."""
    return time.time()
