"""A request as a listener sees it, and the answer it gives."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Request:
    """What rules look at. Header names are in lower case."""

    method: str
    path: str
    query: str = ""
    host: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    source: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and headers, how long the app took for it, and who that was."""

    status: int
    body: bytes = b""
    content_type: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    after_seconds: float = 0.0
    target_group: str = ""  # the ARN of the chosen target's group, if a target was chosen
    from_target: bool = False

    @classmethod
    def of_balancer(cls, status: HTTPStatus, *, target_group: str = "") -> Answer:
        """An error of the load balancer's own."""
        title = f"{status.value} {status.phrase}"
        body = f"<html><head><title>{title}</title></head><body>{title}</body></html>\n".encode()
        return cls(status, body, target_group=target_group)

    @classmethod
    def of_target(cls, content: Mapping[str, str], *, status: int, after_seconds: float, target_group: str) -> Answer:
        """The app's answer."""
        return cls(
            status,
            json.dumps(content).encode() + b"\n",
            "application/json",
            after_seconds=after_seconds,
            target_group=target_group,
            from_target=True,
        )
