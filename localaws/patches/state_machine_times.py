"""A Choice compares times of day to the fraction of a second, in any zone."""

from __future__ import annotations

from datetime import datetime

from moto.stepfunctions.parser.asl.component.state.choice.comparison.operator.implementations.is_operator import (
    IsTimestamp,
)

from localaws.patches.replacing import replace


def apply() -> None:
    """Amazon States Language, "Timestamps": RFC 3339, with `T`, and `Z` where no offset is given.

    Moto reads whole seconds alone, and takes every other time for none at all.
    """

    def read(string: str) -> datetime | None:
        try:
            moment = datetime.fromisoformat(string)
        except ValueError:
            return None
        return moment if "T" in string and moment.tzinfo is not None else None

    replace(IsTimestamp, "string_to_timestamp", staticmethod(read), needs=("string",))
