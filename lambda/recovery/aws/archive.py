"""Checkpoints in their bucket: written once, never over one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recovery.aws.clients import ask, client, code_of
from recovery.errors import AwsError, ConflictError
from recovery.permissions import (
    LIST_CHECKPOINTS,
    READ_CHECKPOINTS,
    READ_STATE_VERSION,
    USE_KEY,
    WRITE_CHECKPOINTS,
    needs,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.settings import Settings

PREFIX = "checkpoints/"
GONE = {"NoSuchKey", "404", "NotFound", "NoSuchBucket"}


class Archive:
    """Of one environment."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._s3 = client("s3")

    @needs(LIST_CHECKPOINTS)
    def keys(self) -> list[str]:
        """Every checkpoint's key, the newest first."""
        found: list[str] = []
        token: dict[str, str] = {}
        while True:
            page = ask(self._s3.list_objects_v2, Bucket=self._settings.bucket, Prefix=PREFIX, **token)
            contents: list[Mapping[str, str]] = page.get("Contents") or []
            found += [one["Key"] for one in contents]
            if not page.get("IsTruncated"):
                return sorted(found, reverse=True)
            token = {"ContinuationToken": page["NextContinuationToken"]}

    @needs(READ_CHECKPOINTS, USE_KEY)
    def read(self, key: str) -> str | None:
        """A checkpoint's text, or None where there is none."""
        try:
            body = ask(self._s3.get_object, Bucket=self._settings.bucket, Key=key)["Body"]
        except AwsError as error:
            if code_of(error) in GONE:
                return None
            raise
        return body.read().decode(errors="replace")

    @needs(WRITE_CHECKPOINTS, READ_CHECKPOINTS, USE_KEY)
    def write(self, key: str, text: str) -> None:
        """Write a checkpoint that is not there yet; one that is there with this very text was an earlier try's.

        Raises:
            ConflictError: another one stands under this key.
        """
        try:
            ask(self._s3.put_object, Bucket=self._settings.bucket, Key=key, Body=text.encode(), IfNoneMatch="*")
        except ConflictError:
            if self.read(key) != text:
                raise

    @needs(READ_STATE_VERSION)
    def state_version(self) -> str:
        """The version id of Terraform's state of the service as it is now; empty where the bucket keeps none."""
        try:
            head = ask(self._s3.head_object, Bucket=self._settings.state_bucket, Key=self._settings.state_key)
        except AwsError as error:
            if code_of(error) in GONE:
                return ""
            raise
        return str(head.get("VersionId", ""))
