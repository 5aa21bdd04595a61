"""A launch template's own tags are no part of what its instances are made of."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.launch_templates import LaunchTemplateVersion

from localaws.patches.replacing import original, replace

OWN = "launch-template"


def apply() -> None:
    """EC2 API, CreateLaunchTemplate: TagSpecification tags the template, the one in LaunchTemplateData what it makes.

    moto adds the former to the latter, so that Terraform reads back a tag specification nobody wrote.
    """
    create = original(LaunchTemplateVersion, "__init__", needs=("data",))

    def created(self: LaunchTemplateVersion, *args: Any, **settings: Any) -> None:
        create(self, *args, **settings)
        specifications: list[dict[str, Any]] = self.data.get("TagSpecifications") or []
        if specifications:
            self.data["TagSpecifications"] = [one for one in specifications if one.get("ResourceType") != OWN]

    replace(LaunchTemplateVersion, "__init__", created)
