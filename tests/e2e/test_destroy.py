"""The documented way to tear a development environment down leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.inventory import inventory

if TYPE_CHECKING:
    from tests.e2e.site import Site


def test_destroy_leaves_nothing(site: Site) -> None:
    made = inventory() - site.there_before
    # A kind that the list forgets could be left unnoticed, so it has to see as much as was made of most kinds.
    assert len({name.split()[0] for name in made}) == 15
    site.destroy()
    assert inventory() - site.there_before == set()
