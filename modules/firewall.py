"""Who may talk to whom: world to load balancer, load balancer to instances, control plane to the test port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from modules.load_balancer import HTTP, HTTPS, TEST_PORT

if TYPE_CHECKING:
    from modules.naming import Naming

ANYWHERE = "0.0.0.0/0"
ANY_PROTOCOL = "-1"


class Firewall(Construct):
    """Three security groups. Exposes `balancer_id`, `instance_id`, `control_id` (the control plane's functions)."""

    def __init__(
        self, scope: Construct, id_: str, *, naming: Naming, vpc_id: str, vpc_cidr: str, health_port: int, tls: bool
    ) -> None:
        super().__init__(scope, id_)
        self._naming, self._vpc_id = naming, vpc_id
        self.balancer_id = self._group("balancer", "The load balancer")
        self.instance_id = self._group("instance", "The instances of both groups")
        self.control_id = self._group("control", "The control plane, the only one on the test port")
        for port in (HTTP, HTTPS) if tls else (HTTP,):
            self._ingress(f"world_{port}", self.balancer_id, port, "The world", cidr=ANYWHERE)
        self._ingress("test", self.balancer_id, TEST_PORT, "The control plane's smoke tests", source=self.control_id)
        self._egress("control_test", self.control_id, TEST_PORT, "Smoke tests", target=self.balancer_id)
        self._egress("to_instances", self.balancer_id, health_port, "Both groups", target=self.instance_id)
        self._ingress("requests", self.instance_id, health_port, "The load balancer", source=self.balancer_id)
        self._egress("aws", self.instance_id, HTTPS, "AWS's APIs and packages, by HTTPS", cidr=ANYWHERE)
        VpcSecurityGroupEgressRule(
            self,
            "inside",
            security_group_id=self.instance_id,
            description="Databases and caches inside the VPC",
            cidr_ipv4=vpc_cidr,
            ip_protocol=ANY_PROTOCOL,
        )

    def _group(self, name: str, description: str) -> str:
        full = self._naming.name(name)
        group = SecurityGroup(self, name, name=full, description=description, vpc_id=self._vpc_id, tags={"Name": full})
        return group.id

    def _ingress(
        self, id_: str, group: str, port: int, who: str, *, cidr: str | None = None, source: str | None = None
    ) -> None:
        VpcSecurityGroupIngressRule(
            self,
            id_,
            security_group_id=group,
            description=who,
            cidr_ipv4=cidr,
            referenced_security_group_id=source,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
        )

    def _egress(
        self, id_: str, group: str, port: int, what: str, *, cidr: str | None = None, target: str | None = None
    ) -> None:
        VpcSecurityGroupEgressRule(
            self,
            id_,
            security_group_id=group,
            description=what,
            cidr_ipv4=cidr,
            referenced_security_group_id=target,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
        )
