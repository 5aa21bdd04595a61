"""What is said of an environment follows its settings and its proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.guaranteeing import guarantees
from modules.proof import deployed, prove
from modules.settings_file import load
from tests.conftest import CONFIG

if TYPE_CHECKING:
    from collections.abc import Callable

    from modules.settings import Settings
    from tests.synthesized import Stack


@pytest.fixture
def said(synth: Callable[[str], dict[str, Stack]]) -> Callable[[Settings], dict[str, str]]:
    stacks = synth("prod")
    proof = prove(deployed(stacks["service"].json, stacks["control_plane"].json))
    return lambda settings: {one.name: "\n".join(one.says) for one in guarantees(settings, proof)}


@pytest.fixture
def prod() -> Settings:
    return load(CONFIG, "prod").settings


def test_the_theorem_and_its_clocks_are_the_proofs(
    said: Callable[[Settings], dict[str, str]], prod: Settings, synth: Callable[[str], dict[str, Stack]]
) -> None:
    stacks = synth("prod")
    found = prove(deployed(stacks["service"].json, stacks["control_plane"].json)).json()
    proven = said(prod)["proven"]
    for figure in ("bound", "detection", "warm_recovery", "cold_recovery", "boot", "backstop"):
        assert f"{found[f'{figure}_seconds']} s" in proven, figure
    assert all(f"{one['id']} " in said(prod)["assumed"] for one in found["assumptions"])


@pytest.mark.parametrize(
    ("warm", "words"), [("full", "going back is warm"), ("minimum", "where more serve"), ("none", "Nothing is kept")]
)
def test_what_is_kept_warm_says_which_clock_counts(
    said: Callable[[Settings], dict[str, str]], prod: Settings, warm: str, words: str
) -> None:
    capacity = prod.capacity.model_copy(update={"warm": warm})
    assert words in said(prod.model_copy(update={"capacity": capacity}))["proven"]


def test_what_is_weak_is_said_and_only_where_it_is(said: Callable[[Settings], dict[str, str]], prod: Settings) -> None:
    alone = prod.model_copy(
        update={"notifications": prod.notifications.model_copy(update={"email": ()}), "protect": False}
    )
    assert "There is nobody to be told." in said(alone)["best-effort"]
    assert "protect = false" in said(alone)["best-effort"]
    assert "nobody" not in said(prod)["best-effort"]
    assert "protect = false" not in said(prod)["best-effort"]
