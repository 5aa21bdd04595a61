"""A release that passed its bake, with all that is needed to bring it back, and the choice of the last known good one.

A checkpoint is written once and never changed. Its SHA-256 and its schema version stand inside, so a damaged or foreign
one is recognised and the next older one is taken instead.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

from recovery.core.fingerprint import canonical
from recovery.core.observation import COLOURS
from recovery.core.release import Release, ReleaseError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

KEYED_BY = 12
"""Characters of the fingerprint in a key."""
SCHEMA = 1
"""Raised when a field is added or changes its meaning; a reader knows each schema that was ever written."""


class CheckpointError(Exception):
    """A stored checkpoint that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """A group's sizes, and the scaling processes that were suspended when it was captured."""

    minimum: int
    desired: int
    maximum: int
    suspended: tuple[str, ...] = ()

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Capacity:
        """Of a JSON object. Raises KeyError, TypeError, ValueError."""
        return cls(
            minimum=int(document["minimum"]),
            desired=int(document["desired"]),
            maximum=int(document["maximum"]),
            suspended=tuple(document["suspended"]),
        )


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A good release and what stood around it."""

    number: int
    """Grows by one with each promotion: the newest has the highest."""
    release: Release
    colour: str
    capacity: Capacity
    weights: Mapping[str, int]
    """Colour → weight of the rule."""
    terraform_state: str
    """The state's version id in its bucket."""
    revision: str
    """The git revision that the release was made from; empty where none was told."""
    recovery_points: Mapping[str, str]
    """Data store → ARN."""
    run: str
    at: float
    """Seconds since 1970."""

    @property
    def key(self) -> str:
        """Its name in the bucket, which sorts by age."""
        return f"checkpoints/{self.number:08d}-{self.release.fingerprint[:KEYED_BY]}.json"

    def text(self) -> str:
        """What is stored."""
        body = {**asdict(self), "release": self.release.document()}
        return canonical({"schema": SCHEMA, "checkpoint": body, "sha256": _sha256(body)})


@dataclass(frozen=True, slots=True)
class Stored:
    """A checkpoint as it was found: its text, and what it names that does not exist any more."""

    key: str
    text: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A checkpoint that was passed over, and why."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The last known good checkpoint, or None where there is none, and the newer ones that were passed over."""

    checkpoint: Checkpoint | None
    skipped: tuple[Skipped, ...]


def read(text: str) -> Checkpoint:
    """Raises CheckpointError."""
    try:
        document: Any = json.loads(text)
        schema, body, claimed = document["schema"], document["checkpoint"], document["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError("it is no checkpoint: not JSON, or without schema, checkpoint and sha256") from error
    if schema != SCHEMA:
        raise CheckpointError(f"its schema is {schema}, and this version reads {SCHEMA}")
    if not isinstance(body, dict) or _sha256(cast("dict[str, object]", body)) != claimed:
        raise CheckpointError("its content does not match its checksum")
    return _checkpoint(cast("dict[str, Any]", body))


def checkpoint_of(keys: Iterable[str], fingerprint: str) -> str:
    """The key of a release's newest checkpoint; empty where it has none."""
    ends = f"-{fingerprint[:KEYED_BY]}.json"
    return max((key for key in keys if fingerprint and key.endswith(ends)), default="")


def last_known_good(stored: Iterable[Stored], held_back: Collection[str], before: str = "") -> Choice:
    """The newest usable checkpoint whose release is not quarantined.

    Args:
        stored: what is there.
        held_back: the quarantined fingerprints.
        before: the key of the checkpoint that is gone back from. A newer one is no way back: after a flip by hand, the
            release that was left is the newest.
    """
    skipped: list[Skipped] = []
    for found in sorted(stored, key=lambda one: one.key, reverse=True):
        try:
            checkpoint = read(found.text)
        except CheckpointError as error:
            skipped.append(Skipped(found.key, str(error)))
            continue
        reason = _unusable(found, checkpoint, held_back, before)
        if reason is None:
            return Choice(checkpoint, tuple(skipped))
        skipped.append(Skipped(found.key, reason))
    return Choice(None, tuple(skipped))


def _unusable(found: Stored, checkpoint: Checkpoint, held_back: Collection[str], before: str) -> str | None:
    if found.key != checkpoint.key:
        return f"it is {checkpoint.key} under another name"
    if checkpoint.release.fingerprint in held_back:
        return "its release serves, or served" if found.key == before else "its release is quarantined"
    if found.key > before > "":
        return "it is newer than the release that is gone back from"
    if found.missing:
        return f"what it needs is gone: {', '.join(found.missing)}"
    return None


def _checkpoint(body: Mapping[str, Any]) -> Checkpoint:
    try:
        checkpoint = Checkpoint(
            number=int(body["number"]),
            release=Release.of(body["release"]),
            colour=body["colour"],
            capacity=Capacity.of(body["capacity"]),
            weights={colour: int(body["weights"][colour]) for colour in COLOURS},
            terraform_state=body["terraform_state"],
            revision=body["revision"],
            recovery_points=dict(body["recovery_points"]),
            run=body["run"],
            at=float(body["at"]),
        )
    except (KeyError, TypeError, ValueError, ReleaseError) as error:
        raise CheckpointError(f"it lacks a part, or one is wrong: {error}") from error
    if checkpoint.colour not in COLOURS:
        raise CheckpointError(f"its colour is {checkpoint.colour}, which is none of {', '.join(COLOURS)}")
    return checkpoint


def _sha256(body: Mapping[str, object]) -> str:
    return hashlib.sha256(canonical(body).encode(errors="surrogatepass")).hexdigest()
