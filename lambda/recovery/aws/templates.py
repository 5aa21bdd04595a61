"""What a launch template's version holds, and what the instances launched from it are."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from recovery.aws.clients import ask, client, code_of
from recovery.core.restored import Running
from recovery.errors import AwsError
from recovery.permissions import READ_TEMPLATES, needs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RELEASE_TAG = "Release"
TEMPLATE_TAG = "aws:ec2launchtemplate:id"
VERSION_TAG = "aws:ec2launchtemplate:version"
AVAILABLE = "available"
GONE = {
    "InvalidLaunchTemplateId.NotFound",
    "InvalidLaunchTemplateId.VersionNotFound",
    "InvalidAMIID.NotFound",
    "InvalidAMIID.Unavailable",
}


class Templates:
    """Launch templates, images and instances of a region."""

    def __init__(self) -> None:
        self._ec2 = client("ec2")

    @needs(READ_TEMPLATES)
    def data(self, template_id: str, version: int) -> Mapping[str, Any] | None:
        """A version's launch data, or None where it is gone."""
        try:
            found = ask(
                self._ec2.describe_launch_template_versions, LaunchTemplateId=template_id, Versions=[str(version)]
            )
        except AwsError as error:
            if code_of(error) in GONE:
                return None
            raise
        versions = found["LaunchTemplateVersions"]
        return versions[0]["LaunchTemplateData"] if versions else None

    def fingerprint(self, template_id: str, version: int) -> str:
        """The release that a version is, by the tag that it puts on its instances; empty where it has none."""
        data = self.data(template_id, version) or {}
        specifications: list[Mapping[str, Any]] = data.get("TagSpecifications") or []
        for specification in specifications:
            tags = _tags(specification)
            if specification.get("ResourceType") == "instance" and RELEASE_TAG in tags:
                return str(tags[RELEASE_TAG])
        return ""

    def user_data(self, template_id: str, version: int) -> str:
        """A version's script."""
        data = self.data(template_id, version) or {}
        return base64.b64decode(data.get("UserData") or "").decode()

    @needs(READ_TEMPLATES)
    def image_launches(self, image_id: str) -> bool:
        """Whether an image exists and is not disabled."""
        return self.image_state(image_id) == AVAILABLE

    @needs(READ_TEMPLATES)
    def image_state(self, image_id: str) -> str:
        """`available`, `disabled`, …; empty where there is no such image (any more)."""
        try:
            found = ask(self._ec2.describe_images, ImageIds=[image_id], IncludeDeprecated=True, IncludeDisabled=True)[
                "Images"
            ]
        except AwsError as error:
            if code_of(error) in GONE:
                return ""
            raise
        return str(found[0].get("State", AVAILABLE)) if found else ""

    @needs(READ_TEMPLATES)
    def running(self, ids: Iterable[str]) -> list[Running]:
        """What EC2 says of instances."""
        wanted = sorted(ids)
        if not wanted:
            return []
        found = ask(self._ec2.describe_instances, InstanceIds=wanted)["Reservations"]
        instances = [one for reservation in found for one in reservation["Instances"]]
        volumes = self._volumes(instances)
        return [_running(one, volumes) for one in instances]

    def _volumes(self, instances: list[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
        ids = [volume for one in instances if (volume := _root_volume(one))]
        found: list[Mapping[str, Any]] = ask(self._ec2.describe_volumes, VolumeIds=ids)["Volumes"] if ids else []
        return {volume["VolumeId"]: volume for volume in found}


def _running(one: Mapping[str, Any], volumes: Mapping[str, Mapping[str, Any]]) -> Running:
    tags = _tags(one)
    volume = volumes.get(_root_volume(one), {})
    metadata: Mapping[str, Any] = one.get("MetadataOptions") or {}
    profile: Mapping[str, Any] = one.get("IamInstanceProfile") or {}
    return Running(
        id=one["InstanceId"],
        template=(tags.get(TEMPLATE_TAG, ""), int(tags.get(VERSION_TAG) or 0)),
        release_tag=tags.get(RELEASE_TAG, ""),
        image_id=one["ImageId"],
        instance_type=one["InstanceType"],
        instance_profile=str(profile.get("Arn", "")).rpartition("/")[2],
        metadata_tokens=str(metadata.get("HttpTokens", "")),
        metadata_hops=int(metadata.get("HttpPutResponseHopLimit") or 0),
        root_device=str(one.get("RootDeviceName", "")),
        root_volume={"gib": volume.get("Size"), "type": volume.get("VolumeType"), "encrypted": volume.get("Encrypted")},
    )


def _tags(one: Mapping[str, Any]) -> dict[str, str]:
    tags: list[Mapping[str, str]] = one.get("Tags") or []
    return {tag["Key"]: tag["Value"] for tag in tags}


def _root_volume(one: Mapping[str, Any]) -> str:
    """The id of its root volume; empty where it has none."""
    mappings: list[Mapping[str, Any]] = one.get("BlockDeviceMappings") or []
    root = one.get("RootDeviceName")
    return next((str(each["Ebs"]["VolumeId"]) for each in mappings if each["DeviceName"] == root), "")
