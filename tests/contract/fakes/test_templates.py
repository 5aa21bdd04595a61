"""Launch templates, images and instances (EC2 API)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recovery.core.commands import SetGroup
from recovery.core.restored import differences, user_data_sha256
from tests.contract.fakes.side import BOOT_SECONDS

if TYPE_CHECKING:
    from tests.contract.fakes.side import Side

NO_TEMPLATE = "lt-0123456789abcdef0"
NO_IMAGE = "ami-0123456789abcdef0"


@pytest.mark.parametrize("number", [1, 3])
def test_a_version_says_which_release_it_is(side: Side, number: int) -> None:
    release = side.release(number)
    assert side.templates.fingerprint(release.template_id, release.version) == release.fingerprint


def test_a_versions_data_name_its_image(side: Side) -> None:
    release = side.release(2)
    found = side.templates.data(release.template_id, release.version)
    assert found is not None
    assert found["ImageId"] == release.content["image_id"]


def test_a_versions_script_is_what_was_recorded_and_names_the_release(side: Side) -> None:
    release = side.release(2)
    script = side.templates.user_data(release.template_id, release.version)
    assert user_data_sha256(script) == release.content["user_data_sha256"]
    assert f"export LASTGOOD_RELEASE='{release.fingerprint}'" in script.splitlines()


def test_a_version_that_is_gone_has_no_data_and_is_no_release(side: Side) -> None:
    """DescribeLaunchTemplateVersions: InvalidLaunchTemplateId.VersionNotFound."""
    template = side.release(1).template_id
    assert side.templates.data(template, 99) is None
    assert side.templates.fingerprint(template, 99) == ""
    assert side.templates.user_data(template, 99) == ""


def test_a_template_that_is_gone_has_no_version(side: Side) -> None:
    """DescribeLaunchTemplateVersions: InvalidLaunchTemplateId.NotFound."""
    version = side.release(1).version
    assert side.templates.data(NO_TEMPLATE, version) is None
    assert side.templates.fingerprint(NO_TEMPLATE, version) == ""


def test_an_image_that_is_there_can_be_launched(side: Side) -> None:
    assert side.templates.image_launches(str(side.release(1).content["image_id"]))


def test_an_image_that_is_gone_cannot(side: Side) -> None:
    """DescribeImages: InvalidAMIID.NotFound."""
    _ = side.release(1)
    assert not side.templates.image_launches(NO_IMAGE)


def test_what_runs_is_what_was_recorded_field_by_field(side: Side) -> None:
    side.serve(blue=2)
    release = side.release(1)
    running = side.templates.running(one.id for one in side.groups.look({})["blue"].instances)
    script = side.templates.user_data(release.template_id, release.version)
    assert len(running) == 2
    assert differences(running, script, release) == []


def test_what_runs_is_not_what_was_recorded_of_another_release(side: Side) -> None:
    side.serve(blue=1)
    other = side.release(3)
    running = side.templates.running(one.id for one in side.groups.look({})["blue"].instances)
    script = side.templates.user_data(other.template_id, other.version)
    assert {text.partition(": ")[2].partition(" is ")[0] for text in differences(running, script, other)} >= {
        "template",
        "release tag",
    }


def test_of_no_instance_nothing_is_said(side: Side) -> None:
    side.serve(blue=1)
    assert side.templates.running([]) == []


def test_only_those_are_told_of_that_were_asked_for(side: Side) -> None:
    side.serve(blue=3, green=1)
    wanted = [one.id for one in side.groups.look({})["blue"].instances][:2]
    assert sorted(one.id for one in side.templates.running(wanted)) == sorted(wanted)


def test_an_instance_is_what_it_was_launched_as_before_it_is_healthy(side: Side) -> None:
    side.serve(blue=1)
    side.groups.set(SetGroup("green", side.release(3), 1, 1))
    side.wait(BOOT_SECONDS / 2)
    [new] = side.groups.look({})["green"].instances
    [found] = side.templates.running([new.id])
    assert found.release_tag == side.release(3).fingerprint
