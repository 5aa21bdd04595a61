"""What happens in a world, event after event: Step Functions, Lambda, EventBridge, Auto Scaling, and the faults."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from recovery.core.lease import LeaseLostError
from recovery.core.passage import PassageError
from recovery.core.release import ReleaseError
from recovery.errors import AwsBusyError, AwsError, ConflictError, FlippedError
from recovery.handlers import change, notify, observe, probe, record, submit, watchdog
from simulator import environment, traffic
from simulator.asl import End, Fork, Inline, Pause, Task, matches
from simulator.calls import STAGE
from simulator.fleet import leaving
from simulator.invariants import untold
from simulator.leaks import watch
from simulator.moments import iso
from simulator.monitors import at_finish
from simulator.paths import Context, PathError
from simulator.services import REACTS_SECONDS, REPLACES_SECONDS
from simulator.world import Execution, Invocation, Killed, Told, World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.paths import Doc
    from simulator.world import Event

HANDLERS: Mapping[str, Callable[[Mapping[str, Any], object], Mapping[str, Any]]] = {
    "change": change.handler,
    "observe": observe.handler,
    "record": record.handler,
    "probe": probe.handler,
    "notify": notify.handler,
    "submit": submit.handler,
    "watchdog": watchdog.handler,
}
KNOWN = (
    AwsBusyError,
    AwsError,
    ConflictError,
    FlippedError,
    LeaseLostError,
    PassageError,
    ReleaseError,
    submit.RefusedError,
    submit.BadRequestError,
)
"""What the functions may end with. Anything else is a defect."""
STEP_SECONDS = 0.05
"""Between two states (Step Functions throttles transitions far above, and publishes no latency)."""
ASYNC_SECONDS = 1.0
ASYNC_RETRIES = (60.0, 120.0)
"""Lambda tries an event twice more, after a minute and after two (Lambda guide, "Asynchronous invocation")."""
ASKED_AGAIN_SECONDS = 30.0
ASKS = 3
NOTHING = "nothing"
STILL_LOOKS = 5
"""After so many looks of the watchdog that found nothing, nobody is going to be told any more."""
AGAIN = {"twice": 0.3, "twice-soon": 9.0, "twice-late": 200.0}
"""Fault → how much later the same call is delivered once more."""
MOST_STEPS = 20_000
_PLACES = ("task", "async", "ask")
_DOES = {
    kind: f"_{kind}"
    for kind in (
        "enter",
        "task",
        "timeout",
        "async",
        "again",
        "ask",
        "minute",
        "evaluate",
        "watchdog",
        "obey",
        "adjust",
        "boot",
        "replace",
        "land",
        "happen",
    )
}
"""Kind of event → the method that carries it out."""


class Engine:
    """Runs one world at a time."""

    def __init__(self, world: World, *, strict: bool = False) -> None:
        self.world = world
        self.strict = strict
        """Each document goes through JSON, as between AWS's services."""
        self.at_place: Callable[[World, str], None] | None = None
        """Told of each place of a fault that is come to while no function is at work."""

    def run(self, until: float) -> None:
        """To the end, or until everything is quiet. Other worlds may be run in between."""
        STAGE.engine = self
        world = self.world
        while world.heap[0][0] <= until and (world.pending or not self.quiet()):
            self._next()

    def quiet(self) -> bool:
        """Nothing is on, nothing is to come, and the watchdog has nothing to find."""
        world = self.world
        return (
            not world.pending
            and world.still > 0
            and 0 in world.rule.values()
            and not world.table.get(("lease", "lease"), {}).get("run")
            and world.flip == world.table["status", "status"].get("flip", "")
            and not any(one.status == "RUNNING" for one in world.runs.values())
            and (not world.episodes or world.episodes[-1].ended is not None or world.episodes[-1].paged is not None)
            and (world.still >= STILL_LOOKS or not untold(world))
        )

    def wait(self, seconds: float) -> None:
        """Inside a call: time passes, and what is due happens meanwhile."""
        world = self.world
        until, at_work = world.now + seconds, world.invocation
        world.depth += 1
        world.invocation = None
        while world.heap[0][0] <= until:
            self._next()
        world.invocation = at_work
        world.depth -= 1
        world.now = max(world.now, until)

    def _next(self) -> None:
        world = self.world
        world.steps += 1
        if world.steps > MOST_STEPS:
            raise RuntimeError(f"the world goes on without an end: {[one.state for one in world.runs.values()]}")
        if self.at_place is not None and world.depth == 0 and world.heap[0][2] in _PLACES:
            place = self._upcoming(world.heap[0])
            if place:
                self.at_place(world, place)
        _, _, kind, args = world.pop()
        # By its name: a table of bound methods would keep the engine, and its world, from being freed at once.
        getattr(self, _DOES[kind])(*args)

    def _upcoming(self, event: Event) -> str:
        """The place of a fault that an event is."""
        _, _, kind, args = event
        match kind:
            case "task":
                return self._place_of(*args)
            case "async":
                return _delivery(args[0], args[2])
            case _:
                return _asking(args[1])

    # Step Functions

    def start(self, name: str, document: Mapping[str, Any]) -> bool:
        """A name is taken once; the same input again, while it runs, is the same execution (API, StartExecution)."""
        world, text = self.world, json.dumps(document, sort_keys=True)
        found = world.runs.get(name)
        if found is not None:
            return found.status == "RUNNING" and world.inputs[name] == text
        watch("the input of", name, (text,))
        world.inputs[name] = text
        doc: Doc = json.loads(text) if self.strict else dict(document)
        world.runs[name] = Execution(
            name, str(document["kind"]), doc, world.site.program.start, started=world.now, entered=world.now
        )
        world.tells(f"{name} starts: {document['cause']}")
        world.still = 0
        world.push(STEP_SECONDS, "enter", name, 0)
        return True

    def _enter(self, name: str, token: int) -> None:
        run = self.world.runs[name]
        if run.token == token and run.status == "RUNNING":
            self._go_on(run)

    def _go_on(self, run: Execution) -> None:
        """Through what takes no time, to the next task, wait or end."""
        world, states = self.world, self.world.site.program.states
        context = Context(world.now, run.started)
        try:
            while True:
                state = states[run.state]
                match state:
                    case Inline():
                        run.doc, run.state = state.change(run.doc, context), state.next
                    case Fork():
                        run.state = state.choose(run.doc, context)
                        if not run.state:
                            self._end(run, "FAILED", "States.NoChoiceMatched")
                            return
                    case Pause():
                        run.state, run.token = state.next, run.token + 1
                        world.push(state.seconds, "enter", run.name, run.token)
                        return
                    case Task():
                        run.token, run.attempts, run.entered = run.token + 1, (0,) * len(state.retry), world.now
                        world.push(STEP_SECONDS, "task", run.name, run.token)
                        return
                    case End():
                        self._end(run, state.status, run.state)
                        return
        except PathError as error:
            self._end(run, "FAILED", f"States.Runtime: {error}")

    def _end(self, run: Execution, status: str, error: str) -> None:
        world = self.world
        world.tells(f"{run.name} ends: {status} {error}")
        run.status, run.error, run.ended, run.token = status, error, world.now, run.token + 1
        world.still = 0
        if error.startswith("States."):
            world.violates(0, f"{run.name} ended by {error}")

    def kill(self, name: str) -> None:
        """StopExecution, or Step Functions lost it."""
        run = self.world.runs[name]
        if run.status == "RUNNING":
            run.status, run.error, run.ended, run.token = "ABORTED", "killed", self.world.now, run.token + 1
            self.world.still = 0
            self.world.tells(f"{name} is killed")

    def _place_of(self, name: str, token: int) -> str:
        """Which place of a fault the next task is: kind of run, state, and whether it was here before."""
        run = self.world.runs[name]
        if run.token != token or run.status != "RUNNING":
            return ""
        key = f"{run.kind}:{run.state}"
        if any(run.attempts):
            return f"{key}~"
        number = self.world.visits.get(key, 0)
        return key if number == 0 else f"{key}+{number}"

    def _task(self, name: str, token: int) -> None:
        world = self.world
        run = world.runs[name]
        if run.token != token or run.status != "RUNNING":
            return
        fault = self._fault_at(self._place_of(name, token), run) if world.plan else ""
        if run.status != "RUNNING":
            return
        state = self._state(run)
        event = self._event(run, state)
        if event is None:
            return
        if fault:
            world.push(state.timeout, "timeout", name, token)
        error, answer = self.invoke(state.resource, event, fault, run=run)
        if fault in AGAIN:
            world.push(AGAIN[fault], "again", state.resource, event, run.name)
        if run.token != token or run.status != "RUNNING":
            return
        if error:
            self._failed(run, state, error, answer)
            return
        if run.state == "Finish":
            at_finish(world, run, answer["outcome"])
        if fault == "killed-after":
            self.kill(name)
            return
        run.doc, run.state = state.write(run.doc, answer), state.next
        self._go_on(run)

    def _event(self, run: Execution, state: Task) -> Doc | None:
        """What its function is called with; None, and the end of the run, where a parameter's path leads nowhere."""
        if not any(run.attempts):
            self._visited(f"{run.kind}:{run.state}")
        try:
            return state.parameters(run.doc, Context(run.entered, run.started))
        except PathError as missing:
            self._end(run, "FAILED", f"States.Runtime: {missing}")
            return None

    def _state(self, run: Execution) -> Task:
        """The task that a run is at."""
        return cast("Task", self.world.site.program.states[run.state])

    def _timeout(self, name: str, token: int) -> None:
        run = self.world.runs[name]
        if run.token == token and run.status == "RUNNING":
            self._failed(run, self._state(run), "States.Timeout", {"Error": "States.Timeout", "Cause": ""})

    def _failed(self, run: Execution, state: Task, error: str, output: Doc) -> None:
        """Retry, by the first retrier that takes the error, on its own count; then Catch; else fail."""
        world = self.world
        world.tells(f"{run.name}: {run.state} failed with {error}")
        for number, retrier in enumerate(state.retry):
            if matches(error, retrier.errors):
                done = run.attempts[number]
                if done < retrier.attempts:
                    run.attempts = (*run.attempts[:number], done + 1, *run.attempts[number + 1 :])
                    run.token += 1
                    world.push(retrier.pause(done), "task", run.name, run.token)
                    return
                break
        for catcher in state.catch:
            if matches(error, catcher.errors):
                run.doc, run.state = catcher.write(run.doc, output), catcher.next
                self._go_on(run)
                return
        self._end(run, "FAILED", error)

    # Lambda

    def invoke(self, function: str, event: Doc, fault: str = "", *, run: Execution | None = None) -> tuple[str, Doc]:
        """One call: no error and the answer, or the error's name and its output."""
        world = self.world
        epoch = run.doc.get("said", {}).get("Acquire", {}).get("epoch", 0) if run else 0
        before = world.invocation
        at_work = Invocation(
            function,
            run.name if run else "",
            epoch,
            world.now,
            world.site.timeouts[function],
            str(event.get("step", "")),
            fault,
            skew=float(fault[4:]) if fault.startswith("skew") else 0.0,
        )
        world.invocation = at_work
        if self.strict:
            event = json.loads(json.dumps(event))
        try:
            if fault == "crash":
                raise Killed("Lambda.Unknown")  # noqa: TRY301 it is what happens
            answer = dict(HANDLERS[function](event, None))
            if at_work.dead:
                raise Killed(at_work.dead)  # noqa: TRY301 likewise
            if fault == "unheard":
                raise Killed("Lambda.Unknown")  # noqa: TRY301 likewise
            if self.strict:
                answer = json.loads(json.dumps(answer))
        except Killed as death:
            world.tells(f"{function} {event.get('step', '')}: {death.error}")
            return death.error, {"Error": death.error, "Cause": ""}
        except Exception as error:  # noqa: BLE001 whatever a function ends with is its answer
            name = type(error).__name__
            if not isinstance(error, KNOWN):
                world.violates(0, f"{function} {event.get('step', '')} ended with {name}: {error}")
            world.tells(f"{function} {event.get('step', '')}: {name}: {error}")
            cause = json.dumps({"errorMessage": str(error), "errorType": name})
            return name, {"Error": name, "Cause": cause}
        finally:
            world.invocation = before
        if world.story is not None:
            world.tells(f"{run.name if run else ''} {function} {event.get('step', '')}: {_short(answer)}")
        return "", answer

    def _again(self, function: str, event: Doc, name: str) -> None:
        self.world.tells(f"{function} {event.get('step', '')} is delivered again")
        self.invoke(function, event, run=self.world.runs.get(name))

    def _land(self, sender: Invocation, effect: Callable[..., Any], args: tuple[Any, ...]) -> None:
        """A change arrives whose sender is gone; nobody hears how it went."""
        world = self.world
        world.tells(f"a change that {sender.function} sent arrives")
        before, world.invocation = world.invocation, sender
        try:
            effect(*args)
        except AwsError as error:
            world.tells(f"it is refused: {error}")
        finally:
            world.invocation = before

    def later(self, function: str, event: Doc) -> None:
        """An asynchronous call."""
        self.world.push(ASYNC_SECONDS, "async", function, event, 0, self.world.now)

    def _async(self, function: str, event: Doc, attempt: int, first: float) -> None:
        world = self.world
        fault = self._fault_at(self._visited(_delivery(function, attempt)), None)
        if fault == "missed":
            world.tells(f"an event for {function} was lost")
            return
        if fault.startswith("slow"):
            world.push(float(fault[5:]), "async", function, event, attempt, first)
            return
        error, _ = self.invoke(function, event, fault)
        if fault in AGAIN:
            world.push(AGAIN[fault], "again", function, event, "")
        world.events.append((function, event))
        if not error:
            return
        if attempt < len(ASYNC_RETRIES):
            world.push(ASYNC_RETRIES[attempt], "async", function, event, attempt + 1, first)
        else:
            world.dead_letters.append((function, event))

    def _ask(self, request: Doc, tries: int) -> None:
        """Somebody at a terminal, or Terraform; they ask again where no answer came."""
        world = self.world
        fault = self._fault_at(self._visited(_asking(tries)), None)
        error, answer = self.invoke("submit", request, fault)
        if fault in AGAIN:
            world.push(AGAIN[fault], "again", "submit", request, "")
        world.answers.append(answer)
        if error and error not in ("RefusedError", "BadRequestError") and tries < ASKS:
            world.push(ASKED_AGAIN_SECONDS, "ask", request, tries + 1)

    def publish(self, subject: str, text: str, attributes: Mapping[str, str]) -> None:
        """SNS has it: whoever subscribed is told."""
        world = self.world
        world.tells(f"TOLD ({attributes['severity']}) {subject}: {text.splitlines()[0]}")
        watch("the message", subject, (subject, text, attributes))
        world.told.append(Told(world.now, attributes["severity"], subject + text, attributes["run"]))
        newest = world.episodes[-1] if world.episodes else None
        if attributes["severity"] == "page" and newest is not None and newest.ended is None and newest.paged is None:
            newest.paged = world.now

    # What happens by itself

    def _minute(self) -> None:
        traffic.minute(self.world)
        self.world.push(60.0, "minute")

    def _evaluate(self) -> None:
        world = self.world
        world.push(60.0, "evaluate")
        for name in traffic.evaluate(world):
            self.fires(name)

    def fires(self, name: str) -> None:
        """An alarm went into ALARM: EventBridge tells of it."""
        state, at, reason = self.world.alarms[name]
        detail = {"alarmName": name, "state": {"value": state, "timestamp": iso(at), "reason": reason}}
        self.later("submit", {"detail-type": "CloudWatch Alarm State Change", "detail": detail})
        self.world.still = 0

    def _watchdog(self) -> None:
        world = self.world
        world.push(60.0, "watchdog")
        if world.ticks_lost:
            world.ticks_lost -= 1
            world.tells("a look of the watchdog is lost")
            return
        error, said = self.invoke("watchdog", {})
        world.still = world.still + 1 if not error and said["finding"] == NOTHING else 0

    def _obey(self, node: int, number: int, weights: Mapping[str, int]) -> None:
        traffic.obey(self.world, node, number, weights)

    def _adjust(self, colour: str) -> None:
        """Auto Scaling makes what is there what is desired."""
        world = self.world
        fleet = world.fleets[colour]
        gone = leaving(fleet)
        if gone:
            traffic.put(world, fleet.without(gone))
            return
        short = fleet.desired - len(fleet.machines)
        if short <= 0:
            return
        if world.now < world.short_until:
            traffic.change_fleet(world, colour, trouble="InsufficientInstanceCapacity")
            world.push(REPLACES_SECONDS, "adjust", colour)
            return
        grown = fleet.launched_more(short)
        traffic.put(world, grown)
        build = world.site.builds[fleet.version]
        new = frozenset(one.id for one in grown.machines[len(fleet.machines) :])
        world.push(build.boots * world.boots_slower, "boot", colour, new, build.heals)

    def _boot(self, colour: str, ids: frozenset[str], healthy: bool) -> None:
        traffic.put(self.world, self.world.fleets[colour].with_health(ids, healthy=healthy))

    def _replace(self, colour: str, ids: frozenset[str]) -> None:
        world = self.world
        traffic.put(world, world.fleets[colour].without(ids))
        world.push(REACTS_SECONDS, "adjust", colour)

    def _happen(self, what: str, *args: Any) -> None:
        environment.happen(self, what, *args)

    # Faults

    def _visited(self, place: str) -> str:
        """The place, counted: who looks for places sees those as well that are come to inside another function."""
        visits = self.world.visits
        visits[place] = visits.get(place, 0) + 1
        return place

    def _fault_at(self, place: str, run: Execution | None) -> str:
        """The fault that is planned for a place: an invocation's own, or none where it befell the surroundings."""
        world = self.world
        if not world.plan:
            return ""
        fault = world.plan.pop(place, "")
        if not fault:
            return ""
        world.done[place] = fault
        world.tells(f"FAULT {fault} at {place}")
        return "" if environment.befall(self, fault, run) else fault


def _delivery(function: str, attempt: int) -> str:
    return f"async:{function}{'~' if attempt else ''}"


def _asking(tries: int) -> str:
    return f"ask:submit{'~' if tries > 1 else ''}"


def _short(answer: Doc) -> str:
    return f"{answer.get('go') or answer.get('answer') or answer.get('finding')}: {answer.get('reason', '')}"
