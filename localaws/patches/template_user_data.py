"""Every version of a launch template can carry user data, and a line for this emulator in it is checked on writing."""

from __future__ import annotations

from typing import Any

from moto.core.types import Base64EncodedString
from moto.ec2.exceptions import InvalidUserDataError
from moto.ec2.models.launch_templates import LaunchTemplateVersion
from moto.ec2.utils import parse_user_data

from localaws.behaviour import BehaviourError
from localaws.instances import behaviour
from localaws.patches.replacing import original, replace


def apply() -> None:
    """EC2 API, CreateLaunchTemplateVersion: RequestLaunchTemplateData.UserData is base64 text, as in version 1.

    moto wraps the text for version 1 only, and launching from another fails.
    """
    create = original(LaunchTemplateVersion, "__init__", needs=("data",))

    def created(self: LaunchTemplateVersion, *args: Any, **settings: Any) -> None:
        create(self, *args, **settings)
        text = self.data.get("UserData")
        if text is None:
            return
        data = text if isinstance(text, Base64EncodedString) else parse_user_data(text)
        try:
            behaviour(data)
        except BehaviourError as error:
            raise InvalidUserDataError(str(error)) from error
        self.data["UserData"] = data

    replace(LaunchTemplateVersion, "__init__", created)
