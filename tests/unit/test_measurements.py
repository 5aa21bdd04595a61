"""What is measured is watched: an alarm each, at the very value that the proof takes for granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modules.measurements import ALARMS, most
from modules.proof import deployed, prove
from recovery.core.measuring import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized import Stack

    Synth = Callable[[str], dict[str, Stack]]


@pytest.mark.parametrize("variant", ["dev", "prod"])
def test_every_alarm_that_the_ledger_names_is_there_and_tells_somebody(synth: Synth, variant: str) -> None:
    stacks = synth(variant)
    alarms = {
        one["alarm_name"]: one for one in stacks["control_plane"].resources("aws_cloudwatch_metric_alarm").values()
    }
    ledger = prove(deployed(stacks["service"].json, stacks["control_plane"].json)).assumptions
    watched = {one.watched for one in ledger if one.watched}
    assert watched > set(ALARMS.values())
    for name in watched:
        assert alarms[f"shop-{variant}-control-{name}"]["alarm_actions"], name


@pytest.mark.parametrize("variant", ["dev", "prod"])
def test_an_alarm_fires_where_its_assumption_stops_holding(synth: Synth, variant: str) -> None:
    stacks = synth(variant)
    found = deployed(stacks["service"].json, stacks["control_plane"].json)
    control = stacks["control_plane"]
    for quantity, seconds in most(found.rules, found.watch_seconds).items():
        control.expect(
            "aws_cloudwatch_metric_alarm",
            f"alarms_{ALARMS[quantity].replace('-', '_')}",
            namespace=f"Lastgood/shop-{variant}",
            metric_name=quantity.metric,
            statistic="Maximum",
            comparison_operator="GreaterThanThreshold",
            threshold=seconds,
            treat_missing_data="notBreaching",
        )
    ledger = {one.id: one for one in prove(found).assumptions}
    assert {one.quantity for one in ledger.values()} >= set(ALARMS)
    assert most(found.rules, found.watch_seconds) == {
        Quantity.BOOT: ledger["A1"].seconds,
        Quantity.SHIFT: ledger["A2"].seconds,
        # What is measured is both, one after the other.
        Quantity.ALARM: (ledger["A4"].seconds or 0) + (ledger["A5"].seconds or 0),
        # A run that the watchdog starts at its next look has started when its own timeout is over.
        Quantity.DELIVERY: (ledger["A6"].seconds or 0) + found.timeouts["watchdog"] + (ledger["A8"].seconds or 0),
    }


def test_a_quantity_has_a_metric_of_its_own() -> None:
    assert {one.metric for one in Quantity} == {
        "BootSeconds",
        "ShiftSeconds",
        "AlarmSeconds",
        "DeliverySeconds",
        "RecoverySeconds",
    }
