"""ELB guide, "Condition types for listener rules"."""

from __future__ import annotations

from typing import Any

import pytest

from localaws.traffic.conditions import match
from localaws.traffic.messages import Request

REQUEST = Request(
    "GET", "/img/logo.png", "Version=v1&x=", "www.Example.com", {"user-agent": "Mozilla/5.0"}, source="10.1.2.3"
)


def condition(field: str, configuration: str, *values: Any, **more: str) -> dict[str, Any]:
    return {"Field": field, configuration: {"Values": list(values), **more}}


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (condition("path-pattern", "PathPatternConfig", "/IMG/*"), False),
        (condition("path-pattern", "PathPatternConfig", "/no", "/img/*.png"), True),
        (condition("path-pattern", "PathPatternConfig", "/img/logo?png"), True),
        (condition("path-pattern", "PathPatternConfig", "/img/logo+png"), False),
        (condition("host-header", "HostHeaderConfig", "*.example.COM"), True),
        (condition("host-header", "HostHeaderConfig", "example.com"), False),
        (condition("http-header", "HttpHeaderConfig", "*mozilla*", HttpHeaderName="User-Agent"), True),
        (condition("http-header", "HttpHeaderConfig", "*", HttpHeaderName="X-Absent"), False),
        (condition("http-request-method", "HttpRequestMethodConfig", "GET"), True),
        (condition("http-request-method", "HttpRequestMethodConfig", "get"), False),
        (condition("query-string", "QueryStringConfig", {"Key": "version", "Value": "V1"}), True),
        (condition("query-string", "QueryStringConfig", {"Value": "v2"}), False),
        (condition("source-ip", "SourceIpConfig", "10.0.0.0/8"), True),
        (condition("source-ip", "SourceIpConfig", "192.0.2.0/24"), False),
        ({"Field": "path-pattern", "Values": ["/img/*"]}, True),
    ],
)
def test_a_condition(one: dict[str, Any], *, expected: bool) -> None:
    assert match([one], REQUEST) is expected


def test_all_conditions_of_a_rule_must_hold() -> None:
    path = condition("path-pattern", "PathPatternConfig", "/img/*")
    host = condition("host-header", "HostHeaderConfig", "other.example")
    assert match([], REQUEST)
    assert match([path], REQUEST)
    assert not match([path, host], REQUEST)
