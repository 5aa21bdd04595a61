"""What the simulator's worlds rest on: the settings that are synthesized, and what Terraform ignores."""

from __future__ import annotations

from modules.group import CONTROL_PLANE_OWNS
from modules.recovery_budget import SKEW_SECONDS, UNDER_WAY_SECONDS
from simulator import calls


def test_a_change_is_under_way_for_as_long_as_is_assumed_and_no_longer() -> None:
    assert UNDER_WAY_SECONDS - SKEW_SECONDS - 1.0 <= calls.UNDER_WAY_SECONDS <= UNDER_WAY_SECONDS - SKEW_SECONDS


def test_terraform_ignores_what_a_world_may_change() -> None:
    """Invariant 11 is watched by what stays: template, largest size and zones. The rest has to be ignored."""
    assert set(CONTROL_PLANE_OWNS) == {"mixed_instances_policy", "min_size", "desired_capacity", "suspended_processes"}
