"""A security group rule keeps its description, whatever it refers to."""

from __future__ import annotations

import inspect
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from localaws.patches.replacing import original, replace

PREFIX_LIST_DESCRIPTION = "localaws_prefix_list_description"


def apply() -> None:
    """EC2 API, SecurityGroupRule.Description.

    moto returns the description of a rule for an address range alone, not for a group or a prefix list.
    """
    create = original(SecurityGroupRule, "__init__", needs=("prefix_list_id",))
    signature = inspect.signature(create)

    def created(self: SecurityGroupRule, *args: Any, **settings: Any) -> None:
        create(self, *args, **settings)
        prefix_list: dict[str, str] = signature.bind(self, *args, **settings).arguments.get("prefix_list_id") or {}
        vars(self)[PREFIX_LIST_DESCRIPTION] = prefix_list.get("Description")

    def description(self: SecurityGroupRule) -> str | None:
        referred = self.source_group.get("Description") or vars(self)[PREFIX_LIST_DESCRIPTION]
        return self.ip_range.get("Description") or referred

    replace(SecurityGroupRule, "__init__", created)
    replace(SecurityGroupRule, "description", property(description))
