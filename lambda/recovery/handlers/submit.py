"""Takes what others want: a release from Terraform, an alarm from EventBridge, a wish from an operator.

It answers at once with a ticket; the work is a run of the state machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recovery.aws import clock
from recovery.aws.look import Look
from recovery.aws.runs import Runs
from recovery.aws.store import Store
from recovery.aws.templates import Templates
from recovery.core.bad_minutes import bad_until
from recovery.core.incident import WISHES, Alarm, alarmed, on_alarm, on_request, on_wish
from recovery.core.lease import Kind
from recovery.core.moments import seconds
from recovery.core.records import run_input
from recovery.core.release import Release
from recovery.core.submission import NAMES_TRIED, Answer, Ticket, as_it_serves, decide, run_name
from recovery.handlers.entry import log, settings, watched
from recovery.handlers.starting import Begun, start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recovery.core.observation import Observation

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
        seen = self.look.groups_and_rule(self.now)
        live = self._serves(seen)
        release = as_it_serves(Release.of(event["release"]), live, seen.groups[seen.serving()].runs())
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
        seen = self.look.groups_and_rule(self.now)
        bad = self._serves(seen)
        history = self.store.history(bad)
        held = self.store.lease()
        ticket = on_alarm(
            alarm,
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

    def rollback(self, event: Mapping[str, Any]) -> Ticket:
        """An operator's."""
        by, why = str(event["rollback"].get("by") or "an operator"), str(event["rollback"].get("reason") or "")
        bad = self._serves(self.look.groups_and_rule(self.now))
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
        """Bring the last known good release up beside what serves, and take it down again."""
        by = str(event["drill"].get("by") or "an operator")
        # Whoever asks may name it, so that asking twice is asking once.
        name = f"drill-{event['drill'].get('id') or int(self.now)}"
        document = run_input(Kind.DRILL, incident=name, cause=f"asked for by {by}", automatic=False)
        return self._start(Ticket(Answer.STARTED, name, f"{name} starts"), document)

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
        runs = seen.groups[seen.serving()].runs()
        return Templates().fingerprint(*runs) if runs else ""

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
