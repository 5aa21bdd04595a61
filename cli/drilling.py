"""`lastgood drill --alarm-path`: fires an alarm, and waits until its event has arrived."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cli import asking, exits
from cli.errors import NotDoneError
from cli.output import show, show_json
from recovery.core.drilling import ANSWERED_SECONDS, name_of
from recovery.core.measuring import Quantity
from recovery.core.submission import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cli.plane import Plane

LOOK_SECONDS = 1.0


def fired(plane: Plane, asked: Mapping[str, Any], *, followed: bool, as_json: bool) -> int:
    """The exit status. Raises NotDoneError where it is refused, or the event does not arrive."""
    ticket = asking.ask(plane, {"drill": {**asked, "alarm": "alone"}})
    if ticket.answer is Answer.REFUSED:
        raise NotDoneError(ticket.reason)
    if not followed:
        asking.say(ticket, as_json=as_json)
        return exits.DONE
    if not as_json:
        show(ticket.reason)
    drill = name_of(asked, time.time())
    record = _answered(plane, drill)
    seconds = float(record["measured"][Quantity.DELIVERY])
    if as_json:
        show_json({"drill": drill, "alarm": record["alarm"], str(Quantity.DELIVERY): seconds})
    else:
        show(f"{record['alarm']} arrived after {seconds:.1f} s; it falls back by itself within a minute")
    return exits.DONE


def _answered(plane: Plane, drill: str) -> Mapping[str, Any]:
    give_up = time.monotonic() + ANSWERED_SECONDS
    while time.monotonic() < give_up:
        record = plane.store.get("drill", drill) or {}
        if record.get("answered_at"):
            return record
        time.sleep(LOOK_SECONDS)
    raise NotDoneError(
        f"{drill}: the alarm's event has not arrived within {ANSWERED_SECONDS:.0f} s; see `lastgood ready`"
    )
