"""Where a connection to a load balancer leads on this machine: what a worker asks before it connects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from moto.elbv2.models import elbv2_backends

from localaws.patches.load_balancer_interfaces import interfaces

if TYPE_CHECKING:
    from localaws.traffic.ports import Ports


def routes(account: str, ports: Ports) -> list[dict[str, Any]]:
    """One row a listener: its load balancer's name and private addresses, its port, and the loopback port for it."""
    served = {row["listener_arn"]: urlsplit(str(row["address"])) for row in ports.listing()}
    return [
        {
            "host": balancer.dns_name,
            "addresses": [interface.private_ip_address for interface in interfaces(backend, balancer)],
            "port": int(listener.port),
            "served": [served[listener.arn].hostname, served[listener.arn].port],
        }
        for backend in list(elbv2_backends[account].values())
        for balancer in list(backend.load_balancers.values())
        for listener in list(balancer.listeners.values())
        if listener.arn in served
    ]
