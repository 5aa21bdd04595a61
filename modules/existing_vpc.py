"""A VPC that somebody else owns, looked up and checked, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import Postcondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_subnet import DataAwsSubnet
from cdktf_cdktf_provider_aws.data_aws_vpc import DataAwsVpc
from constructs import Construct

if TYPE_CHECKING:
    from modules.settings import ExistingNetwork


class ExistingVpc(Construct):
    """Exposes what NewVpc exposes; a plan fails when a subnet is of another VPC or two of a kind share a zone."""

    def __init__(self, scope: Construct, id_: str, *, network: ExistingNetwork) -> None:
        super().__init__(scope, id_)
        vpc = DataAwsVpc(self, "vpc", id=network.vpc_id)
        self.vpc_id = vpc.id
        self.cidr = vpc.cidr_block
        self.public_subnet_ids = self._checked("public", network.public_subnet_ids, network.vpc_id)
        self.private_subnet_ids = self._checked("private", network.private_subnet_ids, network.vpc_id)

    def _checked(self, kind: str, ids: tuple[str, ...], vpc_id: str) -> list[str]:
        subnets: list[DataAwsSubnet] = []
        for number, subnet_id in enumerate(ids):
            conditions = [
                Postcondition(
                    condition=f'${{self.vpc_id == "{vpc_id}"}}',
                    error_message=f"network.{kind}_subnet_ids: {subnet_id} is not in {vpc_id}; name its own subnets.",
                )
            ]
            conditions += [
                Postcondition(
                    condition=f"${{self.availability_zone != {other.fqn}.availability_zone}}",
                    error_message=(
                        f"network.{kind}_subnet_ids: {subnet_id} and {ids[place]} are in one zone; name one a zone."
                    ),
                )
                for place, other in enumerate(subnets)
            ]
            subnets.append(
                DataAwsSubnet(
                    self,
                    f"{kind}_{number}",
                    id=subnet_id,
                    lifecycle=TerraformResourceLifecycle(postcondition=conditions),
                )
            )
        return [subnet.id for subnet in subnets]
