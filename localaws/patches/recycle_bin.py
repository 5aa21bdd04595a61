"""A deregistered image can be restored from the Recycle Bin."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidAMIIdError
from moto.ec2.models.amis import AmiBackend
from moto.ec2.responses.amis import AmisResponse

from localaws.patches.replacing import add, original, replace

BIN = "localaws_recycled"


def apply() -> None:
    """EC2 API, RestoreImageFromRecycleBin, which moto lacks: the image is there again under its id.

    Amazon EBS user guide, "Recycle Bin": only what a retention rule covers. Here there is one for everything.
    """
    deregister = original(AmiBackend, "deregister_image", needs=("ami_id",))

    def deregistered(self: AmiBackend, ami_id: str) -> None:
        image = self.amis.get(ami_id)
        deregister(self, ami_id)
        _bin(self)[ami_id] = image

    replace(AmiBackend, "deregister_image", deregistered)
    add(AmisResponse, "restore_image_from_recycle_bin", _restore)


def _restore(self: AmisResponse) -> ActionResult:
    parameters: dict[str, Any] = self.params
    ami_id = str(parameters["ImageId"])
    backend: Any = self.ec2_backend
    recycled = _bin(backend)
    if ami_id not in recycled:
        raise InvalidAMIIdError(ami_id)
    backend.amis[ami_id] = recycled.pop(ami_id)
    backend.deleted_amis.remove(ami_id)
    return ActionResult({"Return": True})


def _bin(backend: object) -> dict[str, Any]:
    """What lies in it: id → image."""
    attributes: dict[str, Any] = vars(backend)
    recycled: dict[str, Any] = attributes.setdefault(BIN, {})
    return recycled
