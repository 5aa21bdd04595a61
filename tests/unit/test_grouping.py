"""Tests that share a deployment have to run in one process."""

from __future__ import annotations

import os

import pytest


@pytest.mark.xdist_group("together")
def test_the_tests_of_a_group_are_kept_together(request: pytest.FixtureRequest) -> None:
    """pytest-xdist 3.8.0 marks them in the node's name, which pytest 9.2.0 does not let it: each worker deployed."""
    if request.config.getoption("loadgroup", default=False):
        assert os.environ["PYTEST_CURRENT_TEST"].split()[0].endswith("@together")
