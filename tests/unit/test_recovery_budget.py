"""How the deadline is spent: each number leaves enough for what comes after it, and the parts are the whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from modules.recovery_budget import (
    DESK_SECONDS,
    EVALUATION_SECONDS,
    METRIC_DELAY_SECONDS,
    PROPAGATION_SECONDS,
    TRANSITION_SECONDS,
    WATCH_SECONDS,
    budget,
    least_deadline,
)
from modules.recovery_rules import rules
from modules.settings import Alarms, Recovery
from modules.settings_file import SettingsError, load
from modules.signals import signals
from modules.state_machine import LOOK_ROUND_SECONDS, STEP_SECONDS, TASK_SECONDS
from recovery.core.protocol import LOOK_TIMEOUT_SECONDS, Function
from tests.conftest import CONFIG, edited

if TYPE_CHECKING:
    from pathlib import Path

SIGNALS = signals(Alarms())
ENVIRONMENTS = [(600, 60), (900, 60), (900, 150), (1200, 300), (3600, 1800)]
"""Deadlines, and how long instances may take to be healthy."""
each = pytest.mark.parametrize(("deadline", "healthy"), ENVIRONMENTS)


def test_a_breach_is_told_when_its_minutes_came_late_and_the_alarm_and_the_watchdog_had_just_looked() -> None:
    parts = METRIC_DELAY_SECONDS + EVALUATION_SECONDS + WATCH_SECONDS
    assert budget(900, 150, SIGNALS).detection == 2 * 60 + parts
    slow = replace(SIGNALS[0], bad_minutes=4, window_minutes=5)
    for chosen in ((slow, *SIGNALS[1:]), (*SIGNALS[1:], slow)):
        assert budget(900, 150, chosen).detection == 4 * 60 + parts


@each
def test_a_rollback_whose_instances_came_at_the_last_look_serves_before_the_deadline(
    deadline: int, healthy: int
) -> None:
    """And before the watchdog would call it overdue."""
    spent = budget(deadline, healthy, SIGNALS)
    # The last look, or a shift that finds its group not ready and a look, begins right before the clock goes off.
    overshoot = max(LOOK_ROUND_SECONDS, STEP_SECONDS + LOOK_TIMEOUT_SECONDS)
    serves = spent.launch + overshoot + STEP_SECONDS + TRANSITION_SECONDS + PROPAGATION_SECONDS
    assert serves == spent.recover
    assert spent.detection + DESK_SECONDS + serves < deadline


@each
def test_the_watchdogs_page_about_a_rollback_that_stands_still_is_in_time(deadline: int, healthy: int) -> None:
    spent = budget(deadline, healthy, SIGNALS)
    started = spent.detection + DESK_SECONDS
    paged = started + spent.recover + WATCH_SECONDS + DESK_SECONDS + TASK_SECONDS[Function.NOTIFY]
    assert paged == deadline


@each
def test_a_rollback_that_got_the_lease_at_the_last_moment_has_time_for_the_steps_before_its_first_look(
    deadline: int, healthy: int
) -> None:
    spent = budget(deadline, healthy, SIGNALS)
    # Acquire, Load, Capture, Begin, Prepare.
    assert spent.lease + 5 * STEP_SECONDS == spent.launch


@each
def test_a_launch_that_is_begun_at_the_last_moment_has_its_time(deadline: int, healthy: int) -> None:
    spent = budget(deadline, healthy, SIGNALS)
    last_moment = spent.launch - spent.cold
    # Begin, Prepare; and the look that sees the instances healthy is over before the clock goes off.
    assert last_moment + 2 * STEP_SECONDS + healthy + LOOK_TIMEOUT_SECONDS == spent.launch


@each
def test_what_instances_have_to_boot_is_what_is_left_when_every_step_took_its_longest(
    deadline: int, healthy: int
) -> None:
    spent = budget(deadline, healthy, SIGNALS)
    # Acquire, Load, Capture: then Capture launches, as its own clock says, if and only if `healthy` is left.
    captured = 3 * STEP_SECONDS + TRANSITION_SECONDS
    assert (captured <= spent.launch - spent.cold) == (healthy <= spent.boot)
    assert spent.launch - spent.cold - captured == spent.boot - healthy


@each
def test_a_longer_deadline_goes_to_the_instances_and_to_nothing_else(deadline: int, healthy: int) -> None:
    spent, more = budget(deadline, healthy, SIGNALS), budget(deadline + 100, healthy, SIGNALS)
    assert (more.detection, more.cold) == (spent.detection, spent.cold)
    assert more.boot - spent.boot == 100
    assert [more.recover - spent.recover, more.launch - spent.launch, more.lease - spent.lease] == [100] * 3


@each
def test_what_instances_take_changes_no_clock_but_when_a_launch_begins_at_the_latest(
    deadline: int, healthy: int
) -> None:
    assert budget(deadline, healthy + 7, SIGNALS) == replace(
        budget(deadline, healthy, SIGNALS), cold=budget(deadline, healthy, SIGNALS).cold + 7
    )


@pytest.mark.parametrize("healthy", [60, 150, 300, 1800])
def test_the_least_deadline_is_just_enough(healthy: int) -> None:
    least = least_deadline(healthy, SIGNALS)
    assert budget(least, healthy, SIGNALS).boot == healthy
    assert budget(least - 1, healthy, SIGNALS).boot == healthy - 1


def test_the_clocks_of_every_environment_that_is_let_through_go_off_one_after_another() -> None:
    for healthy in (60, 150, 1800):
        spent = budget(least_deadline(healthy, SIGNALS), healthy, SIGNALS)
        assert 0 < spent.lease < spent.launch < spent.recover
        assert spent.launch - spent.cold > 0


def test_the_defaults_are_let_through() -> None:
    chosen = Recovery()
    assert least_deadline(chosen.healthy_seconds, SIGNALS) <= chosen.deadline_seconds


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_control_plane_gets_the_numbers_of_its_environments_deadline(environment: str) -> None:
    settings = load(CONFIG, environment).settings
    recovery, chosen = settings.recovery, rules(settings)
    spent = budget(recovery.deadline_seconds, recovery.healthy_seconds, chosen.signals)
    assert (chosen.lease_seconds, chosen.launch_seconds) == (spent.lease, spent.launch)
    assert (chosen.recover_seconds, chosen.cold_seconds) == (spent.recover, spent.cold)


def with_recovery(folder: Path, healthy: int, deadline: int) -> Path:
    folder.mkdir(exist_ok=True)
    given = f"bake_minutes = 4\nhealthy_seconds = {healthy}\ndeadline_seconds = {deadline}"
    return edited(folder, "dev", ("bake_minutes = 4", given))


@pytest.mark.parametrize("healthy", [60, 200, 800])
def test_a_deadline_that_no_launch_fits_into_is_refused_and_the_message_names_two_that_do(
    healthy: int, tmp_path: Path
) -> None:
    least = least_deadline(healthy, rules(load(CONFIG, "dev").settings).signals)
    load(with_recovery(tmp_path / "enough", healthy, least), "dev")
    with pytest.raises(SettingsError) as refused:
        load(with_recovery(tmp_path / "short", healthy, least - 1), "dev")
    path = tmp_path / "short" / "dev.toml"
    says = (
        f"{path}: recovery.deadline_seconds = {least - 1}: instances may take healthy_seconds = {healthy} to boot, "
        f"and {least - healthy} s go by around it; make it {least} or more, or healthy_seconds {healthy - 1} or less"
    )
    assert refused.value.problems == [says]
    if healthy > 60:
        load(with_recovery(tmp_path / "quicker", healthy - 1, least - 1), "dev")
