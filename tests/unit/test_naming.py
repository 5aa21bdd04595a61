"""Names fit AWS's limits, stay stable, and never collide."""

from __future__ import annotations

import pytest

from modules.naming import BUCKET_LIMIT, LOAD_BALANCER_LIMIT, ROLE_LIMIT, Naming, shorten

LONGEST = Naming(
    app="a" * 20,
    environment="e" * 12,
    owner="o",
    account="123456789012",
    partition="aws-us-gov",
    region="ap-southeast-5",
)


def test_a_name_at_the_limit_stays_and_one_over_it_gets_a_hash() -> None:
    assert shorten("x" * 32, 32) == "x" * 32
    over = shorten("x" * 33, 32)
    assert len(over) == 32
    assert over != "x" * 32


def test_names_that_differ_only_behind_the_limit_stay_different() -> None:
    assert shorten("x" * 40 + "-blue", 32) != shorten("x" * 40 + "-green", 32)


def test_a_shortened_name_is_the_same_every_time() -> None:
    # A changed hash would rename, and so replace, every resource with a long name.
    assert shorten("a" * 40, 32) == "aaaaaaaaaaaaaaaaaaaaaaaaa-e33cdf"


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        (LONGEST.name("green", LOAD_BALANCER_LIMIT), LOAD_BALANCER_LIMIT),
        (LONGEST.bucket("state"), BUCKET_LIMIT),
        (LONGEST.role("flow-logs"), ROLE_LIMIT),
    ],
)
def test_the_longest_settings_stay_within_every_limit(name: str, limit: int) -> None:
    assert len(name) <= limit
    assert not name.endswith("-")


def test_buckets_and_roles_carry_what_makes_them_unique() -> None:
    naming = Naming(
        app="shop", environment="dev", owner="o", account="111111111111", partition="aws", region="eu-west-1"
    )
    assert naming.bucket("state") == "shop-dev-state-111111111111-eu-west-1"
    assert naming.role("instance") == "shop-dev-instance-eu-west-1"
    assert naming.arn("ssm", "parameter/shop") == "arn:aws:ssm:eu-west-1:111111111111:parameter/shop"
