"""Is what runs what was recorded? Each restored instance, field by field, against its checkpoint's content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recovery.core.release import Release


@dataclass(frozen=True, slots=True)
class Running:
    """What EC2 says of an instance, in the words of a release's content."""

    id: str
    template: tuple[str, int]
    release_tag: str
    image_id: str
    instance_type: str
    instance_profile: str
    metadata_tokens: str
    metadata_hops: int
    root_device: str
    root_volume: Mapping[str, Any]
    """gib, type, encrypted."""


def user_data_sha256(user_data: str) -> str:
    """Of a script as a release's content has it: without the line that names the fingerprint."""
    shebang, _, rest = user_data.partition("\n")
    naming, _, body = rest.partition("\n")
    text = body if naming.startswith("export LASTGOOD_RELEASE=") else f"{shebang}\n{rest}"
    return hashlib.sha256(text.encode()).hexdigest()


def differences(instances: Iterable[Running], user_data: str, release: Release) -> list[str]:
    """Each field that is not as recorded, as `instance: field is x, was y`. Empty: the originals are back."""
    content = release.content
    wrong = [
        f"{one.id}: {name} is {found}, was {wanted}"
        for one in instances
        for name, found, wanted in _fields(one, release)
        if found != wanted
    ]
    recorded = content.get("user_data_sha256")
    if recorded and user_data_sha256(user_data) != recorded:
        wrong.append(f"template version {release.version}: user data is another than was recorded")
    return wrong


def _fields(one: Running, release: Release) -> list[tuple[str, object, object]]:
    content = release.content
    metadata = cast("dict[str, Any]", content.get("metadata") or {})
    volume = cast("dict[str, Any]", content.get("root_volume") or {})
    rows: list[tuple[str, object, object]] = [
        ("template", one.template, (release.template_id, release.version)),
        ("release tag", one.release_tag, release.fingerprint),
        ("image", one.image_id, content.get("image_id")),
        ("instance profile", one.instance_profile, content.get("instance_profile")),
        ("metadata tokens", one.metadata_tokens, metadata.get("tokens")),
        ("metadata hops", one.metadata_hops, metadata.get("hops")),
        ("root device", one.root_device, volume.get("device")),
    ]
    rows += [(f"root volume {key}", one.root_volume.get(key), volume.get(key)) for key in ("gib", "type", "encrypted")]
    if release.instance_types and one.instance_type not in release.instance_types:
        rows.append(("instance type", one.instance_type, " or ".join(release.instance_types)))
    return rows
