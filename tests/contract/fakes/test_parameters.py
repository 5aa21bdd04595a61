"""Parameters' versions, and the key that they are under (Systems Manager and KMS APIs)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recovery.errors import AwsBusyError, AwsError

if TYPE_CHECKING:
    from tests.contract.fakes.side import Side


def reference(side: Side, number: int) -> str:
    """What a release reads: `name:version`."""
    return side.release(number).parameters["password"]


def test_every_version_that_was_made_is_there(side: Side) -> None:
    """Systems Manager guide, "Parameter versions": older ones stay."""
    _ = side.parameters
    name = reference(side, 1).partition(":")[0]
    assert side.parameters.missing([*(reference(side, number) for number in (1, 2, 4)), name]) == []
    assert side.parameters.missing([]) == []


def test_a_version_that_was_never_made_is_missing(side: Side) -> None:
    name = reference(side, 1).partition(":")[0]
    assert side.parameters.missing([reference(side, 1), f"{name}:99"]) == [f"{name}:99"]


def test_a_parameter_that_was_never_made_is_missing(side: Side) -> None:
    assert side.parameters.missing(["/none/password", reference(side, 2), "/none/password:1"]) == [
        "/none/password",
        "/none/password:1",
    ]


def test_the_key_works(side: Side) -> None:
    assert side.parameters.key_works() is True


def test_versions_are_kept_each_time_that_a_release_is_promoted(side: Side) -> None:
    for number in (1, 2, 2, 1):
        assert side.parameters.keep(side.release(number).parameters) == []


def test_a_parameter_without_a_version_needs_no_keeping(side: Side) -> None:
    assert side.parameters.keep({"level": reference(side, 1).partition(":")[0]}) == []


def test_a_version_that_was_never_made_cannot_be_kept(side: Side) -> None:
    """LabelParameterVersion: ParameterVersionNotFound."""
    name = reference(side, 1).partition(":")[0]
    with pytest.raises(AwsError) as refused:
        side.parameters.keep({"password": f"{name}:99"})
    assert not isinstance(refused.value, AwsBusyError)
