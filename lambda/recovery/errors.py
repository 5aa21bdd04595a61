"""What can go wrong at AWS's border.

    AwsError            AWS refused, or could not be reached
    ├── AwsBusyError    it may work in a moment: throttled, out of reach, its own fault
    └── ConflictError   somebody else wrote first
    FlippedError        an operator broke the glass while this run was on: it changes nothing more

The state machine retries AwsBusyError alone, by this name.
"""

from __future__ import annotations


class AwsError(Exception):
    """Says service, operation, code and AWS's message."""


class AwsBusyError(AwsError):
    """A later attempt may succeed."""


class ConflictError(AwsError):
    """A conditional write found something else than was read."""


class FlippedError(Exception):
    """Says who flipped, and when."""
