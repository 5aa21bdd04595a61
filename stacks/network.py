"""The network: a VPC of our own with flow logs and endpoints, or an existing one, with the same outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformOutput

from modules.endpoints import Endpoints
from modules.environment_stack import EnvironmentStack
from modules.existing_vpc import ExistingVpc
from modules.flow_logs import FlowLogs
from modules.settings import ExistingNetwork
from modules.vpc import NewVpc

if TYPE_CHECKING:
    from constructs import Construct

    from modules.naming import Naming
    from modules.settings import Settings


class NetworkStack(EnvironmentStack):
    """Where the service lives."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings, naming: Naming) -> None:
        super().__init__(scope, id_, settings=settings, naming=naming)
        if isinstance(settings.network, ExistingNetwork):
            vpc = ExistingVpc(self, "existing", network=settings.network)
        else:
            vpc = NewVpc(self, "network", naming=naming, network=settings.network)
            Endpoints(self, "endpoints", naming=naming, vpc=vpc, interfaces=settings.network.nat == "none")
            FlowLogs(
                self,
                "flow_logs",
                naming=naming,
                vpc_id=vpc.vpc_id,
                dns_suffix=self.dns_suffix,
                retention_days=settings.log_retention_days,
                protect=settings.protect,
            )
        TerraformOutput(self, "vpc_id", value=vpc.vpc_id)
        TerraformOutput(self, "vpc_cidr", value=vpc.cidr)
        TerraformOutput(self, "public_subnet_ids", value=vpc.public_subnet_ids)
        TerraformOutput(self, "private_subnet_ids", value=vpc.private_subnet_ids)
