"""What an instance of moto's tells about itself."""

from __future__ import annotations

import binascii
from functools import lru_cache
from typing import TYPE_CHECKING

from localaws.behaviour import Behaviour, parse

if TYPE_CHECKING:
    from datetime import datetime

    from moto.core.types import Base64EncodedString
    from moto.ec2.models.instances import Instance

VERSION_TAG = "aws:ec2launchtemplate:version"
TEMPLATE_TAG = "aws:ec2launchtemplate:id"
RELEASE_TAG = "Release"
RUNNING = "running"


def behaviour(user_data: Base64EncodedString | None) -> Behaviour:
    """The behaviour that user data asks for; what is no text (a compressed archive, say) asks for nothing."""
    if user_data is None:
        return Behaviour()
    try:
        text = user_data.decode()
    except (UnicodeDecodeError, binascii.Error):
        return Behaviour()
    return _parsed(text)


# A load balancer asks once a request.
_parsed = lru_cache(maxsize=256)(parse)


def tag(instance: Instance, key: str) -> str:
    """A tag's value, or nothing. Read where moto keeps them: its own search goes through every resource's tags."""
    tags: dict[str, dict[str, str]] = instance.ec2_backend.tags
    return tags.get(instance.id, {}).get(key, "")


def age_seconds(instance: Instance, now: datetime) -> float:
    """How long ago it was launched or last started (moto's times are naive UTC)."""
    return (now.replace(tzinfo=None) - instance.launch_time).total_seconds()
