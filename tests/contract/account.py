"""Typed clients of one emulator, and its own routes."""

from __future__ import annotations

import json
from datetime import datetime
from http import HTTPMethod
from http.client import HTTPConnection
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import boto3

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

    from localaws.process import LocalAws

NUMBERS = count(1)
REGIONS = (
    "eu-west-1",
    "ap-southeast-7",
    "us-gov-west-1",
    "cn-north-1",
)  # each partition, and one moto has no images of


class Account:
    """Everything a test talks to."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        # The clients read the environment once, when they are made.
        with aws.entered():
            self.autoscaling: AutoScalingClient = client("autoscaling")
            self.cloudwatch: CloudWatchClient = client("cloudwatch")
            self.dynamodb: DynamoDBClient = client("dynamodb")
            self.ec2: EC2Client = client("ec2")
            self.elbv2: ElasticLoadBalancingv2Client = client("elbv2")
            self.iam: IAMClient = client("iam")
            self.kms: KMSClient = client("kms")
            self.s3: S3Client = client("s3")
            self.ssm: SSMClient = client("ssm")
            self.sts: STSClient = client("sts")
            self.ssm_in: dict[str, SSMClient] = {region: client("ssm", region) for region in REGIONS}

    def fresh(self, stem: str) -> str:
        return f"{stem}-{next(NUMBERS)}"

    def advance(self, seconds: float) -> datetime:
        """Move the emulator's clock on, to the time that is returned."""
        reply = self.own("clock", HTTPMethod.POST, {"seconds": seconds})
        assert reply.status == 200
        return datetime.fromisoformat(json.loads(reply.body)["now"])

    def own(self, route: str, method: HTTPMethod = HTTPMethod.GET, content: object = None) -> Reply:
        """One of the emulator's own routes."""
        return exchange(self.aws.endpoint, f"/_localaws/{route}", method, body=json.dumps(content))

    def listeners(self) -> dict[str, dict[str, Any]]:
        """Listener ARN → its row."""
        rows = json.loads(exchange(self.aws.endpoint, "/_localaws/listeners").body)
        return {row["listener_arn"]: row for row in rows}


def client(service: str, region: str | None = None) -> Any:
    """A client of the service by the environment; the caller says which type it is."""
    make: Any = vars(boto3.Session)["client"]  # its stub knows the services whose stubs are installed, and no other
    return make(boto3.Session(region_name=region), service)


class Reply(NamedTuple):
    """An HTTP answer."""

    status: int
    body: str
    location: str


def exchange(
    address: str,
    path: str,
    method: str = HTTPMethod.GET,
    *,
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
) -> Reply:
    """One request on a connection of its own."""
    place = urlsplit(address)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=10)
    try:
        connection.request(method, path, body=body, headers=dict(headers or {}))
        answer = connection.getresponse()
        return Reply(answer.status, answer.read().decode(), answer.getheader("Location", ""))
    finally:
        connection.close()
