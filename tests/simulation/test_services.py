"""The fakes, by what AWS's documentation says of the services."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from recovery.aws.store import Store
from recovery.core.commands import SetGroup
from recovery.core.lease import Kind, Lease, LeaseLostError, Terms
from recovery.errors import AwsError, ConflictError
from simulator import traffic
from simulator.engine import Engine
from simulator.installed import installed
from simulator.scenarios import SCENARIOS, begin
from simulator.services import Archive, Balancer, Groups, Metrics, Runs
from simulator.site import START, site
from tests.conftest import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterator

SITE = site(CONFIG, "dev", quick=True)
CALM = replace(SCENARIOS[0], happenings=(), good=(1,))
TERMS = Terms(120.0, 8.0)


@pytest.fixture(params=[False, True], ids=["plain", "typed"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with installed(SITE.settings, logs=request.param):
        made = Engine(begin(CALM, SITE))
        made.run(START)
        yield made


def lease(run: str, epoch: int, *, at: float = START, turn: float = START) -> Lease:
    return Lease(epoch, run, Kind.RELEASE, "an incident", at + 120.0, turn)


def test_a_lease_is_taken_by_one(engine: Engine) -> None:
    store = Store(SITE.settings)
    store.take(lease("one", 1), Lease(0))
    with pytest.raises(ConflictError):
        store.take(lease("other", 1), Lease(0))
    assert store.lease().run == "one"
    assert engine.world.table["lease", "lease"]["epoch"] == 1


def test_a_lost_answer_to_ones_own_write_is_no_conflict(engine: Engine) -> None:
    store = Store(SITE.settings)
    store.take(lease("one", 1), Lease(0))
    store.take(lease("one", 1), Lease(0))
    assert engine.world.table["lease", "lease"]["run"] == "one"


def test_whoever_lost_the_lease_renews_it_no_more(engine: Engine) -> None:
    store = Store(SITE.settings)
    store.take(lease("one", 1), Lease(0))
    store.take(lease("other", 2), store.lease())
    with pytest.raises(LeaseLostError):
        store.renew("one", 1, engine.world.now, TERMS, turn=START)


def test_a_transaction_writes_all_or_nothing(engine: Engine) -> None:
    store = Store(SITE.settings)
    store.take(lease("other", 2), Lease(0))
    ended = {"one": {"outcome": "Promoted"}}
    with pytest.raises(ConflictError):
        store.finish(ended, counted=("f", ["releases"]), mark=None, flip="x", lease=lease("one", 1), freed=Lease(1))
    assert store.get("run", "one") is None
    assert "flip" not in engine.world.table["status", "status"]
    assert store.history("f").releases == 0


def test_a_checkpoint_is_written_once(engine: Engine) -> None:
    archive = Archive()
    archive.write("checkpoints/9", "text")
    archive.write("checkpoints/9", "text")
    with pytest.raises(ConflictError):
        archive.write("checkpoints/9", "another")
    assert engine.world.objects["checkpoints/9"] == "text"


def test_the_rule_reads_back_at_once_and_its_nodes_obey_later(engine: Engine) -> None:
    Balancer().move({"blue": 0, "green": 100})
    assert Balancer().weights() == {"blue": 0, "green": 100}
    assert engine.world.share == {"blue": 1.0, "green": 0.0}
    engine.wait(5.0)
    assert engine.world.share == {"blue": 0.5, "green": 0.5}
    engine.wait(5.0)
    assert engine.world.share == {"blue": 0.0, "green": 1.0}


def test_an_older_write_does_not_come_after_a_newer_one(engine: Engine) -> None:
    engine.world.obey_after = (1.0, 60.0)
    Balancer().move({"blue": 50, "green": 50})
    engine.world.obey_after = (1.0, 2.0)
    Balancer().move({"blue": 0, "green": 100})
    engine.wait(90.0)
    assert engine.world.share == {"blue": 0.0, "green": 1.0}


def test_a_stale_answer_is_what_was_true(engine: Engine) -> None:
    engine.wait(30.0)
    engine.world.lag, engine.world.lag_until = 5.0, engine.world.now + 5.0
    Balancer().move({"blue": 0, "green": 100})
    assert Balancer().weights() == {"blue": 100, "green": 0}
    engine.wait(6.0)
    assert Balancer().weights() == {"blue": 0, "green": 100}


def test_a_size_outside_the_limits_is_refused(engine: Engine) -> None:
    with pytest.raises(AwsError, match="ValidationError"):
        Groups().set(SetGroup("green", None, 0, engine.world.fleets["green"].maximum + 1))


def test_a_group_becomes_what_is_desired(engine: Engine) -> None:
    Groups().set(SetGroup("green", SITE.builds[3].release, 2, 2))
    engine.wait(5.0)
    launched = engine.world.fleets["green"]
    assert [one.version for one in launched.machines] == [3, 3]
    assert len({one.zone for one in launched.machines}) == 2
    assert not launched.healthy
    engine.wait(60.0)
    assert len(engine.world.fleets["green"].healthy) == 2
    Groups().set(SetGroup("green", SITE.builds[2].release, 0, 0))
    engine.wait(5.0)
    assert not engine.world.fleets["green"].machines


def test_launches_fail_while_there_is_no_capacity(engine: Engine) -> None:
    engine.world.short_until = engine.world.now + 50.0
    Groups().set(SetGroup("green", None, 2, 2))
    engine.wait(10.0)
    seen = Groups().look({})["green"]
    assert (len(seen.instances), seen.trouble) == (0, "InsufficientInstanceCapacity")
    engine.wait(60.0)
    assert len(engine.world.fleets["green"].machines) == 2


def test_a_name_is_taken_once(engine: Engine) -> None:
    document = {"kind": "drill", "cause": "a test"}
    assert Runs().start("drill-1", document)
    assert Runs().start("drill-1", document), "the same input while it runs is the same execution"
    assert not Runs().start("drill-1", {**document, "cause": "another"})
    engine.kill("drill-1")
    assert not Runs().start("drill-1", document), "a name stays taken for 90 days"
    assert Runs().status("drill-1") == "ABORTED"
    assert Runs().status("drill-2") == "gone"


def test_metrics_come_late_and_an_alarm_after_them(engine: Engine) -> None:
    traffic.turn(engine.world, 1, bad=True)
    engine.wait(100.0)
    assert not Metrics().series(START, engine.world.now)["blue"]["errors"].values
    engine.wait(30.0)
    [percent] = Metrics().series(START, engine.world.now)["blue"]["errors"].values
    assert percent == pytest.approx(traffic.ERRORS_PERCENT, abs=0.1)
    assert not [one for one in Metrics().alarms() if one.state == "ALARM"]
    engine.wait(90.0)
    assert {one.name for one in Metrics().alarms() if one.state == "ALARM"} == {"shop-blue-errors"}
