"""What a user can set, as frozen pydantic models: one TOML file an environment (`modules.settings_file` loads it).

A problem is raised as a ValueError whose text says what would be right; the loader adds file, key and value.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from modules.drill_schedule import AT_HOUR, WEEKLY, checked_blackout, checked_schedule, never
from modules.parameter_names import resource_id, variable_name

# Region names by partition, as botocore's endpoint data spells them (`partitions[].regionRegex`); a test compares.
REGION_PATTERNS = {
    "aws": r"^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$",
    "aws-us-gov": r"^us-gov-\w+-\d+$",
    "aws-cn": r"^cn-\w+-\d+$",
}
# EC2 takes 16 KB of user data before base64 (EC2 User Guide, "Run commands at launch"); 2 KB are for the preamble.
USER_DATA_LIMIT = 14 * 1024
USER_DATA_SHEBANGS = ("#!/bin/bash", "#!/usr/bin/env bash")
SUBNETS_A_ZONE = 2
# Every subnet must hold a load balancer's 8 free addresses in each zone (ELB guide, "Subnets for your load balancer"),
# two full groups and the endpoints: /24 is the smallest that leaves room to grow.
SMALLEST_SUBNET = 24
LARGEST_VPC = 16  # Amazon VPC User Guide, "VPC CIDR blocks"


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _matches(pattern: str, right: str) -> AfterValidator:
    """A text that fits a pattern, with our own words for what would be right."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(right)
        return value

    return AfterValidator(check)


AppName = Annotated[
    str,
    _matches(
        r"[a-z](?:-?[a-z0-9]){1,19}", "2 to 20 lower-case letters, digits and single hyphens, starting with a letter"
    ),
]
EnvironmentName = Annotated[
    str, _matches(r"[a-z][a-z0-9]{1,11}", "2 to 12 lower-case letters and digits, starting with a letter")
]
AccountId = Annotated[str, _matches(r"\d{12}", 'the 12 digits of an AWS account, in quotes ("012345678901")')]
SubnetId = Annotated[str, _matches(r"subnet-[0-9a-f]{8,17}", "a subnet id, subnet-…")]


class Aws(Model):
    """Where an environment lives. The account is compared with the caller's in every plan."""

    account: AccountId
    partition: Literal["aws", "aws-us-gov", "aws-cn"] = "aws"
    region: str

    @model_validator(mode="after")
    def region_is_of_the_partition(self) -> Self:
        if not re.fullmatch(REGION_PATTERNS[self.partition], self.region):
            fitting = [name for name, pattern in REGION_PATTERNS.items() if re.fullmatch(pattern, self.region)]
            remedy = f'set aws.partition = "{fitting[0]}"' if fitting else "write it as AWS does, for example eu-west-1"
            raise ValueError(f"region {self.region!r} is not of the partition {self.partition!r}; {remedy}")
        return self


class State(Model):
    """How Terraform's state is locked: DynamoDB, S3 lock files, or both while changing from one to the other."""

    lock: Literal["dynamodb", "both", "lockfile"] = "dynamodb"


Zones = Annotated[
    int, AfterValidator(lambda n: n if n in (2, 3) else _refuse("2 or 3 zones (one zone is not highly available)"))
]


def _refuse(right: str) -> int:
    raise ValueError(right)


class NewNetwork(Model):
    """A VPC of our own: a public and a private subnet in each zone."""

    mode: Literal["create"] = "create"
    zones: Zones
    cidr: str
    nat: Literal["per_zone", "single", "none"]

    @model_validator(mode="after")
    def cidr_is_large_enough(self) -> Self:
        try:
            network = IPv4Network(self.cidr)
        except ValueError as error:
            raise ValueError(
                f"cidr {self.cidr!r} is not an IPv4 network ({error}); write it as 10.20.0.0/16"
            ) from error
        if not network.is_private:
            raise ValueError(f"cidr {self.cidr} is not private address space; use a part of 10.0.0.0/8")
        if network.prefixlen + self.subnet_bits > SMALLEST_SUBNET or network.prefixlen < LARGEST_VPC:
            raise ValueError(
                f"cidr {self.cidr} does not fit: {self.zones} zones need {self.zones * SUBNETS_A_ZONE} subnets of "
                f"/{SMALLEST_SUBNET} or larger; use /{LARGEST_VPC} to /{SMALLEST_SUBNET - self.subnet_bits}"
            )
        return self

    @property
    def subnet_bits(self) -> int:
        """Bits that number the subnets: the same for 2 and 3 zones' count rounded up to a power of two."""
        return (self.zones * SUBNETS_A_ZONE - 1).bit_length()

    def subnet_cidrs(self) -> tuple[list[str], list[str]]:
        """The public and the private subnets' networks, in zone order."""
        subnets = [str(subnet) for subnet in IPv4Network(self.cidr).subnets(prefixlen_diff=self.subnet_bits)]
        return subnets[: self.zones], subnets[self.zones : 2 * self.zones]


class ExistingNetwork(Model):
    """A VPC that somebody else owns; a plan checks that the subnets are its own and lie in at least two zones."""

    mode: Literal["existing"]
    vpc_id: Annotated[str, _matches(r"vpc-[0-9a-f]{8,17}", "a VPC id, vpc-…")]
    public_subnet_ids: tuple[SubnetId, ...]
    private_subnet_ids: tuple[SubnetId, ...]

    @model_validator(mode="after")
    def two_or_three_distinct_subnets(self) -> Self:
        for key in ("public_subnet_ids", "private_subnet_ids"):
            ids: tuple[str, ...] = getattr(self, key)
            if not 2 <= len(set(ids)) <= 3 or len(set(ids)) != len(ids):  # noqa: PLR2004 two or three zones
                raise ValueError(f"{key} names {len(set(ids))} different subnets; name 2 or 3, one a zone")
        return self


class Image(Model):
    """A machine image: a fixed one, or a public SSM parameter that is resolved to one at plan."""

    ami_id: Annotated[str, _matches(r"ami-[0-9a-f]{8,17}", "an image id, ami-…")] | None = None
    ssm_parameter: (
        Annotated[str, _matches(r"/aws/service/[\w./-]+", "a public parameter's name, /aws/service/…")] | None
    ) = None

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        if (self.ami_id is None) == (self.ssm_parameter is None):
            raise ValueError("give either ami_id or ssm_parameter")
        return self


class Artifact(Model):
    """What the instances fetch: one version of one S3 object, checked by its SHA-256."""

    uri: Annotated[str, _matches(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/\S+", "an S3 address, s3://bucket/key")]
    version_id: Annotated[str, _matches(r"\S+", "the S3 object's version id")]
    sha256: Annotated[str, _matches(r"[0-9a-f]{64}", "64 lower-case hexadecimal digits")]

    @property
    def bucket(self) -> str:
        return self.uri.removeprefix("s3://").split("/", 1)[0]

    @property
    def key(self) -> str:
        return self.uri.removeprefix("s3://").split("/", 1)[1]


class Health(Model):
    """Where a target group asks an instance how it is."""

    path: Annotated[str, _matches(r"/[\w./?&=%-]{0,1023}", "a path that begins with /")] = "/healthz"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080


class Release(Model):
    """What runs. A change of any of these makes exactly one new launch template version."""

    image: Image
    instance_types: tuple[Annotated[str, _matches(r"[a-z0-9-]+\.[a-z0-9-]+", "an EC2 instance type, t4g.small")], ...]
    user_data: Annotated[str, _matches(r"[^/].*", "a file's path, relative to the configuration file")]
    root_volume_gib: Annotated[int, Field(ge=8, le=16384)] = 16
    root_device: Annotated[str, _matches(r"/dev/[a-z0-9]+", "a device name, /dev/xvda")] = "/dev/xvda"
    artifact: Artifact | None = None
    health: Health = Health()
    reversible: bool = True
    """False: it changes data in a way that the release before cannot read, so nothing takes it back by itself."""

    @model_validator(mode="after")
    def some_different_instance_types(self) -> Self:
        if not self.instance_types or len(set(self.instance_types)) != len(self.instance_types):
            raise ValueError("instance_types must name at least one type, each once, the preferred one first")
        return self


class Capacity(Model):
    """How many instances the serving group has, and what the other one keeps so that going back is fast.

    warm: "full" keeps the group that served before at the serving group's size until the next release is submitted;
    "minimum" keeps it at `min`; "none" retires it (going back then launches instances: the cold bound).
    """

    min: Annotated[int, Field(ge=2, le=500)]
    max: Annotated[int, Field(ge=2, le=1000)]
    warm: Literal["full", "minimum", "none"] = "full"
    cpu_target_percent: Annotated[int, Field(ge=10, le=90)] = 50

    @model_validator(mode="after")
    def max_is_not_below_min(self) -> Self:
        if self.max < self.min:
            raise ValueError(f"max {self.max} is below min {self.min}; set capacity.max to {self.min} or more")
        return self


class Drill(Model):
    """When the last known good release is brought up for practice, and how far that goes."""

    schedule: Annotated[str, AfterValidator(checked_schedule)] = "weekly"
    """daily, weekly, off, or EventBridge's own words: rate(3 days), cron(0 4 ? * TUE *). Times are UTC."""
    blackout: Annotated[tuple[Annotated[str, AfterValidator(checked_blackout)], ...], Field(max_length=10)] = ()
    """Times in which no drill is begun: "Mon-Fri 08:00-18:00", with a time zone after it where it is not UTC."""
    traffic_percent: Annotated[int, Field(ge=0, le=10)] = 0
    """The share of the real requests that a drill gives the release before the one that serves. 0: none."""
    error_budget_percent: Annotated[float, Field(gt=0, le=100)] = 1.0
    """More errors than these in a minute of that share end it at once."""

    @model_validator(mode="after")
    def some_of_it_is_allowed(self) -> Self:
        if never(self.schedule, self.blackout):
            raise ValueError(
                f"a {self.schedule} drill begins at {AT_HOUR:02}:00 to {AT_HOUR:02}:59 UTC"
                f"{' on Tuesdays' if self.schedule == WEEKLY else ''}, which is always a blackout time; "
                "name another time as cron(minute hour ? * day *)"
            )
        return self


class Recovery(Model):
    """How a release is proven, and when it is taken back."""

    canary_percent: Annotated[int, Field(ge=0, le=50)] = 10
    canary_minutes: Annotated[int, Field(ge=0, le=60)] = 3
    bake_minutes: Annotated[int, Field(ge=2, le=180)] = 15
    evidence_minutes: Annotated[int, Field(ge=0, le=60)] = 15
    """How much longer than its bake a release may take to see `minimum_requests`."""
    minimum_requests: Annotated[int, Field(ge=0, le=1_000_000)] = 100
    """A bake with fewer requests is no evidence, and promotes nothing. 0: the smoke test alone will do."""
    healthy_seconds: Annotated[int, Field(ge=60, le=1800)] = 150
    """How long a group may take until its instances are healthy."""
    automatic_hours: Annotated[int, Field(ge=1, le=168)] = 24
    """How long after its promotion an alarm may roll a release back by itself; then a person is paged instead."""
    deadline_seconds: Annotated[int, Field(ge=600, le=3600)] = 900
    """Within so many seconds of the first bad minute the last known good release serves, or a person is paged."""
    drill: Drill = Drill()


class Notifications(Model):
    """Who hears of it."""

    email: tuple[Annotated[str, _matches(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address, name@example.com")], ...] = ()


class Tls(Model):
    """HTTPS at the load balancer, under a name of its own."""

    certificate_arn: Annotated[
        str, _matches(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]+", "an ACM certificate's ARN")
    ]
    domain: Annotated[
        str, _matches(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", "a host name, shop.example.com")
    ]
    hosted_zone_id: Annotated[str, _matches(r"Z[A-Z0-9]{4,31}", "a Route 53 hosted zone id, Z…")]


class Alarms(Model):
    """When a group counts as bad. The thresholds are per group and per minute."""

    error_percent: Annotated[float, Field(gt=0, lt=100)] = 5.0
    latency_p99_seconds: Annotated[float, Field(gt=0, le=60)] = 1.0


class Parameter(Model):
    """A value that instances read from SSM by name and version.

    secret (default): the value comes in at apply through an ephemeral variable and is written nowhere but SSM; raise
    `revision` to write a new one. Otherwise `value` stands here, in plain text, and is stored as a String.
    pinned (default): a release names the version that it reads, so going back brings the old value back.
    """

    secret: bool = True
    value: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    revision: Annotated[int, Field(ge=1)] = 1
    pinned: bool = True

    @model_validator(mode="after")
    def value_only_where_it_is_no_secret(self) -> Self:
        if self.secret and self.value is not None:
            raise ValueError(
                "value must not stand in a file: remove it and give it at apply (TF_VAR_…), or set secret = false"
            )
        if not self.secret and self.value is None:
            raise ValueError("a parameter with secret = false needs its value here")
        return self


ParameterName = Annotated[
    str,
    _matches(r"[a-z0-9_-]+(?:/[a-z0-9_-]+){0,5}", "lower-case words separated by / (db/password), at most 6 levels"),
]


class Settings(Model):
    """One environment."""

    app: AppName
    environment: EnvironmentName
    owner: Annotated[str, _matches(r"[\w .:/=+@-]{1,128}", "1 to 128 letters, digits, spaces and _.:/=+-@")]
    aws: Aws
    state: State = State()
    network: Annotated[NewNetwork | ExistingNetwork, Field(discriminator="mode")]
    release: Release
    capacity: Capacity
    tls: Tls | None = None
    alarms: Alarms = Alarms()
    recovery: Recovery = Recovery()
    notifications: Notifications = Notifications()
    parameters: dict[ParameterName, Parameter] = {}
    log_retention_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827] = 90
    protect: bool = True
    """Keep what a rollback stands on from `terraform destroy` (prevent_destroy, deletion protection)."""

    @model_validator(mode="after")
    def parameters_have_names_of_their_own(self) -> Self:
        seen: dict[str, str] = {}
        for key in self.parameters:
            other = seen.setdefault(resource_id(key), key)
            if other != key:
                raise ValueError(
                    f"parameters {other!r} and {key!r} would both be {variable_name(key)} in Terraform; rename one"
                )
        return self

    @model_validator(mode="after")
    def certificate_is_of_the_region(self) -> Self:
        region = self.tls.certificate_arn.split(":")[3] if self.tls else self.aws.region
        if region != self.aws.region:
            raise ValueError(
                f"tls.certificate_arn is in {region}, the load balancer in {self.aws.region}; "
                "use a certificate of the same region"
            )
        return self
