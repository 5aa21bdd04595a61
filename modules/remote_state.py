"""Where Terraform's state is and how it is locked: said once, for the backends, the state stack and the CLI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from modules.naming import Naming


@dataclass(frozen=True, kw_only=True)
class RemoteState:
    """One environment's state: a bucket with a key a stack, a lock table, an encryption key known by its alias."""

    bucket: str
    prefix: str
    region: str
    lock_table: str
    key_alias: str
    key_alias_arn: str
    lock: Literal["dynamodb", "both", "lockfile"]

    @classmethod
    def of(cls, naming: Naming, lock: Literal["dynamodb", "both", "lockfile"]) -> RemoteState:
        alias = f"alias/{naming.name('state')}"
        return cls(
            bucket=naming.bucket("state"),
            prefix=f"{naming.app}/{naming.environment}",
            region=naming.region,
            lock_table=naming.name("state-lock"),
            key_alias=alias,
            key_alias_arn=naming.arn("kms", alias),
            lock=lock,
        )

    @property
    def use_lockfile(self) -> bool:
        return self.lock in ("both", "lockfile")

    def key(self, stack: str) -> str:
        """The S3 key of a stack's state."""
        return f"{self.prefix}/{stack}.tfstate"

    def arguments(self, stack: str) -> dict[str, Any]:
        """The S3 backend's arguments.

        `kms_key_id` must be said: with `encrypt` alone the backend asks for AES256 and overrides the bucket's own
        default (Terraform, "Backend Type: s3").
        """
        arguments: dict[str, Any] = {
            "bucket": self.bucket,
            "key": self.key(stack),
            "region": self.region,
            "encrypt": True,
            "kms_key_id": self.key_alias_arn,
        }
        if self.lock in ("dynamodb", "both"):
            arguments["dynamodb_table"] = self.lock_table
        return arguments
