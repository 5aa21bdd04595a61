"""docs/guarantees.md: what is generated of the proof is current."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modules.proof import deployed, prove
from scripts.guarantees_page import ENVIRONMENTS, PAGE, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized import Stack


def test_the_bound_and_what_is_assumed_are_the_proofs(synth: Callable[[str], dict[str, Stack]]) -> None:
    stacks = {name: synth(name) for name in ENVIRONMENTS}
    proofs = {name: prove(deployed(one["service"].json, one["control_plane"].json)) for name, one in stacks.items()}
    assert PAGE.read_text(encoding="utf-8") == page(proofs), "run: make guarantees"
