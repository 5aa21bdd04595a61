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
    """Status, body and headers, and how long the app took for it."""

    status: int
    body: bytes = b""
    content_type: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    after_seconds: float = 0.0

    @classmethod
    def of_balancer(cls, status: HTTPStatus) -> Answer:
        """An error of the load balancer's own."""
        title = f"{status.value} {status.phrase}"
        return cls(status, f"<html><head><title>{title}</title></head><body>{title}</body></html>\n".encode())

    @classmethod
    def of_json(cls, content: Mapping[str, str], *, status: int, after_seconds: float) -> Answer:
        return cls(status, json.dumps(content).encode() + b"\n", "application/json", after_seconds=after_seconds)
