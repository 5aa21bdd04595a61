"""What a bootstrap decides from what it finds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cli.aws import Owned
from cli.bootstrap import Adoption, adopt, recorded, stage
from cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

OURS = {"Application": "shop", "Environment": "dev"}
ALL = {"aws_s3_bucket.state": "bucket", "aws_kms_key.state": "key"}
PART = {"aws_kms_key.state": "key"}


@pytest.mark.parametrize(
    ("local", "remote", "expected"),
    [
        (None, None, "make"),
        (PART, None, "make"),
        (ALL, None, "make"),
        (ALL, ALL, "tidy"),
        (PART, ALL, "tidy"),
        ({}, ALL, "tidy"),
        (None, ALL, "settled"),
    ],
)
def test_a_stage_follows_from_what_the_two_states_know(
    local: Mapping[str, str] | None, remote: Mapping[str, str] | None, expected: str
) -> None:
    assert stage(local, remote) == expected


@pytest.mark.parametrize("local", [{**ALL, "aws_dynamodb_table.lock": "lock"}, {**ALL, "aws_kms_key.state": "another"}])
def test_a_local_state_that_knows_more_is_never_thrown_away(local: Mapping[str, str]) -> None:
    with pytest.raises(CommandError, match="knows what the one in the bucket does not: aws_"):
        stage(local, ALL)


def test_a_state_file_is_read_as_addresses_and_ids() -> None:
    managed = {"mode": "managed", "type": "aws_kms_key", "name": "state", "instances": [{"attributes": {"id": "key"}}]}
    data = {**managed, "mode": "data", "type": "aws_caller_identity"}
    assert recorded(json.dumps({"resources": [managed, data]}).encode()) == PART
    assert recorded(b"") is None
    assert recorded(None) is None


def test_only_what_is_there_is_adopted() -> None:
    wanted = {
        "aws_s3_bucket.state": ("bucket b", Owned("b", {**OURS, "Owner": "me"})),
        "aws_kms_key.state": ("key", None),
    }
    assert adopt(wanted, OURS) == [Adoption("aws_s3_bucket.state", "b")]


@pytest.mark.parametrize(
    "found", [Owned("b", {}), Owned("b", {**OURS, "Environment": "prod"}), Owned("b", {"Team": "x"}, empty=True)]
)
def test_what_is_not_tagged_as_ours_is_left_alone(found: Owned) -> None:
    with pytest.raises(CommandError, match=r"^bucket b exists and is not tagged Application=shop, Environment=dev: "):
        adopt({"aws_s3_bucket.state": ("bucket b", found)}, OURS)


def test_an_empty_bucket_without_tags_is_one_whose_making_was_cut_short() -> None:
    wanted = {"aws_s3_bucket.state": ("bucket b", Owned("b", {}, empty=True))}
    assert adopt(wanted, OURS) == [Adoption("aws_s3_bucket.state", "b")]
