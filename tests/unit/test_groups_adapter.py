"""What a group launches, as Auto Scaling describes it: Terraform's way, or what a person made of it."""

from __future__ import annotations

from typing import Any

import pytest

from recovery.aws.groups import template_of

TEMPLATE = {"LaunchTemplateId": "lt-1", "Version": "7"}
TYPES = [{"InstanceType": "t4g.small"}, {"InstanceType": "t4g.medium"}]


@pytest.mark.parametrize(
    ("group", "found"),
    [
        (
            {"MixedInstancesPolicy": {"LaunchTemplate": {"LaunchTemplateSpecification": TEMPLATE, "Overrides": TYPES}}},
            ("lt-1", 7, ("t4g.small", "t4g.medium")),
        ),
        ({"LaunchTemplate": TEMPLATE}, ("lt-1", 7, ())),
        ({"LaunchTemplate": {**TEMPLATE, "Version": "$Latest"}}, ("lt-1", 0, ())),
        ({"LaunchConfigurationName": "old"}, ("", 0, ())),
    ],
)
def test_whatever_a_group_launches_is_read(group: dict[str, Any], found: tuple[str, int, tuple[str, ...]]) -> None:
    assert template_of(group) == found
