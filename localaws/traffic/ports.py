"""Which port on loopback stands for which listener; opened when somebody asks for the list."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from moto.elbv2.models import elbv2_backends

from localaws.metrics.balancing import Balancing
from localaws.traffic.balancer import Balancer
from localaws.traffic.listening import ListenerServer

if TYPE_CHECKING:
    from moto.elbv2.models import ELBv2Backend

    from localaws.fleet import Fleet


class Ports:
    """The open ports of one account. A listener keeps its port for as long as it exists."""

    def __init__(self, account: str, fleet: Fleet) -> None:
        self._account = account
        self._fleet = fleet
        self._lock = threading.Lock()
        self._servers: dict[str, ListenerServer] = {}

    def listing(self) -> list[dict[str, str | int]]:
        """Every listener with its address; ports of deleted ones are closed on the way."""
        with self._lock:
            rows: list[dict[str, str | int]] = []
            for backend in list(elbv2_backends[self._account].values()):
                rows += self._rows(backend)
            gone = set(self._servers) - {str(row["listener_arn"]) for row in rows}
            for arn in gone:
                self._servers.pop(arn).close()
            return rows

    def _rows(self, backend: ELBv2Backend) -> list[dict[str, str | int]]:
        return [
            {
                "load_balancer": balancer.name,
                "listener_arn": listener.arn,
                "protocol": listener.protocol,
                "port": int(listener.port),
                "address": self._server(backend, listener.arn).address,
            }
            for balancer in list(backend.load_balancers.values())
            for listener in list(balancer.listeners.values())
        ]

    def _server(self, backend: ELBv2Backend, arn: str) -> ListenerServer:
        if arn not in self._servers:
            fleet = self._fleet
            balancer = Balancer(backend, fleet.clock, fleet.behaviours)
            self._servers[arn] = ListenerServer(
                balancer, arn, fleet.clock, Balancing(backend.region_name, fleet.recorder)
            )
        return self._servers[arn]
