"""A restored instance is compared field by field with what its checkpoint recorded."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from recovery.core.restored import Running, differences, user_data_sha256
from tests.unit.core.scenes import TEMPLATE, release

BODY = "set -eu\nsystemctl start web\n"
SCRIPT = f"#!/bin/sh\nexport LASTGOOD_RELEASE=abc\n{BODY}"
RELEASE = release(
    3,
    image_id="ami-3",
    instance_profile="shop-dev-web",
    metadata={"tokens": "required", "hops": 1},
    root_volume={"device": "/dev/xvda", "gib": 16, "type": "gp3", "encrypted": True},
    user_data_sha256=hashlib.sha256(BODY.encode()).hexdigest(),
)
ORIGINAL = Running(
    id="i-1",
    template=(TEMPLATE, 3),
    release_tag=RELEASE.fingerprint,
    image_id="ami-3",
    instance_type="m6g.large",
    instance_profile="shop-dev-web",
    metadata_tokens="required",
    metadata_hops=1,
    root_device="/dev/xvda",
    root_volume={"gib": 16, "type": "gp3", "encrypted": True},
)


def test_an_original_has_no_differences_on_any_of_its_types() -> None:
    assert differences([ORIGINAL, replace(ORIGINAL, id="i-2", instance_type="m7g.large")], SCRIPT, RELEASE) == []
    assert differences([], SCRIPT, RELEASE) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"template": (TEMPLATE, 4)}, f"template is ('{TEMPLATE}', 4), was ('{TEMPLATE}', 3)"),
        ({"template": ("lt-b", 3)}, f"template is ('lt-b', 3), was ('{TEMPLATE}', 3)"),
        ({"release_tag": "abc"}, f"release tag is abc, was {RELEASE.fingerprint}"),
        ({"image_id": "ami-4"}, "image is ami-4, was ami-3"),
        ({"instance_type": "t3.micro"}, "instance type is t3.micro, was m7g.large or m6g.large"),
        ({"instance_profile": "admin"}, "instance profile is admin, was shop-dev-web"),
        ({"metadata_tokens": "optional"}, "metadata tokens is optional, was required"),
        ({"metadata_hops": 2}, "metadata hops is 2, was 1"),
        ({"root_device": "/dev/sda1"}, "root device is /dev/sda1, was /dev/xvda"),
        ({"root_volume": {"gib": 8, "type": "gp3", "encrypted": True}}, "root volume gib is 8, was 16"),
        ({"root_volume": {"gib": 16, "type": "gp2", "encrypted": True}}, "root volume type is gp2, was gp3"),
        ({"root_volume": {"gib": 16, "type": "gp3", "encrypted": False}}, "root volume encrypted is False, was True"),
        ({"root_volume": {"gib": 16, "type": "gp3"}}, "root volume encrypted is None, was True"),
    ],
)
def test_each_field_that_is_not_as_recorded_is_named_with_both_values(changed: dict[str, Any], says: str) -> None:
    assert differences([ORIGINAL, replace(ORIGINAL, **changed, id="i-2")], SCRIPT, RELEASE) == [f"i-2: {says}"]


def test_every_difference_of_every_instance_is_told() -> None:
    one = replace(ORIGINAL, image_id="ami-4", metadata_hops=2)
    assert len(differences([one, replace(one, id="i-2")], SCRIPT, RELEASE)) == 4


def test_a_template_whose_script_was_changed_is_told() -> None:
    assert differences([ORIGINAL], SCRIPT + "curl evil\n", RELEASE) == [
        "template version 3: user data is another than was recorded"
    ]


def test_a_release_that_records_no_script_is_not_compared_by_it() -> None:
    content = {name: value for name, value in RELEASE.content.items() if name != "user_data_sha256"}
    assert differences([ORIGINAL], "anything", replace(RELEASE, content=content)) == []


def test_what_a_release_does_not_record_is_a_difference_and_no_crash() -> None:
    bare = replace(RELEASE, content={"instance_types": ["m6g.large"]})
    found = differences([ORIGINAL], SCRIPT, bare)
    assert "i-1: image is ami-3, was None" in found
    assert "i-1: root volume gib is 16, was None" in found
    assert "i-1: metadata tokens is required, was None" in found


def test_the_line_that_names_the_fingerprint_is_no_part_of_the_script() -> None:
    body = hashlib.sha256(BODY.encode()).hexdigest()
    assert user_data_sha256(SCRIPT) == body
    assert user_data_sha256(SCRIPT.replace("abc", "def")) == body
    assert user_data_sha256(f"#!/bin/sh\n{BODY}") == hashlib.sha256(f"#!/bin/sh\n{BODY}".encode()).hexdigest()
