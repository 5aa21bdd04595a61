"""The protocol: one table. The state machine, its picture, the time bound and the simulator are all made from it.

Rule of this file: whatever decides which step follows which stands here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from recovery.core.answers import Go
from recovery.core.lease import Kind

if TYPE_CHECKING:
    from recovery.core.rules import Rules


class Function(StrEnum):
    """Who does a step."""

    RECORD = "record"
    OBSERVE = "observe"
    CHANGE = "change"
    PROBE = "probe"
    NOTIFY = "notify"


class Profile(StrEnum):
    """The passage of a run through the table. A run starts with its kind's; what Capture sees may narrow it down."""

    RELEASE = "release"
    FIRST = "first"
    """The candidate serves already, as no release was ever promoted: there is nothing to go back to."""
    ROLLBACK = "rollback"
    """Cold: the last known good release must be launched."""
    WARM = "warm"
    """The last known good release runs in the idle group, healthy and large enough."""
    DRILL = "drill"
    RECONCILE = "reconcile"
    """Nothing has to move: sizes, floors and processes are put right."""


class Ending(StrEnum):
    """Where the state machine stops."""

    PROMOTED = "Promoted"
    RESTORED = "Restored"
    UNDONE = "Undone"
    ESCALATED = "Escalated"
    READY = "Ready"
    NOT_READY = "NotReady"
    SETTLED = "Settled"
    REFUSED = "Refused"
    JOINED = "Joined"


FAILURES = (Ending.UNDONE, Ending.ESCALATED)
"""The execution itself fails: it did not do what it was for, and a person was paged."""
START_OF = {
    Kind.RELEASE: Profile.RELEASE,
    Kind.ROLLBACK: Profile.ROLLBACK,
    Kind.DRILL: Profile.DRILL,
    Kind.RECONCILE: Profile.RECONCILE,
}
FIRST_STEP = "Acquire"
BY_OUTCOME = "by outcome"
"""The way out of the last step: the ending that Finish decided on."""

Way = str | Mapping[Profile, str]


class Clock(StrEnum):
    """When a rollback has to be past a step, as Acquire says it (a time of day): its deadline allows no later."""

    LEASE_BY = "lease_by"
    """It holds the lease."""
    LAUNCH_FROM = "launch_from"
    """It begins to launch instances, if it has to."""
    LAUNCH_BY = "launch_by"
    """The instances that it launched are healthy."""


CLOCKS: Mapping[str, Clock] = {
    "Acquire": Clock.LEASE_BY,
    "AwaitHealthy": Clock.LAUNCH_BY,
    "Shift": Clock.LAUNCH_BY,
}


class IllegalTransitionError(Exception):
    """A step gave an answer that its profile has no way for. Nothing was changed by it."""


@dataclass(frozen=True, slots=True)
class Poll:
    """Look again every so many seconds, at most so many times."""

    seconds: int
    times: int
    until: int = 0
    """Seconds after a rollback's start that its clock says: it looks until then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row."""

    name: str
    function: Function | None
    """None: the state machine itself waits `pause_seconds`."""
    says: str
    ways: Mapping[Go, Way]
    failed: Way
    """Where an error leads that is left after the retries."""
    poll: Poll | None = None
    late: Way | None = None
    """Where it leads when the last look still says `wait` or `again`."""
    clock: Clock | None = None
    """What ends a rollback's looks and repetitions; `poll` ends those of other runs."""
    pause_seconds: int = 0

    @property
    def times(self) -> int:
        """How often it is done at most, where it can lead back to itself or to an earlier step."""
        return self.poll.times if self.poll else AGAIN_TIMES

    @property
    def most_times(self) -> int:
        """The same, of a rollback too, whose looks lie `seconds` apart; repetitions without a pause reach it sooner."""
        return max(self.times, self.poll.until // self.poll.seconds + 2) if self.poll else self.times

    @property
    def repeats(self) -> bool:
        """Whether it can."""
        return Go.WAIT in self.ways or Go.AGAIN in self.ways


AGAIN_TIMES = 4
"""How often a change that found the group not (or no longer) ready leads back to AwaitHealthy."""
LOOK_SECONDS = 10
LOOK_TIMEOUT_SECONDS = 10
"""The longest that a look takes, as its state's timeout."""
ACQUIRE_SECONDS = 300
CONFIRM_SECONDS = 180
"""The weights' propagation (120 s were enough where it was measured, argo-rollouts#4595) and a minute of metrics."""
SHARE_SECONDS = 180
"""How long a drill's share of the requests is watched: a whole minute, and its figures, are in it."""
SMOKE_SECONDS = 30
SMOKE_LOOK_SECONDS = 5
CLEAR_SECONDS = 240
"""How long a breach may take to clear after a rollback: three one-minute periods of an alarm, and a minute's delay."""

_CHANGES_NOTHING_YET: Mapping[Profile, str] = {
    Profile.RELEASE: "Finish",
    Profile.ROLLBACK: "Escalate",
    Profile.DRILL: "Finish",
    Profile.RECONCILE: "Finish",
}
_PAGE_BUT_GO_ON: Mapping[Profile, str] = {Profile.ROLLBACK: "Page", Profile.WARM: "Page"}
# A rollback that cannot be done pages before it puts the undo point back: the page is what its deadline is about.
_BACK: Mapping[Profile, str] = {
    Profile.RELEASE: "Return",
    Profile.FIRST: "Return",
    Profile.ROLLBACK: "Alert",
    Profile.WARM: "Alert",
    Profile.DRILL: "Return",
}

# What serves the last known good release is not taken back because nobody could see it.
_CONFIRMED_NOT: Mapping[Profile, str] = {**_BACK, **_PAGE_BUT_GO_ON}


def table(rules: Rules) -> tuple[Step, ...]:
    """Every step, in the order of a release's passage. How long a step may wait comes from the settings."""
    return (*_begin(rules), *_bring_up(rules), *_move(rules), *_prove(rules), *_go_back(), *_end(rules))


def _begin(rules: Rules) -> tuple[Step, ...]:
    return (
        Step(
            name="Acquire",
            function=Function.RECORD,
            says="take the lease, or join the run of the same incident",
            ways={Go.ON: "Load", Go.WAIT: "Acquire", Go.JOINED: Ending.JOINED, Go.REFUSED: Ending.REFUSED},
            poll=Poll(LOOK_SECONDS, ACQUIRE_SECONDS // LOOK_SECONDS, rules.lease_seconds),
            clock=CLOCKS["Acquire"],
            late={**_ended(Ending.REFUSED), Profile.ROLLBACK: "Escalate"},
            failed={**_ended(Ending.REFUSED), Profile.ROLLBACK: "Escalate"},
        ),
        Step(
            name="Load",
            function=Function.OBSERVE,
            says="the candidate, or the newest good checkpoint whose parts all exist",
            ways={Go.ON: "Capture", Go.REFUSED: "Finish", Go.ESCALATE: "Escalate"},
            failed=_CHANGES_NOTHING_YET,
        ),
        Step(
            name="Capture",
            function=Function.OBSERVE,
            says="what serves now: the undo point",
            ways={Go.ON: "Begin", Go.REFUSED: "Finish", Go.ESCALATE: "Escalate"},
            failed=_CHANGES_NOTHING_YET,
        ),
        Step(
            name="Begin",
            function=Function.RECORD,
            says="write target and undo point down before anything is changed",
            ways={
                Go.ON: {
                    Profile.RELEASE: "Prepare",
                    Profile.FIRST: "AwaitHealthy",
                    Profile.ROLLBACK: "Prepare",
                    Profile.WARM: "Shift",
                    Profile.DRILL: "Prepare",
                    # Who moved the traffic may have died right after it.
                    Profile.RECONCILE: "Drain",
                },
                Go.SETTLE: {Profile.RECONCILE: "Retire"},
            },
            failed={**_CHANGES_NOTHING_YET, Profile.FIRST: "Finish", Profile.WARM: "Escalate"},
        ),
    )


def _bring_up(rules: Rules) -> tuple[Step, ...]:
    return (
        Step(
            name="Prepare",
            function=Function.CHANGE,
            says="the idle group: empty of other releases, then the target, as large as what serves",
            ways={Go.ON: "AwaitHealthy", Go.FAIL: _BACK},
            failed=_BACK,
        ),
        Step(
            name="AwaitHealthy",
            function=Function.OBSERVE,
            says="enough instances of this very release, healthy twice in a row, in every zone",
            ways={
                Go.ON: {
                    Profile.RELEASE: "Smoke",
                    Profile.FIRST: "Smoke",
                    Profile.ROLLBACK: "Shift",
                    Profile.WARM: "Shift",
                    Profile.DRILL: "Smoke",
                },
                Go.WAIT: "AwaitHealthy",
                Go.AGAIN: "Prepare",
                Go.FAIL: _BACK,
            },
            poll=Poll(LOOK_SECONDS, rules.healthy_seconds // LOOK_SECONDS, rules.launch_seconds),
            clock=CLOCKS["AwaitHealthy"],
            late=_BACK,
            failed=_BACK,
        ),
    )


def _move(rules: Rules) -> tuple[Step, ...]:
    return (
        Step(
            name="Canary",
            function=Function.CHANGE,
            says="a small share of the requests",
            ways={Go.ON: "WatchCanary", Go.AGAIN: "AwaitHealthy", Go.FAIL: "Return"},
            failed="Return",
        ),
        Step(
            name="WatchCanary",
            function=Function.OBSERVE,
            says="the canary beside what serves, at the same time",
            ways={Go.ON: "Shift", Go.WAIT: "WatchCanary", Go.FAIL: "Return"},
            poll=Poll(LOOK_SECONDS, rules.canary_seconds // LOOK_SECONDS + 1),
            late="Return",
            failed="Return",
        ),
        Step(
            name="Shift",
            function=Function.CHANGE,
            says="all requests, once enough healthy instances are seen in the same breath",
            ways={Go.ON: "Confirm", Go.AGAIN: "AwaitHealthy", Go.FAIL: _BACK},
            clock=CLOCKS["Shift"],
            failed=_BACK,
        ),
        Step(
            name="Confirm",
            function=Function.OBSERVE,
            says="the rule reads back, and the other group's requests fall to zero",
            ways={
                Go.ON: {
                    Profile.RELEASE: "Bake",
                    Profile.ROLLBACK: "SmokeAfter",
                    Profile.WARM: "SmokeAfter",
                },
                Go.WAIT: "Confirm",
                Go.AGAIN: "Shift",
                Go.FAIL: _CONFIRMED_NOT,
            },
            poll=Poll(LOOK_SECONDS, CONFIRM_SECONDS // LOOK_SECONDS),
            late=_CONFIRMED_NOT,
            failed=_CONFIRMED_NOT,
        ),
    )


def _prove(rules: Rules) -> tuple[Step, ...]:
    return (
        Step(
            name="Smoke",
            function=Function.PROBE,
            says="requests through the test listener; the answers must name the release",
            ways={
                Go.ON: {Profile.RELEASE: "Canary", Profile.FIRST: "Bake", Profile.DRILL: "Verify"},
                Go.WAIT: "Smoke",
                Go.FAIL: "Return",
            },
            poll=Poll(SMOKE_LOOK_SECONDS, SMOKE_SECONDS // SMOKE_LOOK_SECONDS),
            late="Return",
            failed="Return",
        ),
        Step(
            name="SmokeAfter",
            function=Function.PROBE,
            says="the same after a rollback's shift: a failure pages, and refuses nothing",
            ways={Go.ON: "Verify", Go.WAIT: "SmokeAfter", Go.FAIL: _PAGE_BUT_GO_ON},
            poll=Poll(SMOKE_LOOK_SECONDS, SMOKE_SECONDS // SMOKE_LOOK_SECONDS),
            late=_PAGE_BUT_GO_ON,
            failed=_PAGE_BUT_GO_ON,
        ),
        Step(
            name="Verify",
            function=Function.OBSERVE,
            says="each restored instance, field by field, against the checkpoint",
            ways={
                Go.ON: {Profile.ROLLBACK: "Clear", Profile.WARM: "Clear", Profile.DRILL: "Share"},
                Go.FAIL: {**_PAGE_BUT_GO_ON, Profile.DRILL: "Return"},
            },
            failed={**_PAGE_BUT_GO_ON, Profile.DRILL: "Return"},
        ),
        Step(
            name="Share",
            function=Function.CHANGE,
            says="a small share of the requests, where the settings give drills one",
            ways={Go.ON: "WatchShare", Go.SETTLE: "Retire", Go.AGAIN: "AwaitHealthy", Go.FAIL: "Return"},
            failed="Return",
        ),
        Step(
            name="WatchShare",
            function=Function.OBSERVE,
            says="the share, within its error budget; then it is given back",
            ways={Go.ON: "Return", Go.WAIT: "WatchShare", Go.FAIL: "Return"},
            poll=Poll(LOOK_SECONDS, SHARE_SECONDS // LOOK_SECONDS + 1),
            late="Return",
            failed="Return",
        ),
        Step(
            name="Bake",
            function=Function.OBSERVE,
            says="both groups' signals, for as long as the settings say",
            ways={Go.ON: "Label", Go.WAIT: "Bake", Go.FAIL: "Return"},
            poll=Poll(LOOK_SECONDS, (rules.bake_seconds + rules.evidence_seconds) // LOOK_SECONDS + 1),
            late="Return",
            failed="Return",
        ),
        Step(
            name="Clear",
            function=Function.OBSERVE,
            says="until the breach is over; if it stays, the release was not its cause",
            ways={Go.ON: "Drain", Go.WAIT: "Clear", Go.FAIL: "Page"},
            poll=Poll(LOOK_SECONDS, CLEAR_SECONDS // LOOK_SECONDS),
            late="Page",
            failed="Page",
        ),
        Step(
            name="Page",
            function=Function.NOTIFY,
            says="the last known good release serves, but a person must look",
            ways={Go.ON: "Drain"},
            failed="Drain",
        ),
        Step(
            name="Label",
            function=Function.CHANGE,
            says="keep the parameter versions that this release pins",
            ways={Go.ON: "Promote", Go.FAIL: "Return"},
            failed="Return",
        ),
        Step(
            name="Promote",
            function=Function.RECORD,
            says="write the checkpoint, then move head to it",
            ways={Go.ON: "Drain", Go.FAIL: "Return"},
            failed="Return",
        ),
    )


def _go_back() -> tuple[Step, ...]:
    return (
        Step(
            name="Alert",
            function=Function.NOTIFY,
            says="the last known good release could not be restored: a person is paged at once",
            ways={Go.ON: "Return"},
            failed="Return",
        ),
        Step(
            name="Return",
            function=Function.CHANGE,
            says="the weights of the undo point",
            # Where the run has moved no traffic there is none to wait for.
            ways={Go.ON: "ConfirmReturn", Go.SETTLE: "Retire", Go.ESCALATE: "Escalate"},
            failed="Escalate",
        ),
        Step(
            name="ConfirmReturn",
            function=Function.OBSERVE,
            says="the rule reads back",
            ways={Go.ON: "Drain", Go.WAIT: "ConfirmReturn", Go.AGAIN: "Return", Go.SETTLE: {Profile.DRILL: "Retire"}},
            poll=Poll(LOOK_SECONDS, CONFIRM_SECONDS // LOOK_SECONDS),
            late="Escalate",
            failed="Escalate",
        ),
    )


def _end(rules: Rules) -> tuple[Step, ...]:
    return (
        Step(
            name="Drain",
            function=None,
            says="the weights reach every node of the load balancer, and open requests end",
            ways={Go.ON: "Retire"},
            failed="Retire",
            pause_seconds=rules.drain_seconds,
        ),
        Step(
            name="Retire",
            function=Function.CHANGE,
            says="scaling floors back; the group that lost is kept warm, or emptied when it was bad",
            ways={Go.ON: "Finish"},
            failed="Finish",
        ),
        Step(
            name="Finish",
            function=Function.RECORD,
            says="outcome, quarantine, and the lease given back",
            ways={Go.ON: "Tell", Go.ESCALATE: "Escalate"},
            failed="Escalate",
        ),
        Step(
            name="Tell",
            function=Function.NOTIFY,
            says="what happened and what serves now",
            ways={Go.ON: BY_OUTCOME},
            failed=BY_OUTCOME,
        ),
        Step(
            name="Escalate",
            function=Function.NOTIFY,
            says="page a person, with the command to run",
            ways={Go.ON: "Close"},
            failed="Close",
        ),
        Step(
            name="Close",
            function=Function.RECORD,
            says="the outcome, and the lease given back",
            ways={Go.ON: Ending.ESCALATED},
            failed=Ending.ESCALATED,
        ),
    )


def _ended(ending: Ending) -> dict[Profile, str]:
    return dict.fromkeys(START_OF.values(), str(ending))


def follow(step: Step, go: Go, profile: Profile) -> str:
    """The step or ending that an answer leads to. Raises IllegalTransitionError where there is no such way."""
    way = step.ways.get(go)
    destination = way if isinstance(way, str) or way is None else way.get(profile)
    if destination is None:
        raise IllegalTransitionError(f"{step.name} of a {profile} run answered {go!s}, which leads nowhere")
    return destination


def clock_of(step: str) -> Clock | None:
    """What ends a rollback's looks of a step, where a clock does."""
    return CLOCKS.get(step)


def looks(rules: Rules, name: str) -> int:
    """How often a step that polls looks at most."""
    poll = next(step.poll for step in table(rules) if step.name == name)
    return poll.times if poll else 1
