"""The submit function, through which an operator changes whatever is changed: to invoke it is all the right needed."""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from cli.aws import CONFIG
from cli.aws_errors import one_line
from cli.errors import NotDoneError
from recovery.core.submission import Answer, Ticket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sts import STSClient

# The function has 30 s. It is asked once: whoever asks again sees what the first time did.
PATIENT = Config(connect_timeout=3, read_timeout=40, retries={"mode": "standard", "total_max_attempts": 1})


class Desk:
    """Of one environment."""

    def __init__(self, region: str, function: str) -> None:
        self._region = region
        self._name, _, self._alias = function.partition(":")

    # Each is made when it is needed first: making one takes longer than most calls.

    @cached_property
    def _lambda(self) -> LambdaClient:
        return boto3.client("lambda", region_name=self._region, config=PATIENT)

    @cached_property
    def _sts(self) -> STSClient:
        return boto3.client("sts", region_name=self._region, config=CONFIG)

    @one_line
    def caller(self) -> str:
        """Who asks, as AWS knows them."""
        return who(self._sts.get_caller_identity()["Arn"])

    def ask(self, request: Mapping[str, Any]) -> Ticket:
        """The answer. Raises NotDoneError with the reason where it is refused; CommandError."""
        document, failed = self._invoked(request)
        return ticket(document, failed=failed)

    @one_line
    def _invoked(self, request: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
        answer = self._lambda.invoke(
            FunctionName=self._name, Qualifier=self._alias, Payload=json.dumps(request).encode()
        )
        document: Mapping[str, Any] = json.loads(answer["Payload"].read())
        return document, "FunctionError" in answer


def who(arn: str) -> str:
    """The name of a caller: the last part of the ARN, which is a user's, or a session's of a role."""
    return re.split("[:/]", arn)[-1]


def ticket(document: Mapping[str, Any], *, failed: bool) -> Ticket:
    """Of the function's answer, or of the error that it ended with. Raises NotDoneError."""
    if not failed:
        return Ticket(Answer(document["answer"]), document["run"], document["reason"])
    message = str(document.get("errorMessage", "it says nothing"))
    if document.get("errorType") == "RefusedError":
        raise NotDoneError(f"refused: {message}")
    raise NotDoneError(f"the submit function failed: {document.get('errorType', 'unknown error')}: {message}")
