"""The public parameters for Amazon Linux images resolve in every region."""

from __future__ import annotations

import hashlib
from typing import Any

from moto.ssm.models import Parameter, ParameterDict

from localaws.patches.replacing import original, replace

PREFIX = "/aws/service/ami-amazon-linux-latest/"
NAMES = tuple(
    f"{PREFIX}al2023-ami-{flavour}kernel-{kernel}-{architecture}"
    for flavour in ("", "minimal-")
    for kernel in ("default", "6.1", "6.12")
    for architecture in ("arm64", "x86_64")
)
PUBLISHED = 1_700_000_000.0


def apply() -> None:
    """EC2 user guide, "Reference the latest AMIs using Systems Manager public parameters": every region has them.

    moto ships them for the commercial regions of the day it was made; the image ids of the others are made up.
    """
    load = original(ParameterDict, "_load_latest_amis")

    def loaded(self: ParameterDict) -> None:
        load(self)
        known = set(self)  # the class's own membership test loads the images first, and would come back here
        for name in NAMES:
            if name not in known:
                self[name] = [_parameter(self, name)]

    replace(ParameterDict, "_load_latest_amis", loaded)


def _parameter(parameters: ParameterDict, name: str) -> Parameter:
    made_up = hashlib.sha256(f"{parameters.region_name}{name}".encode()).hexdigest()[:17]
    parameter: Any = Parameter(  # BaseModel's __new__ hides the class
        account_id=parameters.account_id,
        name=name,
        value=f"ami-{made_up}",
        parameter_type="String",
        description=None,
        allowed_pattern=None,
        keyid=None,
        last_modified_date=PUBLISHED,
        version=1,
        data_type="aws:ec2:image",
    )
    return parameter
