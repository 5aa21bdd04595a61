"""A patch that no longer fits moto says so at the start."""

from __future__ import annotations

import pytest

from localaws.patches.replacing import MOTO, PatchError, replace, require_version


class Theirs:
    def act(self, thing: str) -> str:
        return thing

    @property
    def shown(self) -> str:
        return "theirs"


def test_what_is_not_there_is_not_replaced() -> None:
    with pytest.raises(PatchError, match=r"Theirs\.gone, which moto no longer defines"):
        replace(Theirs, "gone", lambda: None)


def test_what_is_inherited_is_not_replaced() -> None:
    with pytest.raises(PatchError, match=r"Theirs\.__repr__"):
        replace(Theirs, "__repr__", lambda: None)


def test_a_parameter_that_is_gone_stops_the_patch() -> None:
    with pytest.raises(PatchError, match=r"Theirs\.act, which no longer takes other"):
        replace(Theirs, "act", lambda: None, needs=("thing", "other"))
    assert Theirs().act("as before") == "as before"


def test_a_replaced_method_can_be_replaced_again() -> None:
    class Ours(Theirs):
        def act(self, thing: str) -> str:
            return thing

    for word in ("one", "two"):

        def acted(_self: Ours, **_settings: str) -> str:
            return word  # noqa: B023 it is called before the next turn

        replace(Ours, "act", acted, needs=("thing",))
        assert Ours().act(thing="any") == word


def test_another_version_of_moto_is_refused() -> None:
    with pytest.raises(PatchError, match=f"localaws patches moto {MOTO}, but 0.1 is installed"):
        require_version("0.1")
