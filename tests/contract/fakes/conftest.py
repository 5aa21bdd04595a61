"""Each case runs on every side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest

from recovery.aws.clients import CONFIG
from simulator.installed import installed
from tests.contract.fakes.emulated import ADAPTERS, Emulated
from tests.contract.fakes.simulated import Simulated, place
from tests.contract.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.config import Config

    from tests.contract.account import Account
    from tests.contract.fakes.side import Side

EMULATED, SIMULATED, TYPED = "localaws", "simulator", "simulator-typed"


@pytest.fixture(scope="session")
def fakes_shop(account: Account) -> Workshop:
    return Workshop(account)


@pytest.fixture(scope="session")
def clients(account: Account) -> Callable[..., Any]:
    """In the place of recovery.aws.clients.client, which would keep the clients of whoever came first."""
    made: dict[tuple[str, Config], Any] = {}
    make: Any = boto3.client

    def client(service: str, config: Config = CONFIG) -> Any:
        if (service, config) not in made:
            with account.aws.entered():
                made[service, config] = make(service, config=config)
        return made[service, config]

    return client


@pytest.fixture(params=[EMULATED, SIMULATED])
def side(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Side]:
    if request.param != EMULATED:
        with installed(place().settings, logs=request.param == TYPED):
            yield Simulated()
        return
    for module in ADAPTERS:
        monkeypatch.setattr(module, "client", request.getfixturevalue("clients"))
    emulated = Emulated(request.getfixturevalue("fakes_shop"), lambda: request.getfixturevalue("stage"))
    # A cached property is one that a protocol's property has no word for.
    yield cast("Side", emulated)
    emulated.tidy()
