"""An instance is found by its id without going through all there ever were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.ec2.models.instances import InstanceBackend

from localaws.patches.replacing import replace

if TYPE_CHECKING:
    from moto.ec2.models.instances import Instance

INDEX = "localaws_instances"


def apply() -> None:
    """No AWS behaviour: speed. A load balancer looks up each target at each request, and moto keeps terminated ones."""

    def found(self: InstanceBackend, instance_id: str) -> Instance | None:
        index: dict[str, Instance] = vars(self).setdefault(INDEX, {})
        if instance_id not in index:
            reservations = list(self.reservations.values())
            index.update({one.id: one for reservation in reservations for one in reservation.instances})
        return index.get(instance_id)

    replace(InstanceBackend, "get_instance_by_id", found, needs=("instance_id",))
