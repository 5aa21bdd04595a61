"""Events reach functions, state machines, queues and topics, in the background."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.events.models import EventsBackend, Rule

from localaws.delivery.schedules import ENABLED, SINCE
from localaws.delivery.targets import SERVICES
from localaws.patches.replacing import original, replace

if TYPE_CHECKING:
    from localaws.compute import Compute


def apply(compute: Compute) -> None:
    """EventBridge user guide, "Amazon EventBridge rules": an enabled rule sends what matches to its targets.

    moto sends for disabled rules, takes a rule with a schedule alone for one that matches everything, and refuses the
    whole call when a target is a function or a state machine.
    """
    send_as_moto = original(Rule, "send_to_targets", needs=("original_event", "transform_input"))
    put_as_moto = original(EventsBackend, "put_events", needs=("events",))
    create = original(Rule, "__init__")
    enable = original(Rule, "enable")

    def send_to_targets(self: Rule, original_event: Any, *, transform_input: bool = True) -> None:
        if self.state != ENABLED or not self.event_pattern.get_pattern():
            return
        if not self.event_pattern.matches_event(original_event):
            return
        mine = [target for target in self.targets if str(target["Arn"]).split(":")[2] in SERVICES]
        others = [target for target in self.targets if target not in mine]
        if others:
            rest = copy.copy(self)
            rest.targets = others
            send_as_moto(rest, original_event, transform_input)
        for target in mine:
            compute.deliveries.deliver(self.arn, target, _event(original_event))

    def put_events(self: EventsBackend, events: list[dict[str, Any]]) -> Any:
        """An event without a time has that of the call, by the emulator's clock."""
        now = compute.clock.now().timestamp()
        return put_as_moto(self, [{"Time": now, **event} for event in events])

    def created(self: Rule, *args: Any, **named: Any) -> None:
        create(self, *args, **named)
        vars(self)[SINCE] = compute.clock.now()

    def enabled(self: Rule) -> None:
        enable(self)
        vars(self)[SINCE] = compute.clock.now()

    replace(Rule, "__init__", created)
    replace(Rule, "enable", enabled)
    replace(Rule, "send_to_targets", send_to_targets)
    replace(EventsBackend, "put_events", put_events)


def _event(event: dict[str, Any]) -> dict[str, Any]:
    """EventBridge user guide, "Event structure"; moto keeps the time as a number and a field of its own beside it."""
    kept = {key: value for key, value in event.items() if key != "ingestion-time"}
    time = event["time"]
    if isinstance(time, (int, float)):
        time = f"{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return kept | {"time": time}
