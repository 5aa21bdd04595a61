"""What an adapter makes of boto3's errors."""

from __future__ import annotations

import boto3
import pytest

from recovery.aws.clients import ask
from recovery.errors import AwsBusyError, AwsError


def test_a_call_that_boto3_itself_refuses_is_not_tried_again() -> None:
    # Its own: the adapters keep the first client that is made, whatever endpoint there was then.
    client = boto3.client("stepfunctions", region_name="eu-west-1")
    with pytest.raises(AwsError, match="Parameter validation failed") as refused:
        ask(client.start_execution, stateMachineArn="")
    assert not isinstance(refused.value, AwsBusyError)
