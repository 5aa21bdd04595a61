"""Typed clients of one emulator, and its own routes."""

from __future__ import annotations

import json
import os
from http import HTTPMethod
from http.client import HTTPConnection
from itertools import count
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit

import boto3

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localaws.process import LocalAws

NUMBERS = count(1)
REGIONS = ("eu-west-1", "ap-southeast-7", "us-gov-west-1", "cn-north-1")  # each partition, and one moto has no images of


class Account:
    """Everything a test talks to."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        # The clients read the environment once, when they are made.
        with mock.patch.dict(os.environ, aws.environment(), clear=True):
            session = boto3.Session()
            self.autoscaling = session.client("autoscaling")
            self.dynamodb = session.client("dynamodb")
            self.ec2 = session.client("ec2")
            self.elbv2 = session.client("elbv2")
            self.iam = session.client("iam")
            self.s3 = session.client("s3")
            self.ssm = session.client("ssm")
            self.sts = session.client("sts")
            self.ssm_in = {region: session.client("ssm", region_name=region) for region in REGIONS}

    def fresh(self, stem: str) -> str:
        return f"{stem}-{next(NUMBERS)}"

    def advance(self, seconds: float) -> None:
        """Move the emulator's clock on."""
        status, _ = exchange(
            self.aws.endpoint, "/_localaws/clock", HTTPMethod.POST, body=json.dumps({"seconds": seconds})
        )
        assert status == 200

    def listeners(self) -> dict[str, dict[str, Any]]:
        """Listener ARN → its row."""
        _, body = exchange(self.aws.endpoint, "/_localaws/listeners")
        return {row["listener_arn"]: row for row in json.loads(body)}


def exchange(
    address: str,
    path: str,
    method: str = HTTPMethod.GET,
    *,
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
) -> tuple[int, str]:
    """One request on a connection of its own: status and body."""
    place = urlsplit(address)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=10)
    try:
        connection.request(method, path, body=body, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()
