"""Which quota of EC2 an instance type counts against."""

from __future__ import annotations

import pytest

from recovery.core.quotas import STANDARD, quota_of


@pytest.mark.parametrize(
    ("instance_type", "quota"),
    [
        ("m7g.large", STANDARD),
        ("t3.micro", STANDARD),
        ("c7gn.16xlarge", STANDARD),
        ("z1d.large", STANDARD),
        ("g5.xlarge", "L-DB2E81BA"),
        ("gr6.4xlarge", "L-DB2E81BA"),
        ("p5.48xlarge", "L-417A185B"),
        ("inf2.xlarge", "L-1945791B"),
        ("i4i.large", STANDARD),
        ("trn1.2xlarge", "L-2C3B7624"),
        ("u-6tb1.metal", "L-43DA4232"),
        ("x2idn.16xlarge", "L-7295265B"),
        ("7g", STANDARD),
        ("", STANDARD),
    ],
)
def test_the_letters_that_a_type_begins_with_tell_its_quota(instance_type: str, quota: str) -> None:
    assert quota_of(instance_type) == quota
