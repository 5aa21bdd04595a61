"""Instances are launched at the emulator's time, so that moving the clock on makes them boot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.ec2.models.instances import Instance

from localaws.patches.replacing import original, replace

if TYPE_CHECKING:
    from localaws.clock import Clock


def apply(clock: Clock) -> None:
    """EC2 API, Instance.LaunchTime: "the time that the instance was last launched", so a start sets it as well."""
    launch = original(Instance, "__init__")
    start = original(Instance, "start")

    def launched(self: Instance, *args: Any, **settings: Any) -> None:
        launch(self, *args, **settings)
        self.launch_time = clock.now().replace(tzinfo=None)  # moto's times are naive UTC

    def started(self: Instance, *args: Any, **settings: Any) -> Any:
        previous = start(self, *args, **settings)
        self.launch_time = clock.now().replace(tzinfo=None)
        return previous

    replace(Instance, "__init__", launched)
    replace(Instance, "start", started)
