"""A minute that nobody has measured yet is no good minute."""

from __future__ import annotations

from recovery.core.observation import Series

FILLED = Series((60.0, 120.0, 180.0, 240.0), (40.0, 0.0, 0.0, 0.0))


def test_a_filled_series_ends_with_the_newest_published_minute() -> None:
    errors, hosts = Series((60.0,), (40.0,)), Series((60.0, 120.0), (0.0, 0.0))
    assert FILLED.published(errors, hosts) == Series((60.0, 120.0), (40.0, 0.0))


def test_of_a_group_that_publishes_nothing_nothing_is_known() -> None:
    assert FILLED.published(Series(), Series()) == Series()
    assert FILLED.published() == Series()
