"""The release that a rollback would bring back now, told beforehand, and what it would have to pass over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recovery.core.checkpoint import KEYED_BY, Checkpoint, CheckpointError, checkpoint_of, read

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from recovery.core.loading import Head

READ = 20
"""So many of the newest are read, as a rollback does (handlers/observe.py)."""


@dataclass(frozen=True, slots=True)
class WayBack:
    """`checkpoint` is the first that reads, or None. `damaged`: key and fault of those that should have come first."""

    checkpoint: Checkpoint | None
    damaged: tuple[tuple[str, str], ...] = ()


def way_back(
    keys: Sequence[str],
    text_of: Callable[[str], str | None],
    *,
    held_back: Collection[str],
    serves: str,
    head: Head | None,
) -> WayBack:
    """The newest checkpoint that is neither of what serves, nor newer than it, nor of a quarantined release.

    A key tells whose checkpoint it is, so a damaged one of a release that nobody would go back to is no fault.

    Args:
        keys: of every checkpoint, the newest first.
        text_of: reads one.
        held_back: the quarantined fingerprints.
        serves: the fingerprint that serves; empty where it is none of ours.
        head: what was promoted last: its checkpoint has to be there, as it is what the next rollback goes back to.
    """
    never = {one[:KEYED_BY] for one in (*held_back, serves) if one}
    before = checkpoint_of(keys, serves)
    damaged: list[tuple[str, str]] = []
    if head is not None and head.fingerprint not in held_back:
        wrong = _wrong(head.key, text_of(head.key) if head.key in keys else None)
        damaged += [(head.key, wrong)] if isinstance(wrong, str) else []
    for key in keys[:READ]:
        if key.removesuffix(".json").rpartition("-")[2] in never or key > before > "":
            continue
        found = _wrong(key, text_of(key))
        if isinstance(found, Checkpoint):
            return WayBack(found, tuple(damaged))
        if (key, found) not in damaged:
            damaged.append((key, found))
    return WayBack(None, tuple(damaged))


def _wrong(key: str, text: str | None) -> Checkpoint | str:
    """The checkpoint, or why it is none."""
    if text is None:
        return "it is gone"
    try:
        found = read(text)
    except CheckpointError as error:
        return str(error)
    return found if found.key == key else f"it is {found.key} under another name"
