"""What an ARN tells."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """General Reference, "Amazon Resource Names": service, region, account, and the resource with its type in front."""

    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def of(cls, arn: str) -> Place:
        _, _, service, region, account, resource = arn.split(":", 5)
        return cls(service, region, account, resource)
