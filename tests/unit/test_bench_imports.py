"""`make bench ARGS="lambda"`: whose clients are counted, and what its figures are made of."""

from __future__ import annotations

import pytest

from bench.clients import services
from bench.imports import PROMISED, as_json, summed, table
from tests.conftest import ROOT

NEEDED = {
    "change": ("autoscaling", "dynamodb", "elbv2", "ssm"),
    "notify": ("dynamodb", "sns", "sqs"),
    "observe": ("autoscaling", "cloudwatch", "dynamodb", "ec2", "elbv2", "kms", "s3", "ssm"),
    "probe": (),
    "readiness": (
        "autoscaling",
        "cloudwatch",
        "dynamodb",
        "ec2",
        "elbv2",
        "events",
        "kms",
        "s3",
        "service-quotas",
        "sns",
        "sqs",
        "ssm",
    ),
    "record": ("cloudwatch", "dynamodb", "s3"),
    "submit": ("autoscaling", "cloudwatch", "dynamodb", "ec2", "elbv2", "stepfunctions"),
    "watchdog": ("autoscaling", "cloudwatch", "dynamodb", "ec2", "elbv2", "lambda", "stepfunctions"),
}
FAST = summed(("sns",), [(0.1, 0.2), (0.9, 0.2), (0.2, 0.2)])
SLOW = summed((), [(0.25, 0.1), (0.35, 0.2)])


@pytest.mark.parametrize("handler", NEEDED)
def test_a_handler_makes_the_clients_that_it_needs_and_no_other(handler: str) -> None:
    assert services(ROOT / "lambda", handler) == NEEDED[handler]


def test_each_side_is_its_median_whatever_the_other_had() -> None:
    assert (FAST.handler_ms, FAST.boto3_ms, FAST.ratio) == (200, 200, 1)
    assert (SLOW.handler_ms, SLOW.boto3_ms, SLOW.ratio) == (300, 150, 2)


def test_the_worst_ratio_is_said_beside_each_and_the_promise() -> None:
    result = {"fast": FAST, "slow": SLOW}
    assert as_json(result) == {
        "handlers": {
            "fast": {"clients": ["sns"], "handler_ms": 200, "boto3_ms": 200, "handler_over_boto3": 1},
            "slow": {"clients": [], "handler_ms": 300, "boto3_ms": 150, "handler_over_boto3": 2},
        },
        "worst_ratio": 2,
        "promised": PROMISED,
    }
    assert table(result).splitlines()[-1] == f"worst ratio 2.00, promised {PROMISED}"
