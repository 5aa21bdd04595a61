"""The account's use of vCPUs, which its quotas name as their metric."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from moto.ec2.models import ec2_backends
from moto.ec2.models.instance_types import INSTANCE_TYPES

from localaws.metrics.series import Metric

if TYPE_CHECKING:
    from datetime import datetime

    from localaws.metrics.recorder import Recorder

NAMESPACE, METRIC = "AWS/Usage", "ResourceCount"


class Class(NamedTuple):
    """Instances that count against one quota: its name, the metric's dimension, the letters of their types."""

    quota: str
    dimension: str
    letters: tuple[str, ...]


# EC2 user guide, "On-Demand Instance quotas". The classes of accelerators and of large memory are left out.
CLASSES = {
    "L-1216C47A": Class(
        "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
        "Standard/OnDemand",
        ("a", "c", "d", "h", "i", "m", "r", "t", "z"),
    ),
    "L-DB2E81BA": Class("Running On-Demand G and VT instances", "G/OnDemand", ("g", "vt")),
}


def dimensions(one: Class) -> frozenset[tuple[str, str]]:
    """Service Quotas user guide, "Service Quotas and Amazon CloudWatch alarms"."""
    return frozenset({("Class", one.dimension), ("Resource", "vCPU"), ("Service", "EC2"), ("Type", "Resource")})


def sample(account: str, recorder: Recorder, at: datetime) -> None:
    """What runs now. A class of which nothing ever ran has no metric."""
    for region, backend in list(ec2_backends[account].items()):
        used: Counter[str] = Counter()
        for instance in list(backend.all_instances()):
            found: Any = instance
            code = _quota(found.instance_type)
            if code is not None and found.state in ("pending", "running"):
                used[code] += vcpus(found.instance_type)
        for code, count in used.items():
            recorder.record(region, Metric(NAMESPACE, METRIC, dimensions(CLASSES[code])), count, at)


@cache
def vcpus(instance_type: str) -> int:
    """Of a type; 1 of one that nobody knows."""
    known: Any = INSTANCE_TYPES.get(instance_type)
    return int(known["VCpuInfo"]["DefaultVCpus"]) if known else 1


@cache
def _quota(instance_type: str) -> str | None:
    letters = "".join(takewhile(str.isalpha, instance_type))
    return next((code for code, one in CLASSES.items() if letters in one.letters), None)
