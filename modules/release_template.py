"""The release: all that an instance is made of, its fingerprint, and the launch template that keeps each by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import Fn, TerraformLocal, TerraformResourceLifecycle, Token
from cdktf_cdktf_provider_aws.data_aws_ssm_parameter import DataAwsSsmParameter
from cdktf_cdktf_provider_aws.launch_template import (
    LaunchTemplate,
    LaunchTemplateBlockDeviceMappings,
    LaunchTemplateBlockDeviceMappingsEbs,
    LaunchTemplateIamInstanceProfile,
    LaunchTemplateMetadataOptions,
    LaunchTemplateMonitoring,
    LaunchTemplateNetworkInterfaces,
    LaunchTemplateTagSpecifications,
)
from constructs import Construct

from modules import user_data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modules.naming import Naming
    from modules.settings import Release

# One hop: a container behind a bridge cannot reach the instance's credentials (EC2 User Guide, "Use IMDSv2").
METADATA_HOPS = 1
TAGGED = ("instance", "volume", "network-interface")


class ReleaseTemplate(Construct):
    """One launch template with a fixed name; each change of the release is its next numbered version.

    Terraform makes the versions; which one a group runs is the control plane's business.

    `content` is the release, `fingerprint` its SHA-256: both are known in the plan unless a parameter is new in it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        naming: Naming,
        release: Release,
        script: str,
        references: Mapping[str, str],
        instance_profile_arn: str,
        security_group_id: str,
        protect: bool,
    ) -> None:
        super().__init__(scope, id_)
        image_id = self._image_id(release)

        # A script may hold quotes, which cdktf's functions refuse as literals: locals carry it past them.
        body = TerraformLocal(
            self,
            "script",
            user_data.body(script, health_port=release.health.port, artifact=release.artifact, references=references),
        )
        content = {
            "artifact": release.artifact.model_dump() if release.artifact else None,
            "image_id": image_id,
            "instance_profile": naming.role("instance"),
            "instance_types": list(release.instance_types),
            "metadata": {"hops": METADATA_HOPS, "tokens": "required"},
            "parameters": dict(references),
            "root_volume": {
                "device": release.root_device,
                "encrypted": True,
                "gib": release.root_volume_gib,
                "type": "gp3",
            },
            # The user data names its own fingerprint, so what is hashed is the text without it.
            "user_data_sha256": Fn.sha256(body.as_string),
        }
        self.content = TerraformLocal(
            self, "content", {key: value for key, value in content.items() if value is not None}
        ).expression
        self.fingerprint = TerraformLocal(self, "fingerprint", Fn.sha256(Fn.jsonencode(self.content))).as_string
        script_with_release = TerraformLocal(
            self, "user_data", user_data.whole(script, release=self.fingerprint, body=body.as_string)
        )
        template = LaunchTemplate(
            self,
            "template",
            name=naming.name("web"),
            description=f"{naming.prefix}: one numbered version a release",
            image_id=image_id,
            instance_type=release.instance_types[0],
            user_data=Fn.base64encode(script_with_release.as_string),
            update_default_version=False,
            iam_instance_profile=LaunchTemplateIamInstanceProfile(arn=instance_profile_arn),
            network_interfaces=[
                LaunchTemplateNetworkInterfaces(
                    device_index=0,
                    associate_public_ip_address="false",
                    delete_on_termination="true",
                    security_groups=[security_group_id],
                )
            ],
            block_device_mappings=[
                LaunchTemplateBlockDeviceMappings(
                    device_name=release.root_device,
                    ebs=LaunchTemplateBlockDeviceMappingsEbs(
                        volume_type="gp3",
                        volume_size=release.root_volume_gib,
                        encrypted="true",
                        delete_on_termination="true",
                    ),
                )
            ],
            metadata_options=LaunchTemplateMetadataOptions(
                http_endpoint="enabled",
                http_tokens="required",
                http_put_response_hop_limit=METADATA_HOPS,
                instance_metadata_tags="enabled",
            ),
            monitoring=LaunchTemplateMonitoring(enabled=True),
            # default_tags do not reach what an instance launches (terraform-provider-aws #19387).
            tag_specifications=[
                LaunchTemplateTagSpecifications(
                    resource_type=kind,
                    tags={**naming.tags(), "Name": naming.name("web"), "Release": self.fingerprint},
                )
                for kind in TAGGED
            ],
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protect else None,
        )
        self.template_id = template.id
        self.latest_version = Token.as_string(template.latest_version)

    def _image_id(self, release: Release) -> str:
        if release.image.ssm_parameter:
            # Resolved here, at plan: a template that resolves it at launch could run two images as one version.
            return DataAwsSsmParameter(self, "image", name=release.image.ssm_parameter).insecure_value
        return str(release.image.ami_id)
