"""Which service and operation a request is for, and who calls: by its signature, its headers and its path."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

import botocore.session

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from werkzeug.wrappers import Request

# IAM user guide, "Create a signed AWS API request": Credential=key/date/region/service/aws4_request.
CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/[^/]+/([^/]+)/aws4_request")
FORM = "application/x-www-form-urlencoded"
# The services whose operation is in the method and path; every other one names it.
REST = ("lambda", "s3", "scheduler")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an AWS API; the service is named as in the signature."""

    service: str
    operation: str
    caller: str


def call(request: Request) -> Call | None:
    """None for what is not signed, which is no call of an SDK."""
    found = CREDENTIAL.search(request.headers.get("Authorization", ""))
    if found is None:
        return None
    caller, service = found.groups()
    return Call(service, _operation(service, request), caller)


def _operation(service: str, request: Request) -> str:
    if target := request.headers.get("X-Amz-Target"):
        return target.rpartition(".")[2]
    if service in REST:
        return _by_path(service, request)
    body = request.get_data(as_text=True) if request.mimetype == FORM else ""
    action = parse_qs(body).get("Action") or [request.args.get("Action", "")]
    return action[0]


def _by_path(service: str, request: Request) -> str:
    """The operation whose path, query and required headers fit, the one that demands most of them first.

    S3 has ListBuckets and ListDirectoryBuckets at the same place: the plainer name is the one that is meant.
    """
    path = unquote(request.path)
    given = set(request.args) | {name.lower() for name in request.headers.keys()}  # noqa: SIM118 Headers iterates pairs
    fitting = [
        (len(shape.demands), -len(shape.name), shape.name)
        for shape in _shapes(service)
        if shape.method == request.method and shape.path.fullmatch(path) and shape.demands <= given
    ]
    return max(fitting, default=(0, 0, ""))[-1]


@dataclass(frozen=True, slots=True)
class _Shape:
    name: str
    method: str
    path: re.Pattern[str]
    demands: frozenset[str]


@functools.cache
def _shapes(service: str) -> tuple[_Shape, ...]:
    model: Any = botocore.session.get_session().get_service_model(service)
    return tuple(_shape(model.operation_model(name)) for name in model.operation_names)


def _shape(operation: Any) -> _Shape:
    path, _, query = str(operation.http["requestUri"]).partition("?")
    shape: Any = operation.input_shape
    members: Iterable[tuple[str, Mapping[str, Any]]] = (
        [(name, shape.members[name].serialization) for name in shape.required_members] if shape else []
    )
    needed = {
        str(where.get("name", name)).lower() if where["location"] == "header" else str(where.get("name", name))
        for name, where in members
        if where.get("location") in ("querystring", "header")
    }
    pattern = re.sub(r"\\\{[^}]+\\\+\\\}", ".+", re.escape(path))
    pattern = re.sub(r"\\\{[^}]+\\\}", "[^/]+", pattern)
    return _Shape(
        name=operation.name,
        method=operation.http["method"],
        path=re.compile(f"{pattern}/?"),
        demands=frozenset(needed | {part.partition("=")[0] for part in query.split("&") if part}),
    )
