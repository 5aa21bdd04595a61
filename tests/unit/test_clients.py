"""What an adapter makes of boto3's errors."""

from __future__ import annotations

import pytest

from recovery.aws.clients import ask, client
from recovery.errors import AwsBusyError, AwsError


def test_a_call_that_boto3_itself_refuses_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with pytest.raises(AwsError, match="Parameter validation failed") as refused:
        ask(client("stepfunctions").start_execution, stateMachineArn="")
    assert not isinstance(refused.value, AwsBusyError)
