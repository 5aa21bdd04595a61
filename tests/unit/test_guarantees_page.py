"""docs/guarantees.md: what is generated of the proof is current."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modules.proof import deployed, prove
from scripts.guarantees_page import ENVIRONMENTS, PAGE, ROOT, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from modules.proof import Proof
    from tests.synthesized import Stack


@pytest.fixture
def proofs(synth: Callable[[str], dict[str, Stack]]) -> dict[str, Proof]:
    stacks = {name: synth(name) for name in ENVIRONMENTS}
    return {name: prove(deployed(one["service"].json, one["control_plane"].json)) for name, one in stacks.items()}


def test_the_bound_and_what_is_assumed_are_the_proofs(proofs: dict[str, Proof]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(proofs), "run: make guarantees"


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_where_the_bound_is_told_of_it_is_the_proofs(proofs: dict[str, Proof], name: str) -> None:
    found = proofs["prod"].json()
    text = (ROOT / name).read_text(encoding="utf-8")
    told = {
        "README.md": ("bound", "detection", "warm_recovery", "cold_recovery"),
        "CHANGELOG.md": ("bound", "deadline"),
    }
    for figure in told[name]:
        assert f"{found[f'{figure}_seconds']} s" in text, figure
