"""Private ways to AWS's own services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_vpc_endpoint_service import DataAwsVpcEndpointService
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

if TYPE_CHECKING:
    from modules.naming import Naming
    from modules.vpc import NewVpc

HTTPS = 443
# What an instance calls when there is no NAT: its parameters, the key that opens them, Session Manager, its logs.
INSTANCE_SERVICES = ("ssm", "kms", "ssmmessages", "ec2messages", "logs")


class Endpoints(Construct):
    """S3 by a gateway endpoint (free); with `interfaces`, the services that instances call by interface endpoints."""

    def __init__(self, scope: Construct, id_: str, *, naming: Naming, vpc: NewVpc, interfaces: bool) -> None:
        super().__init__(scope, id_)
        VpcEndpoint(
            self,
            "s3",
            vpc_id=vpc.vpc_id,
            service_name=self._service_name("s3", "Gateway"),
            vpc_endpoint_type="Gateway",
            route_table_ids=vpc.private_route_table_ids,
            tags={"Name": naming.name("s3")},
        )
        if not interfaces:
            return
        group = SecurityGroup(
            self,
            "security_group",
            name=naming.name("endpoints"),
            description="HTTPS from the VPC to AWS service endpoints",
            vpc_id=vpc.vpc_id,
            tags={"Name": naming.name("endpoints")},
        )
        VpcSecurityGroupIngressRule(
            self,
            "https",
            security_group_id=group.id,
            description="HTTPS from the VPC",
            cidr_ipv4=vpc.cidr,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
        )
        for service in INSTANCE_SERVICES:
            VpcEndpoint(
                self,
                service,
                vpc_id=vpc.vpc_id,
                service_name=self._service_name(service, "Interface"),
                vpc_endpoint_type="Interface",
                subnet_ids=vpc.private_subnet_ids,
                security_group_ids=[group.id],
                private_dns_enabled=True,
                tags={"Name": naming.name(service)},
            )

    def _service_name(self, service: str, kind: str) -> str:
        # Looked up because its form differs between partitions (com.amazonaws.…, cn.com.amazonaws.…).
        data = DataAwsVpcEndpointService(self, f"{service}_service", service=service, service_type=kind)
        return data.service_name
