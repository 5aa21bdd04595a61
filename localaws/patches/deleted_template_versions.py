"""A version of a launch template can be deleted, and does not come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidLaunchTemplateVersionNotFound
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateBackend, LaunchTemplateVersion
from moto.ec2.responses.launch_templates import LaunchTemplates

from localaws.patches.replacing import add, original, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

DELETED = "localaws_deleted"


def apply() -> None:
    """EC2 API, DeleteLaunchTemplateVersions, which moto lacks: all but the default version; a number is used once.

    moto finds a version by its place in a list, so a deleted one keeps its place.
    """
    find, describe = (
        original(LaunchTemplate, "get_version", needs=("num",)),
        original(LaunchTemplateBackend, "describe_launch_template_versions"),
    )

    def found(self: LaunchTemplate, num: Any) -> LaunchTemplateVersion:
        version: LaunchTemplateVersion = find(self, num)
        if _deleted(version):
            raise InvalidLaunchTemplateVersionNotFound(template_id=self.id, version=num)
        return version

    def latest(self: LaunchTemplate) -> LaunchTemplateVersion:
        return [one for one in self.versions if not _deleted(one)][-1]

    def described(self: LaunchTemplateBackend, *args: Any, **settings: Any) -> list[Any]:
        return [(template, one) for template, one in describe(self, *args, **settings) if not _deleted(one)]

    replace(LaunchTemplate, "get_version", _latest_first(found))
    replace(LaunchTemplate, "latest_version", latest)
    replace(LaunchTemplateBackend, "describe_launch_template_versions", described)
    add(LaunchTemplates, "delete_launch_template_versions", _delete)


def _latest_first(found: Any) -> Any:
    """`$Latest` is the newest that there still is."""

    def get_version(self: LaunchTemplate, num: Any) -> LaunchTemplateVersion:
        return self.latest_version() if str(num).lower() == "$latest" else found(self, num)

    return get_version


def _deleted(version: LaunchTemplateVersion) -> bool:
    return DELETED in vars(version)


def _delete(self: LaunchTemplates) -> ActionResult:
    parameters: dict[str, Any] = self.params
    template_id, name = parameters.get("LaunchTemplateId"), parameters.get("LaunchTemplateName")
    backend = self.ec2_backend
    template = backend.get_launch_template(template_id) if template_id else backend.get_launch_template_by_name(name)
    numbers: Sequence[Any] = parameters.get("Versions") or ()
    done: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for number in map(int, numbers):
        row = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "VersionNumber": number}
        try:
            version = template.get_version(number)
        except InvalidLaunchTemplateVersionNotFound as error:
            refused.append(
                {**row, "ResponseError": {"Code": "launchTemplateVersionDoesNotExist", "Message": str(error)}}
            )
            continue
        if template.is_default(version):
            why = {"Code": "unexpectedError", "Message": "the default version of a template is not deleted"}
            refused.append({**row, "ResponseError": why})
            continue
        vars(version)[DELETED] = True
        done.append(row)
    return ActionResult(
        {
            "SuccessfullyDeletedLaunchTemplateVersions": done,
            "UnsuccessfullyDeletedLaunchTemplateVersions": refused,
        }
    )
