"""Once an hour, and when a person asks: could we go back right now? It keeps what it found, and no more."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from recovery.aws import clock
from recovery.aws.alarm_rule import Rules
from recovery.aws.archive import Archive
from recovery.aws.capacity import Capacity
from recovery.aws.look import Look
from recovery.aws.metrics import Metrics
from recovery.aws.parameters import Parameters
from recovery.aws.store import Store
from recovery.aws.templates import Templates
from recovery.aws.topic import DeadLetters, Topic
from recovery.core.parts import Image, Unseen
from recovery.core.quotas import quota_of
from recovery.core.readiness import readiness
from recovery.core.sight import Places, Sight
from recovery.core.way_back import way_back
from recovery.errors import AwsError
from recovery.handlers.entry import log, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recovery.core.observation import Observation
    from recovery.core.parts import Room
    from recovery.core.release import Release
    from recovery.core.way_back import WayBack
    from recovery.settings import Settings

Found = TypeVar("Found")
# What one look at a service that does not answer may take with its tries, and keeping what was found, in all.
ENOUGH_MILLISECONDS = 25_000


class Examiner:
    """Each part is seen, or says why not: a service that is down hides no other's state."""

    def __init__(self, chosen: Settings, now: float, left: Callable[[], int]) -> None:
        self.settings, self.now, self._left = chosen, now, left
        self.look = Look(chosen)
        self.store = Store(chosen)
        self.archive = Archive(chosen)
        self.templates = Templates()
        self.parameters = Parameters(chosen)
        self.capacity = Capacity()

    def sight(self) -> Sight:
        """Everything."""
        seen = self._see(lambda: self.look.groups_and_rule(self.now))
        back = seen if isinstance(seen, Unseen) else self._see(lambda: self._back(seen))
        target = Sight.target_of(back)

        def of_target(what: Callable[[Release], Found]) -> Found | Unseen:
            return target if isinstance(target, Unseen) else self._see(partial(what, target))

        return Sight(
            at=self.now,
            rules=self.settings.rules,
            places=_places(self.settings),
            lease=self._see(self.store.lease),
            seen=seen,
            back=back,
            template=of_target(lambda release: self._launch_data(release) is not None),
            image=of_target(self._image),
            parameters=of_target(lambda release: tuple(self.parameters.missing(release.parameters.values()))),
            key=self._see(self.parameters.key_state),
            rooms=of_target(self._rooms),
            addresses=self._see(lambda: self.capacity.free_addresses(self.look.groups.subnets())),
            listening=self._see(Topic(self.settings).listening),
            alarms=self._see(lambda: tuple(self.look.metrics.alarms())),
            alarm_rule=self._see(Rules(self.settings).for_alarms),
            dead_letters=self._see(DeadLetters(self.settings).count),
        )

    def _see(self, what: Callable[[], Found]) -> Found | Unseen:
        if self._left() < ENOUGH_MILLISECONDS:
            return Unseen("the time was up: what was asked before did not answer in time")
        try:
            return what()
        except AwsError as error:
            return Unseen(" ".join(str(error).split()))

    def _back(self, seen: Observation) -> WayBack:
        serving = seen.groups[seen.foremost()]
        return way_back(
            self.archive.keys(),
            self.archive.read,
            held_back=self.store.held_back(),
            serves=self.templates.fingerprint(*serving.holds()),
            head=self.store.head(),
        )

    def _launch_data(self, release: Release) -> Mapping[str, Any] | None:
        return self.templates.data(release.template_id, release.version)

    def _image(self, release: Release) -> Image:
        image = str(release.content.get("image_id") or (self._launch_data(release) or {}).get("ImageId") or "")
        return Image(image, self.templates.image_state(image))

    def _rooms(self, release: Release) -> tuple[Room, ...]:
        types = release.instance_types or (str((self._launch_data(release) or {}).get("InstanceType")),)
        vcpus = self.capacity.vcpus(types)
        quotas = {quota: [one for one in types if quota_of(one) == quota] for quota in map(quota_of, types)}
        return tuple(
            self.capacity.room(quota, {one: vcpus[one] for one in counted if one in vcpus}, self.now)
            for quota, counted in quotas.items()
        )


def handler(_event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry point."""
    chosen, now = settings(), clock.now()
    found = readiness(Examiner(chosen, now, context.get_remaining_time_in_millis).sight())
    bad = [check.name for check in found.checks if not check.ok]
    log.info("readiness.looked", extra={"ready": found.ready, "not_ready": bad})
    # Kept first: the command shows it even where CloudWatch takes no metric, which is an error of this function then.
    Store(chosen).keep_readiness(found)
    Metrics(chosen).put_readiness(found)
    return {"ready": found.ready, "not_ready": bad}


def _places(chosen: Settings) -> Places:
    return Places(
        app=chosen.app,
        environment=chosen.environment,
        bucket=chosen.bucket,
        groups=chosen.groups,
        alarms=tuple(chosen.alarms()),
        alarm_rule=chosen.alarm_rule,
        parameter_key=chosen.parameter_key_arn.rpartition("/")[2],
        topic=chosen.topic_arn,
        dead_letters=chosen.dead_letters_url,
    )
