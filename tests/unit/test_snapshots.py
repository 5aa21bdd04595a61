"""One small snapshot a construct: what a change does to the JSON is read in the review (`--snapshot-update` accepts it)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from syrupy.extensions.json import JSONSnapshotExtension

if TYPE_CHECKING:
    from collections.abc import Callable

    from syrupy.assertion import SnapshotAssertion

    from tests.synthesized import Stack

    Synth = Callable[[str], dict[str, Stack]]

# Construct → variant, stack, and which of its resources' names are shown: one of each kind is enough.
CONSTRUCTS = {
    "state_store": ("dev", "state_backend", r"state_(?!encryption).*"),
    "encryption_key": ("prod", "state_backend", r"state_encryption.*"),
    "vpc": ("dev", "network", r"network_(vpc|public_0|nat_0.*|private_0.*|default_security_group)"),
    "flow_logs": ("dev", "network", r"flow_logs_(?!encryption).*"),
    "endpoints": ("no_nat", "network", r"endpoints_(s3|ssm|https|security_group)"),
    "firewall": ("dev", "service", r"firewall_.*"),
    "parameters": ("prod", "service", r"parameters_.*"),
    "instance_role": ("prod", "service", r"instance_.*"),
    "release_template": ("prod", "service", r"launch_.*"),
    "target_group": ("dev", "service", r"green"),
    "load_balancer": ("prod", "service", r"web_.*"),
    "group": ("prod", "service", r"green_group_.*"),
    "alarms": ("prod", "service", r"green_alarms_(errors|latency)"),
    "dashboard": ("dev", "service", r"dashboard"),
    "domain": ("prod", "service", r"domain"),
}


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_construct(construct: str, synth: Synth, snapshot: SnapshotAssertion) -> None:
    variant, stack, names = CONSTRUCTS[construct]
    shown = {
        address: resource
        for address, resource in synth(variant)[stack].every()
        if re.fullmatch(names, address.split(".")[1])
    }
    assert shown
    assert shown == snapshot(extension_class=JSONSnapshotExtension)
