"""A region's endpoint services can be listed without moto's CloudFormation, whose dependencies nothing here needs."""

from __future__ import annotations

from moto.ec2.models import vpcs

from localaws.patches.replacing import PatchError

CONSTANT = "IMPLEMENTED_ENDPOINT_SERVICES"
NEEDS_MORE = "cloudformation"


def apply() -> None:
    """EC2 API, DescribeVpcEndpointServices: "available services to which you can create a VPC endpoint".

    moto asks every service of its own for its endpoints, importing each; one that lacks a dependency fails the call and
    leaves the region without any.
    """
    services: list[str] = vars(vpcs).get(CONSTANT, [])
    if NEEDS_MORE not in services:
        raise PatchError(f"localaws patches {vpcs.__name__}.{CONSTANT}, which no longer lists {NEEDS_MORE}")
    services.remove(NEEDS_MORE)
