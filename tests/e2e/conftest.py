"""One deployment for the whole session: the provider waits a minute for a load balancer, and that is paid once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from cli import toolchain
from cli.errors import CommandError
from cli.load import Load
from localaws.process import LocalAws, running
from recovery.core.release import Release
from tests.contract.account import Account
from tests.e2e.plane import Plane
from tests.e2e.site import Site

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

# The account and region of config/dev.toml.
ACCOUNT = "111111111111"
REGION = "eu-west-1"
LAST = "test_destroy_leaves_nothing"
# Looks at the site as it was deployed: what tests after it release moves on.
FIRST = "test_a_plan_after_the_apply_is_empty"
# Fixtures whose tests share one deployment.
SHARED = ("site", "backend", "plane")
# A deployment costs a minute, and a run of the plane's half of one, mostly in waiting: two workers share them.
SECOND_PLANE = ("test_ready", "test_drill")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Destroy last, whatever the order of the rest: any other test after it would have to deploy again (and does).

    Tests that share a deployment run as they are written: whatever one of them leaves is the same each time. `make
    soak` sets LASTGOOD_SHUFFLE, and shuffles them like all others.

    With several workers, the tests of one deployment go to one of them, in that order. The groups have to be known
    before pytest-xdist looks for them, and the order is the last word.
    """
    for item in items:
        for shared in SHARED:
            if isinstance(item, pytest.Function) and shared in item.fixturenames:
                second = shared == "plane" and item.path.stem in SECOND_PLANE
                item.add_marker(pytest.mark.xdist_group("second plane" if second else shared))
    yield
    if not os.environ.get("LASTGOOD_SHUFFLE"):
        places = [place for place, item in enumerate(items) if item.get_closest_marker("xdist_group")]
        as_written = sorted((items[place] for place in places), key=_written)
        for place, item in zip(places, as_written, strict=True):
            items[place] = item
    items.sort(key=lambda item: (item.name == LAST) - item.name.startswith(FIRST))


def _written(item: pytest.Item) -> tuple[str, int, str]:
    """Where it stands."""
    file, line, _ = item.location
    return file, line or 0, item.name


@pytest.fixture(scope="session")
def terraform_binary() -> str:
    """Terraform on this machine. Without it these tests are skipped with the reason, and fail in CI."""
    try:
        return toolchain.terraform()
    except CommandError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def aws(terraform_binary: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    assert terraform_binary
    log = tmp_path_factory.mktemp("localaws") / "localaws.log"
    with running(ACCOUNT, REGION, log=log) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def account(aws: LocalAws) -> Account:
    return Account(aws)


@pytest.fixture(scope="session")
def shared_site(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Site:
    with aws.entered():
        return Site.prepare(aws, tmp_path_factory.mktemp("site"))


@pytest.fixture
def site(shared_site: Site) -> Iterator[Site]:
    """The deployed site, as its configuration says. A test may leave anything behind: it is put right afterwards."""
    with shared_site.aws.entered():
        if shared_site.outcome is None:
            shared_site.deploy()
        yield shared_site
        if shared_site.outcome and shared_site.disturbed:
            shared_site.restore()


# Where nothing but waits are pending, a minute of the plane's clock takes little more than a second: its runs last as long
# by that clock as they would on AWS, and functions have the time that their timeouts say.
PLANE_SPEED = 50
REQUESTS_PER_SECOND = 60
# The shortest bake that a release can be judged in, and no longer wait for evidence than that.
PLANE_EDITS = (
    (r"canary_minutes = 1", "canary_minutes = 0"),
    # And room for a release to be paused while it boots.
    (r"bake_minutes = 4", "bake_minutes = 2\ndeadline_seconds = 1700\nhealthy_seconds = 900"),
    (r"evidence_minutes = 6", "evidence_minutes = 3"),
)


@pytest.fixture(scope="session")
def shared_plane(terraform_binary: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    """A deployment of its own, on an emulator whose clock runs fast."""
    assert terraform_binary
    folder = tmp_path_factory.mktemp("plane")
    with running(ACCOUNT, REGION, log=folder / "localaws.log", speed=PLANE_SPEED) as emulator, emulator.entered():
        site = Site.prepare(emulator, folder / "site", *PLANE_EDITS)
        outputs = site.deploy_once()
        service = outputs["service"]
        first = Release(service["record"]["template_id"], 1, service["fingerprint"], service["release"])
        yield Plane(site, outputs["control_plane"]["control"], service, releases=[first])


@pytest.fixture
def plane(shared_plane: Plane) -> Iterator[Plane]:
    with shared_plane.site.aws.entered():
        shared_plane.well_behaved()
        yield shared_plane
        shared_plane.well_behaved()


@pytest.fixture
def traffic(plane: Plane) -> Iterator[Load]:
    """Real requests for as long as the test lasts: without them no release is judged."""
    with Load(plane.public_address(), REQUESTS_PER_SECOND, workers=4) as load:
        yield load
