"""The function that looks whether one could go back, asked to look now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from cli.aws_errors import one_line
from cli.errors import NotDoneError

if TYPE_CHECKING:
    from collections.abc import Mapping

# The function has 60 s. Whoever is tired of waiting asks again; it changes nothing but what it found.
PATIENT = Config(connect_timeout=3, read_timeout=70, retries={"mode": "standard", "total_max_attempts": 1})


@one_line
def look_now(region: str, function: str) -> None:
    """Wait until it has looked, and kept what it found. Raises NotDoneError where it failed; CommandError."""
    name, _, alias = function.partition(":")
    answer = boto3.client("lambda", region_name=region, config=PATIENT).invoke(FunctionName=name, Qualifier=alias)
    said: Mapping[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        why = f"{said.get('errorType', 'unknown error')}: {said.get('errorMessage', 'it says nothing')}"
        raise NotDoneError(f"{name} failed: {why}")
