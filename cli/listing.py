"""The control plane's records, for people and for programs: runs, checkpoints, quarantined releases."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cli.errors import CommandError
from cli.output import SHORT, moment
from cli.rows import Styled
from recovery.core.checkpoint import CheckpointError, read
from recovery.core.protocol import FAILURES
from recovery.core.records import mark_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from cli.rows import Cell
    from recovery.core.checkpoint import Checkpoint
    from recovery.core.quarantine import Mark

RUN_COLUMNS = ("run", "kind", "release", "outcome", "started", "seconds", "reason")
CHECKPOINT_COLUMNS = ("number", "release", "version", "promoted", "usable")
MARK_COLUMNS = ("release", "level", "since", "by run", "evidence")


@dataclass(frozen=True)
class Run:
    """A run's record. `outcome` is empty while it goes on; `step` is where it was seen last."""

    run: str
    kind: str
    cause: str
    release: str
    outcome: str
    step: str
    reason: str
    started_at: float
    ended_at: float | None

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Run:
        """Of the table's item."""
        return cls(
            run=str(item["sk"]),
            kind=str(item.get("kind", "")),
            cause=str(item.get("cause", "")),
            release=str(item.get("target") or item.get("bad") or ""),
            outcome=str(item.get("outcome", "")),
            step=str(item.get("step", "")),
            reason=str(item.get("reason") or item.get("cause") or ""),
            started_at=float(item.get("started_at", 0)),
            ended_at=float(item["ended_at"]) if "ended_at" in item else None,
        )

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "seconds": self._seconds()}

    def row(self) -> Sequence[Cell]:
        """For people."""
        seconds = self._seconds()
        style = "bold" if not self.outcome else "red" if self.outcome in FAILURES else ""
        return (
            self.run,
            self.kind,
            self.release[:SHORT] or "-",
            Styled(self.outcome or f"at {self.step}", style),
            moment(self.started_at),
            "-" if seconds is None else f"{seconds:.0f}",
            self.reason,
        )

    def _seconds(self) -> float | None:
        return None if self.ended_at is None else round(self.ended_at - self.started_at, 1)


def runs(items: Iterable[Mapping[str, Any]], limit: int) -> list[Run]:
    """The newest first."""
    return sorted((Run.of(item) for item in items), key=lambda run: run.started_at, reverse=True)[:limit]


@dataclass(frozen=True)
class Kept:
    """A checkpoint as it stands in the bucket, and what keeps it from being used."""

    key: str
    checkpoint: Checkpoint | None
    why_not: str

    @classmethod
    def of(cls, key: str, text: str | None, held_back: Collection[str]) -> Kept:
        """`held_back`: quarantined fingerprints."""
        try:
            found = read(text or "")
        except CheckpointError as error:
            return cls(key, None, str(error))
        if found.key != key:
            return cls(key, found, f"it is {found.key} under another name")
        return cls(key, found, "its release is quarantined" if found.release.fingerprint in held_back else "")

    def goes_by(self, name: str) -> bool:
        """Whether an operator's name for a checkpoint means this one: its key, or its number."""
        return name in (self.key, str(self.checkpoint.number) if self.checkpoint else self.key)

    def content(self) -> Any:
        """All of it, as it is stored; None where it cannot be read."""
        return json.loads(self.checkpoint.text())["checkpoint"] if self.checkpoint else None

    def document(self) -> dict[str, Any]:
        """As JSON."""
        found = self.checkpoint
        return {
            "key": self.key,
            "number": found.number if found else None,
            "release": found.release.fingerprint if found else None,
            "version": found.release.version if found else None,
            "at": found.at if found else None,
            "run": found.run if found else None,
            "usable": not self.why_not,
            "why_not": self.why_not or None,
        }

    def row(self) -> Sequence[Cell]:
        """For people."""
        usable = Styled(self.why_not or "yes", "red" if self.why_not else "")
        if self.checkpoint is None:
            return ("-", self.key, "-", "-", usable)
        release = self.checkpoint.release
        promoted = moment(self.checkpoint.at)
        return (str(self.checkpoint.number), release.fingerprint[:SHORT], str(release.version), promoted, usable)


def marks(items: Iterable[Mapping[str, Any]]) -> list[Mark]:
    """The newest first, lifted ones included."""
    found = (mark_of(item) for item in items)
    return sorted((mark for mark in found if mark is not None), key=lambda mark: mark.at, reverse=True)


def mark_document(mark: Mark) -> dict[str, Any]:
    """As JSON."""
    return {**asdict(mark), "level": str(mark.level), "holds": mark.holds}


def mark_row(mark: Mark) -> Sequence[str]:
    """For people."""
    lifted = "" if mark.holds else f" (lifted by {mark.lifted_by} at {moment(mark.lifted_at)})"
    return (mark.fingerprint[:SHORT], str(mark.level), moment(mark.at), mark.run, f"{mark.evidence}{lifted}")


def named(found: Iterable[Mark], prefix: str) -> Mark:
    """The one mark whose fingerprint begins so. Raises CommandError where there is none, or more than one."""
    matching = [mark for mark in found if prefix and mark.fingerprint.startswith(prefix)]
    if not matching:
        raise CommandError(f"{prefix}: no release that begins so is quarantined; `lastgood quarantine list` lists them")
    if len(matching) > 1:
        several = ", ".join(mark.fingerprint[:SHORT] for mark in matching)
        raise CommandError(f"{prefix}: {len(matching)} quarantined releases begin so ({several}); say more of it")
    return matching[0]
