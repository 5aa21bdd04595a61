"""Takes what others want: a release from Terraform, an alarm from EventBridge, a wish from an operator.

It answers at once with a ticket; the work is a run of the state machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recovery.aws import clock
from recovery.aws.look import Look
from recovery.aws.runs import GONE, Runs
from recovery.aws.store import Store
from recovery.aws.templates import Templates
from recovery.core.bad_minutes import bad_until
from recovery.core.drilling import drill_of, expected, marked, may_drill, name_of
from recovery.core.incident import ALARM, WISHES, Alarm, alarmed, late, on_alarm, on_request, on_wish
from recovery.core.lease import Kind
from recovery.core.measuring import Quantity
from recovery.core.moments import seconds
from recovery.core.observation import COLOURS
from recovery.core.records import mark_of, run_input
from recovery.core.release import Release
from recovery.core.submission import NAMES_TRIED, Answer, Ticket, as_it_serves, decide, run_name
from recovery.errors import AwsError
from recovery.handlers.entry import log, settings, watched
from recovery.handlers.starting import Begun, start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recovery.core.observation import Observation

ALONE = "alone"
"""Of a drill: nothing but its alarm."""
ALARM_CHANGED = "CloudWatch Alarm State Change"


class RefusedError(Exception):
    """Nothing was started. Terraform shows this message."""


class BadRequestError(Exception):
    """The event is none that this function knows; the message says what it takes."""


class Desk:
    """One event's handling."""

    def __init__(self) -> None:
        self.settings = settings()
        self.now = clock.now()
        self.store = Store(self.settings)
        self.runs = Runs(self.settings)
        self.look = Look(self.settings)

    def release(self, event: Mapping[str, Any]) -> Ticket:
        """Raises RefusedError, ReleaseError."""
        seen = self.look.groups_and_rule(self.now, health=False, flip=False)
        live = self._serves(seen)
        release = as_it_serves(Release.of(event["release"]), live, seen.groups[seen.serving()].holds())
        head, history = self.store.head(), self.store.history(release.fingerprint)
        # Until something was promoted, what serves is no known good release: it goes through the protocol first.
        settled = head is not None and not self._capacity_differs(seen)
        ticket = decide(
            release,
            live=live if settled else "",
            mark=self.store.mark(release.fingerprint),
            held=self.store.lease(),
            ended_runs=history.releases,
            now=self.now,
        )
        if ticket.answer is Answer.REFUSED:
            raise RefusedError(ticket.reason)
        if ticket.answer is not Answer.STARTED:
            return ticket
        document = run_input(
            Kind.RELEASE,
            incident=release.fingerprint,
            cause=f"submitted by {event.get('by') or 'terraform'}",
            automatic=False,
            accepted=bool(event.get("accept_degraded")),
            release=release,
            revision=str(event.get("revision") or ""),
        )
        return self._start(
            ticket, document, lambda ended: run_name(Kind.RELEASE, release.fingerprint, ended), history.releases
        )

    def alarm(self, event: Mapping[str, Any]) -> Ticket:
        """An alarm's change of state, as EventBridge delivers it: at least once, and perhaps late."""
        detail: Mapping[str, Any] = event["detail"]
        alarm = Alarm(
            name=detail["alarmName"],
            colour=self.settings.alarms().get(detail["alarmName"], ""),
            state=detail["state"]["value"],
            at=seconds(detail["state"]["timestamp"]),
            reason=str(detail["state"].get("reason", "")),
            bad_until=bad_until(str(detail["state"].get("reasonData", ""))),
        )
        seen = self.look.groups_and_rule(self.now, health=False, flip=False)
        bad = self._serves(seen)
        history = self.store.history(bad)
        held = self.store.lease()
        if alarm.forced and (answered := self._drilled(alarm)):
            return answered
        ticket = on_alarm(
            alarm,
            fires=not late(alarm, self.now) or self._fires(alarm.name),
            serving=seen.serving(),
            bad=bad,
            history=history,
            held=held,
            watched=watched(held, self.store, bad),
            now=self.now,
            rules=self.settings.rules,
        )
        if ticket.answer is not Answer.STARTED:
            return ticket
        document = run_input(
            Kind.ROLLBACK, incident=alarmed(bad), cause=ticket.reason, automatic=True, bad=bad, alarm=alarm
        )
        return self._start(ticket, document)

    def _fires(self, name: str) -> bool:
        """As CloudWatch says it now."""
        return any(one.name == name and one.state == ALARM for one in self.look.metrics.alarms())

    def rollback(self, event: Mapping[str, Any]) -> Ticket:
        """An operator's."""
        by, why = str(event["rollback"].get("by") or "an operator"), str(event["rollback"].get("reason") or "")
        bad = self._serves(self.look.groups_and_rule(self.now, health=False, flip=False))
        history, held = self.store.history(bad), self.store.lease()
        of = str(event["rollback"].get("of") or "")
        ticket = on_request(bad=bad, of=of, history=history, held=held, now=self.now, by=by)
        cause = f"{ticket.reason}{f': {why}' if why else ''}"
        if ticket.answer is Answer.JOINED and held.kind is Kind.RELEASE:
            wish = {"wish": "stop", "reason": f"rolled back by {by}{f': {why}' if why else ''}", "accuses": True}
            self.store.update("wish", ticket.run, wish)
        if ticket.answer is not Answer.STARTED:
            return ticket
        document = run_input(Kind.ROLLBACK, incident=f"operator-{bad}", cause=cause, automatic=False, bad=bad)
        return self._start(ticket, document, lambda ended: run_name(Kind.ROLLBACK, bad, ended), history.rollbacks)

    def drill(self, event: Mapping[str, Any]) -> Ticket:
        """Bring the last known good release up beside what serves, and take it down again; fire an alarm; or both."""
        asked: Mapping[str, Any] = event["drill"]
        by, name = str(asked.get("by") or "an operator"), name_of(asked, self.now)
        seen, _ = self.look.with_alarms(self.now, health=False, flip=False)
        record = self.store.get("drill", name) or {}
        if not record and self.runs.status(name) == GONE:
            marks = (mark_of(item) for item in self.store.all("mark"))
            refused = may_drill(
                self.now,
                held=self.store.lease(),
                marks=[mark for mark in marks if mark is not None],
                firing=[alarm for alarms in seen.alarms.values() for alarm in alarms],
                blackout=() if asked.get("in_blackout") else self.settings.rules.blackout,
            )
            if refused:
                return Ticket(Answer.REFUSED, "", f"no drill now: {refused}")
        ticket = Ticket(Answer.STARTED, "", f"{name} fires an alarm")
        if asked.get("alarm") != ALONE:
            document = run_input(Kind.DRILL, incident=name, cause=f"asked for by {by}", automatic=False)
            ticket = self._start(Ticket(Answer.STARTED, name, f"{name} starts"), document)
        if asked.get("alarm") and not record.get("answered_at"):
            self._fire(name, seen, by)
        return ticket

    def _fire(self, drill: str, seen: Observation, by: str) -> None:
        """An alarm of the group that gets no requests: it takes the way of a real one."""
        idle = min(COLOURS, key=lambda colour: seen.weights.get(colour, 0))
        alarm = self.settings.alarm(idle, self.settings.rules.signals[0].name)
        self.store.update("drill", drill, {"alarm": alarm, "asked_at": repr(self.now), "by": by})
        # Where the watchdog looks for one that nobody answered.
        self.store.update("status", "status", {"drill": drill})
        self.look.metrics.force(alarm, marked(drill))

    def _drilled(self, alarm: Alarm) -> Ticket | None:
        """The answer to an alarm that a drill has fired, where a run would be started otherwise; None: it is real."""
        drill = drill_of(alarm)
        record = self.store.get("drill", drill)
        if not expected(record, alarm):
            return None
        now = clock.now()
        took = max(now - alarm.at, 0.0)
        if not (record or {}).get("answered_at"):
            measured = {Quantity.DELIVERY: took}
            fields = {str(quantity): repr(value) for quantity, value in measured.items()}
            self.store.update("drill", drill, {"answered_at": repr(now), "measured": fields})
            try:
                self.look.metrics.put_measured(measured, now)
            except AwsError as error:
                # It is written down: the alarm that watches it is late by a drill.
                log.warning("metrics.lost", extra={"run": drill, "reason": str(error)})
        return Ticket(Answer.IGNORED, "", f"{drill} fired {alarm.name}: it arrived after {took:.1f} s")

    def wish(self, event: Mapping[str, Any]) -> Ticket:
        """Abort, pause or resume the run that holds the lease; with none there is nothing to change."""
        wanted: Mapping[str, str] = event["wish"]
        by, wish = str(wanted.get("by") or "an operator"), wanted.get("wish")
        if wish not in WISHES:
            raise BadRequestError(f"a wish is stop, pause, or empty to resume; got {wish!r}")
        ticket = on_wish(wish, of=str(wanted.get("run") or ""), held=self.store.lease())
        if ticket.answer is Answer.JOINED:
            reason = f"{WISHES[wish]} by {by}"
            self.store.update("wish", ticket.run, {"wish": wish, "reason": reason, "accuses": False})
        return ticket

    def lift(self, event: Mapping[str, Any]) -> Ticket:
        """Take a quarantine back. A person answers for it."""
        fingerprint, by = str(event["lift"]["fingerprint"]), str(event["lift"]["by"])
        found = self.store.mark(fingerprint)
        if found is None or not found.holds:
            return Ticket(Answer.IGNORED, "", f"release {fingerprint[:12]} is not quarantined")
        self.store.lift(found.lift(by, self.now))
        return Ticket(Answer.JOINED, "", f"release {fingerprint[:12]} may be released again, says {by}")

    def _start(
        self, ticket: Ticket, document: Mapping[str, Any], name: Callable[[int], str] | None = None, ended: int = 0
    ) -> Ticket:
        """Start it, once: whoever comes second follows the first one's run."""
        names = [ticket.run] if name is None else [name(ended + number) for number in range(NAMES_TRIED)]
        run, begun = start(self.runs, names, document)
        if begun is Begun.STARTED:
            return Ticket(Answer.STARTED, run, ticket.reason)
        return Ticket(Answer.JOINED, run, f"{run} {'is' if begun is Begun.ON else 'was'} at work on this already")

    def _serves(self, seen: Observation) -> str:
        """The fingerprint of what serves."""
        return Templates().fingerprint(*seen.groups[seen.serving()].holds())

    def _capacity_differs(self, seen: Observation) -> bool:
        """Whether the settings' sizes are not yet the serving group's: then a run settles them."""
        return seen.groups[seen.serving()].minimum != self.settings.rules.minimum


REQUESTS: Mapping[str, Callable[[Desk, Mapping[str, Any]], Ticket]] = {
    "release": Desk.release,
    "rollback": Desk.rollback,
    "drill": Desk.drill,
    "wish": Desk.wish,
    "lift": Desk.lift,
}


def handler(event: Mapping[str, Any], _context: object) -> dict[str, str]:
    """Lambda's entry point. Raises RefusedError, BadRequestError, ReleaseError."""
    desk = Desk()
    if event.get("detail-type") == ALARM_CHANGED:
        ticket = desk.alarm(event)
    else:
        asked = next((name for name in REQUESTS if name in event), None)
        if asked is None:
            raise BadRequestError(f"send one of {', '.join(REQUESTS)}; got {', '.join(sorted(event)) or 'nothing'}")
        ticket = REQUESTS[asked](desk, event)
    log.info("request.answered", extra={"answer": str(ticket.answer), "run": ticket.run, "reason": ticket.reason})
    return {"answer": str(ticket.answer), "run": ticket.run, "reason": ticket.reason}
