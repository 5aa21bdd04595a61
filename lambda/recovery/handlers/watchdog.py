"""Once a minute: what events should have set off and did not, what is overdue, and what was left lying about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recovery.aws import clock
from recovery.aws.look import Look
from recovery.aws.runs import RUNNING, Runs
from recovery.aws.store import Store
from recovery.aws.templates import Templates
from recovery.aws.topic import Notify
from recovery.core.drilling import drill_of, expected, unanswered
from recovery.core.incident import OVERDUE, REPLACED, UNANSWERED, UNTOLD
from recovery.core.lease import Kind
from recovery.core.records import UNKNOWN, run_input
from recovery.core.watching import Dead, Overdue, Start, delivered, page_is_due, run_before, untold, watch
from recovery.handlers.entry import log, settings, watched
from recovery.handlers.starting import Begun, start

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.settings import Settings

MINUTE = 60


def handler(_event: Mapping[str, Any], _context: object) -> dict[str, str]:
    """Lambda's entry point."""
    chosen, now = settings(), clock.now()
    store, runs, templates = Store(chosen), Runs(chosen), Templates()
    seen, alarms = Look(chosen).with_alarms(now, health=False)
    alarms = [one for one in alarms if not (one.forced and expected(store.get("drill", drill_of(one)), one))]
    held = store.lease()
    record = (store.get("run", held.run) if held.run else None) or {}
    bad = str(record.get("bad", ""))
    serves = templates.fingerprint(*seen.groups[seen.foremost()].holds())
    finding = watch(
        seen,
        alarms=alarms,
        held=held,
        ended=held.run is not None and runs.status(held.run) != RUNNING,
        deadline_at=_deadline(record),
        dead=Dead(bad, bool(record.get("automatic", True)), store.history(bad)),
        watches=watched(held, store, serves),
        followed=store.followed_flip(),
        serves=serves,
        history=store.history(serves),
        strays=store.history(UNKNOWN),
        rules=chosen.rules,
        minute=int(now // MINUTE),
    )
    says = _see_to(finding, chosen, store, runs, flip=seen.flip, now=now)
    status = store.get("status") or {}
    _tell_late(chosen, store, status, now)
    _tell_unanswered(chosen, store, status, now)
    log.info("watchdog.looked", extra=says)
    return says


def _see_to(
    finding: Start | Overdue | None, chosen: Settings, store: Store, runs: Runs, *, flip: str, now: float
) -> dict[str, str]:
    match finding:
        case None:
            return {"finding": "nothing", "reason": "all is as it should be"}
        case Start():
            document = run_input(
                finding.kind,
                incident=finding.incident,
                cause=finding.cause,
                automatic=finding.automatic,
                bad=finding.bad,
                alarm=delivered(finding.alarm, ended_at=_ended_at(store), flip=flip) if finding.alarm else None,
            )
            run, begun = start(runs, finding.names, document)
            if begun is Begun.STARTED and finding.alarming:
                _page(chosen, finding.kind, run, finding.cause, REPLACED)
            if begun is Begun.USED:
                reason = f"{finding.cause}; every run about it, {run} the last, ended before it could begin"
                _page_if_due(chosen, store, Overdue("", reason), finding.kind, now)
            return {"finding": run if begun is Begun.STARTED else "known", "reason": finding.cause}
        case Overdue():
            _page_if_due(chosen, store, finding, Kind.ROLLBACK, now)
            return {"finding": "overdue", "reason": finding.reason}


def _page_if_due(chosen: Settings, store: Store, finding: Overdue, kind: Kind, now: float) -> None:
    where = ("run", finding.run) if finding.run else ("page", "page")
    record = store.get(*where) or {}
    paged = record.get("paged_at")
    if page_is_due(finding.run, None if paged is None else float(paged), now):
        _page(chosen, Kind(record.get("kind") or kind), finding.run or "none", finding.reason)
        store.update(*where, {"paged_at": repr(now)})


def _ended_at(store: Store) -> float:
    """When the run that ended last did."""
    last = str((store.get("status") or {}).get("last", ""))
    record = (store.get("run", last) if last else None) or {}
    return float(record.get("ended_at", 0.0))


def _tell_unanswered(chosen: Settings, store: Store, status: Mapping[str, Any], now: float) -> None:
    """Of the newest drill whose alarm was not handed on."""
    drill = str(status.get("drill", ""))
    reason = unanswered(store.get("drill", drill) if drill else None, now)
    if reason:
        _page(chosen, Kind.DRILL, drill, reason, incident=UNANSWERED)
        store.update("drill", drill, {"told_at": repr(now)})


def _tell_late(chosen: Settings, store: Store, status: Mapping[str, Any], now: float) -> None:
    """Of each run that ended lately, where nobody was told: the next one may end before it is late."""
    run = str(status.get("last", ""))
    while run:
        record = store.get("run", run) or {}
        untold_of = untold(record, now)
        if untold_of:
            _page(chosen, Kind(record["kind"]), run, untold_of, incident=UNTOLD)
            store.update("run", run, {"told_at": repr(now)})
        run = run_before(record, now)


def _page(chosen: Settings, kind: Kind, run: str, reason: str, incident: str = OVERDUE) -> None:
    document = run_input(kind, incident=incident, cause=reason, automatic=True)
    Notify(chosen).page({**document, "run": run})


def _deadline(record: Mapping[str, Any]) -> float:
    """When a run has to be over: a rollback by its deadline; a release has as long as its steps may take."""
    return float(record.get("deadline_at", 0.0)) if record.get("kind") == Kind.ROLLBACK else 0.0
