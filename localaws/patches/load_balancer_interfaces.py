"""A load balancer has a network interface with a private address in each of its subnets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.elbv2.models import ELBv2Backend

from localaws.patches.replacing import original, replace

if TYPE_CHECKING:
    from moto.elbv2.models import FakeLoadBalancer

OWNER = "amazon-elb"


class Interface(NetworkInterface):
    """Requester-managed: made and deleted by the load balancer alone."""

    def get_filter_value(self, filter_name: str, method_name: str | None = None) -> Any:
        if filter_name == "attachment.instance-owner-id":
            return OWNER
        return super().get_filter_value(filter_name, method_name)


def apply() -> None:
    """ELB guide, "Application Load Balancers": one interface a subnet, described as `ELB app/<name>/<id>`.

    VPC user guide, "Requester-managed network interfaces"; moto makes none.
    """
    create = original(ELBv2Backend, "create_load_balancer", needs=("name", "subnet_ids"))
    delete = original(ELBv2Backend, "delete_load_balancer", needs=("arn",))
    set_subnets = original(ELBv2Backend, "set_subnets", needs=("arn",))

    def created(self: ELBv2Backend, *args: Any, **named: Any) -> FakeLoadBalancer:
        balancer = create(self, *args, **named)
        for subnet in balancer.subnets:
            _add(self, balancer, subnet)
        return balancer

    def deleted(self: ELBv2Backend, arn: str) -> None:
        balancer = self.load_balancers.get(arn)
        delete(self, arn)
        if balancer:
            _remove(self, balancer, set())

    def moved(self: ELBv2Backend, arn: str, *args: Any, **named: Any) -> Any:
        answer = set_subnets(self, arn, *args, **named)
        balancer = self.load_balancers[arn]
        kept = {subnet.id for subnet in balancer.subnets}
        present = {interface.subnet.id for interface in interfaces(self, balancer)}
        _remove(self, balancer, kept)
        for subnet in balancer.subnets:
            if subnet.id not in present:
                _add(self, balancer, subnet)
        return answer

    replace(ELBv2Backend, "create_load_balancer", created)
    replace(ELBv2Backend, "delete_load_balancer", deleted)
    replace(ELBv2Backend, "set_subnets", moved)


def interfaces(backend: ELBv2Backend, balancer: FakeLoadBalancer) -> list[NetworkInterface]:
    """The interfaces of one load balancer."""
    name = _description(balancer)
    return [interface for interface in list(backend.ec2_backend.enis.values()) if interface.description == name]


def _add(backend: ELBv2Backend, balancer: FakeLoadBalancer, subnet: Any) -> None:
    ec2: Any = backend.ec2_backend
    made: Any = Interface(  # BaseModel's __new__ hides the class
        ec2,
        subnet,
        subnet.get_available_subnet_ip(balancer),
        group_ids=balancer.security_groups,
        description=_description(balancer),
    )
    made.requester_managed, made.requester_id, made.status = True, OWNER, "in-use"
    ec2.enis[made.id] = made


def _remove(backend: ELBv2Backend, balancer: FakeLoadBalancer, kept: set[str]) -> None:
    for interface in interfaces(backend, balancer):
        if interface.subnet.id not in kept:
            interface.delete()


def _description(balancer: FakeLoadBalancer) -> str:
    return f"ELB {balancer.arn.partition(':loadbalancer/')[2]}"
