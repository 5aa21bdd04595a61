"""A run's history, as Step Functions tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from cli.aws import CONFIG
from cli.aws_errors import one_line
from cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_stepfunctions import SFNClient

    from recovery.settings import Settings

# The second is of a name that no run can have.
NO_SUCH = ("ExecutionDoesNotExist", "InvalidArn")
PAGE = 1000  # Step Functions API, GetExecutionHistory: maxResults


class History:
    """One run's. It is asked again and again while the run is followed, so what was read is not read again."""

    @one_line
    def __init__(self, region: str, settings: Settings, run: str) -> None:
        machine, _, _ = settings.machine_arn.partition(":stateMachine:")
        self._run = run
        self._arn = f"{machine}:execution:{settings.machine}:{run}"
        self._states: SFNClient = boto3.client("stepfunctions", region_name=region, config=CONFIG)
        self._events: dict[int, Mapping[str, Any]] = {}
        self._last_page: Any = {}

    @one_line
    def status(self) -> str:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED. Raises CommandError where there is no such run."""
        try:
            return self._states.describe_execution(executionArn=self._arn)["status"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in NO_SUCH:
                raise CommandError(f"{self._run}: no such run; `lastgood runs` lists them") from error
            raise

    @one_line
    def events(self) -> list[Mapping[str, Any]]:
        """All events so far, the oldest first. Of what was read before, only the last page is read again."""
        while True:
            page = self._states.get_execution_history(
                executionArn=self._arn, maxResults=PAGE, includeExecutionData=True, **self._last_page
            )
            self._events |= {event["id"]: event for event in page["events"]}
            token = page.get("nextToken")
            if not token:
                return [self._events[number] for number in sorted(self._events)]
            self._last_page = {"nextToken": token}
