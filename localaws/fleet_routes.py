"""The routes that change what instances do and how many there can be, while the emulator runs."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from moto.ec2.models import ec2_backends

from localaws.behaviour import BehaviourError
from localaws.groups import capacity
from localaws.instances import RUNNING
from localaws.live_behaviours import Change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.ec2.models.instances import Instance

    from localaws.fleet import Fleet

SEND_CHANGE = 'send {"release": "v2", "line": "errors=100%"} or {"instance": "i-…", "line": "dies=0s"}'
SEND_CAPACITY = 'send [{"instance_type": "t4g.small", "zone": "*", "available": 0}]'
Reply = tuple[object, HTTPStatus]


def answer(fleet: Fleet, method: str, path: str, body: bytes) -> Reply:
    """GET, PUT or DELETE of `behaviour` or of `capacity`."""
    if path == "capacity":
        return _capacity(fleet, method, body)
    if method == "PUT":
        return _change(fleet, body)
    if method == "DELETE":
        fleet.behaviours.clear(fleet.clock.now())
    return [_shown(change) for change in fleet.behaviours.changes], HTTPStatus.OK


def _change(fleet: Fleet, body: bytes) -> Reply:
    """On top of what user data and earlier changes say; in force until all are deleted, for later launches as well."""
    try:
        given: dict[str, Any] = json.loads(body)
        change = Change(str(given["line"]), str(given.get("instance") or ""), str(given.get("release") or ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return {"error": f"{SEND_CHANGE}: {error}"}, HTTPStatus.BAD_REQUEST
    if bool(change.instance) == bool(change.release):
        return {"error": f"{SEND_CHANGE}: one of the two is needed"}, HTTPStatus.BAD_REQUEST
    concerned = [instance.id for instance in _running(fleet.account) if change.concerns(instance)]
    if not concerned:
        return {"error": f"no instance of {change.instance or change.release} is running"}, HTTPStatus.NOT_FOUND
    try:
        fleet.behaviours.add(change, fleet.clock.now())
    except BehaviourError as error:
        return {"error": str(error)}, HTTPStatus.BAD_REQUEST
    return {"instances": sorted(concerned)}, HTTPStatus.OK


def _running(account: str) -> Iterator[Instance]:
    for backend in list(ec2_backends[account].values()):
        for reservation in list(backend.reservations.values()):
            yield from (one for one in reservation.instances if one.state == RUNNING)


def _shown(change: Change) -> dict[str, str]:
    selected = {"instance": change.instance} if change.instance else {"release": change.release}
    return {**selected, "line": change.words}


def _capacity(fleet: Fleet, method: str, body: bytes) -> Reply:
    """What EC2 has left; a DELETE or an empty list lifts every limit."""
    if method != "GET":
        try:
            fleet.capacity.limit(capacity.read(json.loads(body)) if method == "PUT" else ())
        except ValueError as error:
            return {"error": f"{SEND_CAPACITY}: {error}"}, HTTPStatus.BAD_REQUEST
    return [one.shown() for one in fleet.capacity.shortages], HTTPStatus.OK
