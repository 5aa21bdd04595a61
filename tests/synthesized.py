"""What the tests ask of synthesized JSON: parsed, and printed when an expectation fails."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STACKS = ("state_backend", "network", "service", "control_plane")


@dataclass(frozen=True)
class Stack:
    """One synthesized stack."""

    name: str
    text: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.text)

    def resource(self, kind: str, name: str) -> dict[str, Any]:
        """One resource, without cdktf's metadata. Fails with what there is instead."""
        there = self.json.get("resource", {}).get(kind, {})
        assert name in there, f"{self.name} has no {kind}.{name}; it has {sorted(there)}"
        return {key: value for key, value in there[name].items() if key != "//"}

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        return {name: self.resource(kind, name) for name in self.json.get("resource", {}).get(kind, {})}

    def every(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each resource with its address."""
        for kind, named in self.json.get("resource", {}).items():
            for name in named:
                yield f"{kind}.{name}", self.resource(kind, name)

    def expect(self, kind: str, name: str, **arguments: object) -> None:
        """Each argument of the resource is as said; prints the whole resource when not."""
        found = self.resource(kind, name)
        wrong = {key: found.get(key) for key, value in arguments.items() if found.get(key) != value}
        assert not wrong, f"{kind}.{name}: expected {arguments}, got {wrong} in\n{json.dumps(found, indent=2)}"


def read(outdir: Path) -> dict[str, Stack]:
    """The stacks of an output folder."""
    return {
        name: Stack(name, (outdir / "stacks" / name / "cdk.tf.json").read_text(encoding="utf-8")) for name in STACKS
    }
