"""Names and tags, from one place: `<app>-<environment>-<thing>`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modules.settings import Settings

HASH_LENGTH = 6
# AWS's limits: ELB API CreateLoadBalancer/CreateTargetGroup (32), S3 bucket naming rules (63), IAM CreateRole (64).
LOAD_BALANCER_LIMIT = 32
BUCKET_LIMIT = 63
ROLE_LIMIT = 64
DEFAULT_LIMIT = 128


def shorten(name: str, limit: int) -> str:
    """`name` if it fits into `limit` characters, else its beginning with a stable hash of the whole name behind it."""
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:HASH_LENGTH]
    return f"{name[: limit - HASH_LENGTH - 1].rstrip('-')}-{digest}"


@dataclass(frozen=True, kw_only=True)
class Naming:
    """Names everything of one environment of one app; unambiguous, for an environment's name has no hyphen."""

    app: str
    environment: str
    owner: str
    account: str
    partition: str
    region: str

    @classmethod
    def of(cls, settings: Settings) -> Naming:
        return cls(
            app=settings.app,
            environment=settings.environment,
            owner=settings.owner,
            account=settings.aws.account,
            partition=settings.aws.partition,
            region=settings.aws.region,
        )

    @property
    def prefix(self) -> str:
        return f"{self.app}-{self.environment}"

    def name(self, thing: str, limit: int = DEFAULT_LIMIT) -> str:
        """A name that is unique in its account and region."""
        return shorten(f"{self.prefix}-{thing}", limit)

    def role(self, thing: str) -> str:
        """An IAM name: IAM is global to the account, so the region is part of it."""
        return shorten(f"{self.prefix}-{thing}-{self.region}", ROLE_LIMIT)

    def bucket(self, thing: str) -> str:
        """A bucket's name: unique in the whole partition, so account and region are part of it."""
        return shorten(f"{self.prefix}-{thing}-{self.account}-{self.region}", BUCKET_LIMIT)

    def parameter(self, key: str) -> str:
        """An SSM parameter's name."""
        return f"/{self.app}/{self.environment}/{key}"

    def log_group(self, thing: str) -> str:
        """A CloudWatch log group's name."""
        return f"/{self.app}/{self.environment}/{thing}"

    def arn(self, service: str, resource: str, *, region: bool = True) -> str:
        """An ARN in this account; `region=False` for global services (IAM)."""
        return f"arn:{self.partition}:{service}:{self.region if region else ''}:{self.account}:{resource}"

    def tags(self) -> dict[str, str]:
        """What every resource carries; `Release` is added where a resource belongs to one."""
        return {"Application": self.app, "Environment": self.environment, "Owner": self.owner, "ManagedBy": "lastgood"}
