"""The fakes have the adapters' methods, called in the same way."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from recovery.aws import clock, requests
from recovery.aws.archive import Archive
from recovery.aws.balancer import Balancer
from recovery.aws.groups import Groups
from recovery.aws.metrics import Metrics
from recovery.aws.parameters import Parameters
from recovery.aws.runs import Runs
from recovery.aws.templates import Templates
from recovery.aws.topic import Notify, Topic
from simulator import parameters, services

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PAIRS = (
    (Archive, services.Archive),
    (Balancer, services.Balancer),
    (Groups, services.Groups),
    (Metrics, services.Metrics),
    (Notify, services.Notify),
    (Parameters, parameters.Parameters),
    (Runs, services.Runs),
    (Templates, services.Templates),
    (requests.TestListener, services.TestListener),
    (Topic, services.Topic),
    (clock, services.Clock),
)


def methods(there: Any) -> Mapping[str, Callable[..., Any]]:
    found = {name: value for name, value in inspect.getmembers(there, callable) if not name.startswith("_")}
    return {name: value for name, value in found.items() if inspect.isfunction(value)}


def says(method: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
    found = inspect.signature(method).parameters.values()
    return [(one.name, one.kind, one.default) for one in found]


@pytest.mark.parametrize(("real", "fake"), PAIRS, ids=[fake.__name__ for _, fake in PAIRS])
def test_a_fakes_methods_are_the_adapters(real: Any, fake: type) -> None:
    there, faked = methods(real), methods(fake)
    assert faked
    for name, method in faked.items():
        assert name in there, f"{fake.__name__}.{name} is no method of the adapter"
        assert says(method) == says(there[name]), name
