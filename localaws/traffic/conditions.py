"""Whether a listener rule's conditions match a request.

ELB guide, "Condition types for listener rules": all conditions of a rule must hold, one value of a condition is enough;
`*` stands for any characters, `?` for exactly one; paths are case-sensitive, hosts and header values are not.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from localaws.traffic.messages import Request

CONFIGURATIONS = {
    "path-pattern": "PathPatternConfig",
    "host-header": "HostHeaderConfig",
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "query-string": "QueryStringConfig",
    "source-ip": "SourceIpConfig",
}


def match(conditions: Iterable[Mapping[str, Any]], request: Request) -> bool:
    """Whether all of them hold, as the API words them."""
    return all(_holds(condition, request) for condition in conditions)


def _holds(condition: Mapping[str, Any], request: Request) -> bool:
    kind = str(condition["Field"])
    configuration: Mapping[str, Any] = condition.get(CONFIGURATIONS[kind]) or {}
    values: Sequence[Any] = configuration.get("Values") or condition.get("Values") or ()
    match kind:
        case "path-pattern":
            return any(_like(value, request.path) for value in values)
        case "host-header":
            return any(_like(value, request.host, fold=True) for value in values)
        case "http-header":
            sent = request.headers.get(str(configuration["HttpHeaderName"]).lower())
            return sent is not None and any(_like(value, sent, fold=True) for value in values)
        case "http-request-method":
            return request.method in values
        case "query-string":
            return any(_has_pair(value, request.query) for value in values)
        case _:
            return any(ipaddress.ip_address(request.source) in ipaddress.ip_network(value) for value in values)


def _has_pair(wanted: Mapping[str, str], query: str) -> bool:
    key, value = wanted.get("Key"), wanted["Value"]
    pairs = parse_qsl(query, keep_blank_values=True)
    return any((key is None or _like(key, name, fold=True)) and _like(value, sent, fold=True) for name, sent in pairs)


def _like(pattern: str, text: str, *, fold: bool = False) -> bool:
    return _compiled(pattern, fold=fold).fullmatch(text) is not None


@cache
def _compiled(pattern: str, *, fold: bool) -> re.Pattern[str]:
    wildcards = {"*": ".*", "?": "."}
    return re.compile(
        "".join(wildcards.get(letter) or re.escape(letter) for letter in pattern), re.IGNORECASE if fold else 0
    )
