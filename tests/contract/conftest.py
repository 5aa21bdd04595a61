"""One emulator for all contract tests; each test makes what it needs under fresh names."""

from __future__ import annotations

from http import HTTPMethod
from typing import TYPE_CHECKING

import pytest

from localaws.process import LocalAws, running
from tests.contract.account import Account
from tests.contract.blue_green import BlueGreen

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "222222222222"
REGION = "eu-west-1"


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAws]:
    with running(ACCOUNT, REGION) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def account(aws: LocalAws) -> Account:
    return Account(aws)


@pytest.fixture
def stage(account: Account) -> Iterator[BlueGreen]:
    made = BlueGreen(account)
    yield made
    made.delete_groups()
    # Its private addresses would be another test's too, as would changes of behaviour.
    account.elbv2.delete_load_balancer(LoadBalancerArn=made.balancer)
    account.own("behaviour", HTTPMethod.DELETE)
