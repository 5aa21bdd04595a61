"""A release as the control plane knows it: a numbered launch template version, and all that it pins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from recovery.core.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping


class ReleaseError(Exception):
    """A document that describes no release; the message says why."""


@dataclass(frozen=True, slots=True)
class Release:
    """What runs. Immutable: its fingerprint is the SHA-256 of its content."""

    template_id: str
    version: int
    fingerprint: str
    content: Mapping[str, object]
    reversible: bool = True
    """False: it changed data in a way that the release before cannot read, so it is never rolled back by itself."""

    @classmethod
    def of(cls, document: Mapping[str, object]) -> Release:
        """Of a JSON object. Raises ReleaseError."""
        match document:
            case {
                "template_id": str(template_id),
                "version": int(version),
                "fingerprint": str(claimed),
                "content": dict(),
            }:
                content = cast("dict[str, object]", document["content"])
            case _:
                raise ReleaseError("a release has a template_id, a version number, a fingerprint and its content")
        if not template_id.startswith("lt-") or isinstance(version, bool) or version < 1:
            raise ReleaseError(f"{template_id} version {version} is no numbered version of a launch template")
        found = fingerprint(content)
        if found != claimed:
            raise ReleaseError(f"the content's fingerprint is {found}, not {claimed}")
        return cls(template_id, version, claimed, content, document.get("reversible") is not False)

    @property
    def instance_types(self) -> tuple[str, ...]:
        """The types it may run on, the preferred one first; none where the content names none."""
        return tuple(cast("list[str]", self.content.get("instance_types") or ()))

    @property
    def parameters(self) -> Mapping[str, str]:
        """What it reads from SSM: key → name, with `:version` where it is pinned."""
        return cast("Mapping[str, str]", self.content.get("parameters") or {})

    def document(self) -> dict[str, object]:
        """The JSON object that `of` reads."""
        return {
            "template_id": self.template_id,
            "version": self.version,
            "fingerprint": self.fingerprint,
            "content": dict(self.content),
            "reversible": self.reversible,
        }
