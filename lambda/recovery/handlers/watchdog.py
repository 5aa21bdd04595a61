"""Once a minute: what events should have set off and did not, what is overdue, and what was left lying about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recovery.aws import clock
from recovery.aws.look import Look
from recovery.aws.runs import RUNNING, Runs
from recovery.aws.store import Store
from recovery.aws.templates import Templates
from recovery.aws.topic import Notify
from recovery.core.incident import OVERDUE
from recovery.core.lease import Kind
from recovery.core.observation import COLOURS
from recovery.core.records import UNKNOWN, run_input
from recovery.core.watching import Overdue, Start, page_is_due, watch
from recovery.handlers.entry import log, settings

if TYPE_CHECKING:
    from collections.abc import Mapping

MINUTE = 60


def handler(_event: Mapping[str, Any], _context: object) -> dict[str, str]:
    """Lambda's entry point."""
    chosen, now = settings(), clock.now()
    store, runs, templates = Store(chosen), Runs(chosen), Templates()
    seen, alarms = Look(chosen).with_alarms(now)
    held = store.lease()
    record = (store.get("run", held.run) if held.run else None) or {}
    fingerprints = {
        colour: templates.fingerprint(*found) if (found := seen.groups[colour].runs()) else "" for colour in COLOURS
    }
    serving = max(COLOURS, key=lambda colour: seen.weights[colour])
    finding = watch(
        seen,
        alarms=alarms,
        held=held,
        ended=held.run is not None and runs.status(held.run) != RUNNING and now >= held.expires_at,
        deadline_at=_deadline(record),
        followed=store.followed_flip(),
        fingerprints=fingerprints,
        history=store.history(fingerprints[serving]),
        strays=store.history(UNKNOWN),
        rules=chosen.rules,
        minute=int(now // MINUTE),
    )
    match finding:
        case None:
            says = {"finding": "nothing", "reason": "all is as it should be"}
        case Start():
            document = run_input(
                finding.kind,
                incident=finding.incident,
                cause=finding.cause,
                automatic=finding.automatic,
                bad=finding.bad,
            )
            started = runs.start(finding.name, {**document, "run": finding.name})
            says = {"finding": finding.name if started else "known", "reason": finding.cause}
        case Overdue():
            says = {"finding": "overdue", "reason": finding.reason}
            where = ("run", held.run) if held.run else ("page", "page")
            paged = (store.get(*where) or {}).get("paged_at")
            if page_is_due(held.run, None if paged is None else float(paged), now):
                kind = held.kind or Kind.ROLLBACK
                document = run_input(kind, incident=OVERDUE, cause=finding.reason, automatic=True)
                Notify(chosen).page({**document, "run": finding.run})
                store.update(*where, {"paged_at": repr(now)})
    log.info("watchdog.looked", extra=says)
    return says


def _deadline(record: Mapping[str, Any]) -> float:
    """When a run has to be over: a rollback by its deadline; a release has as long as its steps may take."""
    return float(record.get("deadline_at", 0.0)) if record.get("kind") == Kind.ROLLBACK else 0.0
