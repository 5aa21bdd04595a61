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
    assumed = {one.quantity: one.seconds for one in prove(found).assumptions if one.quantity in ALARMS}
    assert set(assumed) == set(ALARMS)
    assert assumed[Quantity.BOOT] == most(found.rules)[Quantity.BOOT]
    assert assumed[Quantity.SHIFT] == most(found.rules)[Quantity.SHIFT]


def test_a_quantity_has_a_metric_of_its_own() -> None:
    assert {one.metric for one in Quantity} == {
        "BootSeconds",
        "ShiftSeconds",
        "AlarmSeconds",
        "DeliverySeconds",
        "RecoverySeconds",
    }
