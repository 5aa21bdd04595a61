"""What AWS refuses, or what keeps a call from reaching it, as the one line that ends a command: with its remedy."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 botocore's own
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
SET = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
LOG_IN = "log in again (`aws sso login`, or as your company does it)"
NONE = "there are no AWS credentials"
# Codes of AWS's common errors, and those of STS, S3 and EC2 that mean the same → what it is, and what helps.
REFUSED: Sequence[tuple[Collection[str], tuple[str, str]]] = (
    (
        ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"),
        ("the AWS credentials in use have expired", LOG_IN),
    ),
    (
        ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure", "InvalidToken"),
        ("AWS does not know the credentials in use", SET),
    ),
    (
        ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"),
        ("the AWS credentials in use have not the right", "use those of a role that has it"),
    ),
)
UNASKED: Sequence[tuple[tuple[type[BotoCoreError], ...], tuple[str, str]]] = (
    ((NoCredentialsError, PartialCredentialsError), (NONE, SET)),
    ((ProfileNotFound,), (NONE, "`aws configure list-profiles` lists the profiles")),
    ((SSOError, TokenRetrievalError, CredentialRetrievalError), (NONE, LOG_IN)),
    (
        (ConnectionError, HTTPClientError),
        ("AWS cannot be reached", "see whether this machine is on the net, and what AWS_ENDPOINT_URL says"),
    ),
)


def one_line(call: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Raises CommandError instead of botocore's errors."""

    @functools.wraps(call)
    def translated(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        try:
            return call(*args, **kwargs)
        except (BotoCoreError, ClientError) as error:
            raise CommandError(said(error)) from error

    return translated


def said(error: BotoCoreError | ClientError) -> str:
    """An error for whoever has to do something about it."""
    what, remedy = _judged(error)
    return f"{what}: {' '.join(str(error).split())}{f'; {remedy}' if remedy else ''}"


def _judged(error: BotoCoreError | ClientError) -> tuple[str, str]:
    """What it is, and what helps."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        return next((judged for codes, judged in REFUSED if code in codes), ("AWS refuses", ""))
    return next((judged for kinds, judged in UNASKED if isinstance(error, kinds)), ("AWS cannot be asked", ""))
