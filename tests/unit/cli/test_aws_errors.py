"""What a user hears when AWS refuses or is out of reach: one line, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    SSOTokenLoadError,
    TokenRetrievalError,
)

from cli.aws_errors import LOG_IN, SET, one_line
from cli.aws_runs import History
from cli.errors import CommandError

if TYPE_CHECKING:
    from typing import Any


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "it says\nso"}}, "GetCallerIdentity")


@pytest.mark.parametrize(
    ("error", "what", "remedy"),
    [
        (NoCredentialsError(), "there are no AWS credentials", SET),
        (ProfileNotFound(profile="x"), "there are no AWS credentials", "aws configure list-profiles"),
        (SSOTokenLoadError(error_msg="x"), "there are no AWS credentials", LOG_IN),
        (TokenRetrievalError(provider="x", error_msg="x"), "there are no AWS credentials", LOG_IN),
        (refused("ExpiredToken"), "the AWS credentials in use have expired", LOG_IN),
        (refused("InvalidClientTokenId"), "AWS does not know the credentials in use", SET),
        (refused("AccessDeniedException"), "the AWS credentials in use have not the right", "use those of a role"),
        (refused("ValidationError"), "AWS refuses", "it says so"),
        (EndpointConnectionError(endpoint_url="http://x"), "AWS cannot be reached", "on the net"),
        (ConnectTimeoutError(endpoint_url="http://x"), "AWS cannot be reached", "on the net"),
        (NoRegionError(), "AWS cannot be asked", "You must specify a region"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_aws_says_is_one_line_with_what_helps(error: BotoCoreError | ClientError, what: str, remedy: str) -> None:
    @one_line
    def ask() -> None:
        raise error

    with pytest.raises(CommandError) as ended:
        ask()
    said = str(ended.value)
    assert said.startswith(f"{what}: ")
    assert remedy in said
    assert len(said.splitlines()) == 1


class NoRuns:
    def __init__(self, code: str) -> None:
        self._code = code

    def describe_execution(self, **_: object) -> None:
        raise refused(self._code)


@pytest.mark.parametrize("code", ["ExecutionDoesNotExist", "InvalidArn"])
def test_an_unknown_run_is_one_line(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def client(*_: object, **__: object) -> NoRuns:
        return NoRuns(code)

    class Settings:
        machine_arn = "arn:aws:states:eu-west-1:111111111111:stateMachine:shop-dev-recovery:live"
        machine = "shop-dev-recovery"

    settings: Any = Settings
    monkeypatch.setattr("boto3.client", client)
    with pytest.raises(CommandError, match=r"^a b: no such run; `lastgood runs` lists them$"):
        History("eu-west-1", settings, "a b").status()
