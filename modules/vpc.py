"""A VPC of our own: a public and a private subnet in each zone, routes, NAT, and an emptied default security group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import Fn, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_availability_zones import (
    DataAwsAvailabilityZones,
    DataAwsAvailabilityZonesFilter,
)
from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct

if TYPE_CHECKING:
    from modules.naming import Naming
    from modules.settings import NewNetwork

ANYWHERE = "0.0.0.0/0"


class NewVpc(Construct):
    """The VPC. Exposes `vpc_id`, `cidr`, and the ids of its subnets and route tables in zone order."""

    def __init__(self, scope: Construct, id_: str, *, naming: Naming, network: NewNetwork) -> None:
        super().__init__(scope, id_)
        self._naming = naming
        self._zones = DataAwsAvailabilityZones(
            self,
            "zones",
            state="available",
            # Local and Wavelength zones need an opt-in and have no load balancers like ours.
            filter=[DataAwsAvailabilityZonesFilter(name="opt-in-status", values=["opt-in-not-required"])],
        )
        vpc = Vpc(
            self,
            "vpc",
            cidr_block=network.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": naming.name("vpc")},
        )
        self.vpc_id = vpc.id
        self.cidr = network.cidr
        # No rule at all: whatever forgets to name a security group can reach nothing.
        DefaultSecurityGroup(self, "default_security_group", vpc_id=vpc.id, tags={"Name": naming.name("unused")})
        gateway = InternetGateway(self, "internet", vpc_id=vpc.id, tags={"Name": naming.name("internet")})

        public_cidrs, private_cidrs = network.subnet_cidrs()
        public_table = self._route_table("public")
        Route(
            self,
            "public_internet",
            route_table_id=public_table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
        )
        public = [self._subnet("public", zone, cidr, public_table) for zone, cidr in enumerate(public_cidrs)]
        nat_zones = {"per_zone": network.zones, "single": 1, "none": 0}[network.nat]
        nats = [self._nat(zone, public[zone], gateway) for zone in range(nat_zones)]
        private_tables = [self._route_table(f"private_{zone}") for zone in range(network.zones)]
        private = [self._subnet("private", zone, cidr, private_tables[zone]) for zone, cidr in enumerate(private_cidrs)]
        for zone, table in enumerate(private_tables if nats else []):
            Route(
                self,
                f"private_{zone}_internet",
                route_table_id=table.id,
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=nats[zone % nat_zones].id,
            )
        self.public_subnet_ids = [subnet.id for subnet in public]
        self.private_subnet_ids = [subnet.id for subnet in private]
        self.private_route_table_ids = [table.id for table in private_tables]

    def _route_table(self, name: str) -> RouteTable:
        tags = {"Name": self._naming.name(name.replace("_", "-"))}
        return RouteTable(self, f"{name}_routes", vpc_id=self.vpc_id, tags=tags)

    def _subnet(self, kind: str, zone: int, cidr: str, table: RouteTable) -> Subnet:
        subnet = Subnet(
            self,
            f"{kind}_{zone}",
            vpc_id=self.vpc_id,
            cidr_block=cidr,
            availability_zone=Fn.element(self._zones.names, zone),
            map_public_ip_on_launch=False,
            tags={"Name": self._naming.name(f"{kind}-{zone}")},
            # A zone that AWS adds may move the list; a subnet stays where it is.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["availability_zone"]),
        )
        RouteTableAssociation(self, f"{kind}_{zone}_route", subnet_id=subnet.id, route_table_id=table.id)
        return subnet

    def _nat(self, zone: int, subnet: Subnet, gateway: InternetGateway) -> NatGateway:
        tags = {"Name": self._naming.name(f"nat-{zone}")}
        # An address without an attached internet gateway cannot be used (EC2 API, AllocateAddress).
        address = Eip(self, f"nat_{zone}_address", domain="vpc", tags=tags, depends_on=[gateway])
        return NatGateway(self, f"nat_{zone}", subnet_id=subnet.id, allocation_id=address.id, tags=tags)
