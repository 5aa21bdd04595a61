"""What the control table holds, as plain items: written, and read back, in one place.

pk          sk              what
lease       lease           who may change the app (its epoch only grows)
head        head            where the last promotion is
status      status          what Terraform's check reads: the quarantined fingerprints; the flip followed last, and the
                            run that ended last
run         <run>           one run: what for, where it stands, how it ended
wish        <run>           what an operator, or another run, wants of it
mark        <fingerprint>   quarantine
release     <fingerprint>   how often it was released and rolled back
readiness   readiness       whether one could go back, when it was looked at last
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from recovery.core.check import Check, Readiness
from recovery.core.incident import History
from recovery.core.lease import Kind, Lease
from recovery.core.loading import Head
from recovery.core.moments import timestamp
from recovery.core.quarantine import Level, Mark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.core.incident import Alarm
    from recovery.core.release import Release

Item = dict[str, Any]
UNKNOWN = "unknown"
"""Stands for a fingerprint in keys where a run is about no release in particular."""


def key(pk: str, sk: str = "") -> Item:
    """An item's key."""
    return {"pk": pk, "sk": sk or pk}


def lease_item(lease: Lease) -> Item:
    """Numbers as texts: a float survives DynamoDB only so."""
    return {
        **key("lease"),
        "epoch": lease.epoch,
        "run": lease.run or "",
        "kind": str(lease.kind or ""),
        "incident": lease.incident,
        "expires_at": repr(lease.expires_at),
        # A number: the control table compares it.
        "turn": Decimal(repr(lease.turn)),
        "took_over": lease.took_over,
    }


def lease_of(item: Mapping[str, Any] | None) -> Lease:
    """A lease that nobody ever took has epoch 0."""
    if not item:
        return Lease(0)
    return Lease(
        epoch=int(item["epoch"]),
        run=item["run"] or None,
        kind=Kind(item["kind"]) if item["kind"] else None,
        incident=item["incident"],
        expires_at=float(item["expires_at"]),
        turn=float(item.get("turn", 0)),
        took_over=str(item.get("took_over", "")),
    )


def head_item(head: Head) -> Item:
    return {
        **key("head"),
        "checkpoint": head.key,
        "number": head.number,
        "fingerprint": head.fingerprint,
        "at": repr(head.at),
    }


def head_of(item: Mapping[str, Any] | None) -> Head | None:
    if not item:
        return None
    return Head(item["checkpoint"], int(item["number"]), item["fingerprint"], float(item["at"]))


def mark_item(mark: Mark) -> Item:
    return {
        **key("mark", mark.fingerprint),
        "level": str(mark.level),
        "evidence": mark.evidence,
        "run": mark.run,
        "at": repr(mark.at),
        "lifted_by": mark.lifted_by,
        "lifted_at": repr(mark.lifted_at),
    }


def mark_of(item: Mapping[str, Any] | None) -> Mark | None:
    if not item:
        return None
    return Mark(
        fingerprint=item["sk"],
        level=Level(item["level"]),
        evidence=item["evidence"],
        run=item["run"],
        at=float(item["at"]),
        lifted_by=item["lifted_by"],
        lifted_at=float(item["lifted_at"]),
    )


def history_of(item: Mapping[str, Any] | None) -> History:
    found = item or {}
    return History(
        rollbacks=int(found.get("rollbacks", 0)),
        automatic=int(found.get("automatic", 0)),
        releases=int(found.get("releases", 0)),
        last_at=float(found.get("last_at", 0.0)),
    )


def readiness_fields(found: Readiness) -> Item:
    """What is set on its one item."""
    checks = [{"name": one.name, "ok": one.ok, "says": one.says, "remedy": one.remedy} for one in found.checks]
    return {"at": repr(found.at), "ready": found.ready, "checks": checks}


def readiness_of(item: Mapping[str, Any] | None) -> Readiness | None:
    """None where nobody has looked yet."""
    if not item:
        return None
    checks = tuple(Check(one["name"], bool(one["ok"]), one["says"], one["remedy"]) for one in item["checks"])
    return Readiness(float(item["at"]), checks)


def run_input(
    kind: Kind,
    *,
    incident: str,
    cause: str,
    automatic: bool,
    accepted: bool = False,
    bad: str = "",
    release: Release | None = None,
    revision: str = "",
    alarm: Alarm | None = None,
) -> Item:
    """A run's document at its start, but for its name. Nothing in it varies between two deliveries of one request."""
    return {
        "kind": str(kind),
        "profile": str(kind),
        "incident": incident,
        "cause": cause,
        "automatic": automatic,
        "accepted": accepted,
        "bad": bad,
        "release": release.document() if release else None,
        "revision": revision,
        "alarmed": _alarmed(alarm) if alarm else None,
    }


def _alarmed(alarm: Alarm) -> Item:
    """Its event, and what CloudWatch says of it when asked, differ in their notation alone."""
    return {"at": timestamp(alarm.at), "bad_until": timestamp(alarm.bad_until) if alarm.bad_until else ""}
