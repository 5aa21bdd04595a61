"""The protocol's table as a Step Functions definition: a state a step, so that the console shows where a run stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modules.run_limits import most_seconds
from recovery.core.answers import Go
from recovery.core.lease import Kind
from recovery.core.protocol import (
    BY_OUTCOME,
    FAILURES,
    FIRST_STEP,
    LOOK_SECONDS,
    LOOK_TIMEOUT_SECONDS,
    Clock,
    Ending,
    Function,
    Profile,
    Step,
    Way,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.core.rules import Rules

# A function that runs on after its state gave up could write next to the retry, so its own timeout is shorter: by what
# a cold start takes, which counts for the state alone (docs/guarantees.md, A8).
STATE_MARGIN_SECONDS = 2
TIMEOUT_SECONDS: Mapping[Function, int] = {
    Function.RECORD: 8,
    Function.OBSERVE: LOOK_TIMEOUT_SECONDS - STATE_MARGIN_SECONDS,
    Function.CHANGE: 8,
    Function.PROBE: 30,
    Function.NOTIFY: 8,
}
TASK_SECONDS: Mapping[Function, int] = {
    name: seconds + STATE_MARGIN_SECONDS for name, seconds in TIMEOUT_SECONDS.items()
}
"""The longest that one try of a step takes."""
# AWS's advice, with the delays capped (Step Functions guide, "Handle transient Lambda service exceptions").
BUSY = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "AwsBusyError",
    "ConflictError",
)
HUNG = ("States.Timeout", "Lambda.Unknown", "Sandbox.Timedout")
# Each try has boto3's own retries in it. More of them would be bought with the time that instances have to boot.
RETRIES = 1
PAGE_RETRIES = 2
"""Two things may go wrong, and a person is paged all the same."""
RETRY_SECONDS = 1
STEP_SECONDS = (1 + RETRIES) * TASK_SECONDS[Function.CHANGE] + RETRIES * RETRY_SECONDS
"""The longest that a step takes with its retry."""
LOOK_ROUND_SECONDS = LOOK_SECONDS + TASK_SECONDS[Function.RECORD] + TASK_SECONDS[Function.OBSERVE]
"""The longest from one look to the next: the pause, the lease's renewal, the look. None of them is tried again."""
# A third of the lease: one renewal may be missed.
PAUSE_SECONDS = 40
# The lease is another's, or a person moved the traffic: nothing may be undone any more.
STOPPED = ("LeaseLostError", "FlippedError")
INPUT = ("run", "kind", "profile", "incident", "cause", "automatic", "accepted", "bad", "release", "revision")
ADDED: Mapping[str, Any] = {"alarmed": {}}
"""Fields of the input that came later, with what stands for each: whoever starts a run while a deploy is under way may
be of the release before, and knows nothing of them. A path that leads nowhere would end the run, and nothing catches.
"""

State = dict[str, Any]


def definition(rules: Rules, functions: Mapping[Function, str]) -> State:
    """The state machine's definition in Amazon States Language. `functions`: the ARN of each one's alias."""
    steps = table(rules)
    first, states = _added()
    states["Start"] = _start(steps)
    for step in steps:
        states |= _of(step, steps, functions)
    states |= {"Outcome": _outcome(), **{ending.value: _ending(ending) for ending in Ending}}
    return {
        "Comment": "Made from the table in lambda/recovery/core/protocol.py",
        "StartAt": first,
        # The backstop: no passage takes as long. What is promised is far less, and decided inside.
        "TimeoutSeconds": most_seconds(states),
        "States": states,
    }


def _added() -> tuple[str, dict[str, State]]:
    """A choice a field: it is there, or gets what stands for it. The first of them, and all."""
    first, states = "Start", dict[str, State]()
    for name, value in ADDED.items():
        there = {"Variable": f"$.{name}", "IsPresent": True, "Next": first}
        states[f"{name}?"] = {"Type": "Choice", "Choices": [there], "Default": f"{name}Missing"}
        states[f"{name}Missing"] = {"Type": "Pass", "Result": value, "ResultPath": f"$.{name}", "Next": first}
        first = f"{name}?"
    return first, states


def _start(steps: tuple[Step, ...]) -> State:
    kept = {f"{name}.$": f"$.{name}" for name in (*INPUT, *ADDED)}
    polls = {step.name: {"n": 0} for step in steps if step.repeats}
    made = {"began.$": "$$.Execution.StartTime", "polls": polls, "said": {}, "missed": {}, "failed": ""}
    return {"Type": "Pass", "Parameters": {**kept, **made}, "Next": FIRST_STEP}


def _of(step: Step, steps: tuple[Step, ...], functions: Mapping[Function, str]) -> dict[str, State]:
    name = step.name
    states: dict[str, State] = {}
    if step.function is None:
        return _long_pause(step, functions)
    states[name] = {**_task(name, step.function, functions), "Comment": step.says, "Next": f"{name}?"}
    if _looks_again(step):
        # A look that fails is a look that saw nothing: the next one comes anyway.
        del states[name]["Retry"]
        missed = f"{name}Missed"
        states[name]["Catch"] = [{"ErrorEquals": ["States.ALL"], "ResultPath": f"$.missed.{name}", "Next": missed}]
        late = [{"And": over, "Next": _late(step)} for over in _over(step)]
        states[missed] = {"Type": "Choice", "Choices": late, "Default": f"{name}Pause"}
    else:
        states[name]["Catch"] = [
            *_stopped(f"$.said.{name}", step),
            {"ErrorEquals": ["States.ALL"], "ResultPath": f"$.said.{name}", "Next": f"{name}Failed"},
        ]
    states[f"{name}?"] = _choice(step)
    states[f"{name}Failed"] = {"Type": "Pass", "Result": name, "ResultPath": "$.failed", **_next(name, step.failed)}
    states |= _by_profile(f"{name}FailedHow", step.failed)
    if step.late is not None and step.late != step.failed:
        states[f"{name}Late"] = {
            "Type": "Pass",
            "Result": name,
            "ResultPath": "$.failed",
            **_next(name, step.late, "Late"),
        }
        states |= _by_profile(f"{name}LateHow", step.late)
    if step.poll is not None:
        states |= _pause(step, functions)
    if Go.AGAIN in step.ways:
        again = str(step.ways[Go.AGAIN])
        polled = {one.name for one in steps if one.poll}
        states[f"{name}Again"] = _count(name, f"{name}Wait" if again in polled else again)
        if again in polled:
            # Back to looking: what was seen a moment ago has to have time to change. It is not a look of the other
            # step's that is counted: nothing asks here whether that one has any left.
            states[f"{name}Wait"] = {"Type": "Wait", "Seconds": LOOK_SECONDS, "Next": again}
    if name == "Capture":
        reason = "instances would have to be launched, and the deadline does not pay for it any more"
        states["CaptureLate"] = {
            "Type": "Pass",
            "Result": {"go": str(Go.ESCALATE), "reason": reason},
            "ResultPath": "$.said.Capture",
            "Next": "Escalate",
        }
        states["Profile"] = {
            "Type": "Pass",
            "InputPath": "$.said.Capture.profile",
            "ResultPath": "$.profile",
            "Next": str(step.ways[Go.ON]),
        }
    return states


def _task(step: str, function: Function, functions: Mapping[Function, str], **more: str) -> State:
    return {
        "Type": "Task",
        "Resource": functions[function],
        # By the time that the state was entered, a call that is delivered late is told from the next step's.
        "Parameters": {"step": step, "state.$": "$", "entered.$": "$$.State.EnteredTime", **more},
        "ResultPath": f"$.said.{step}",
        "TimeoutSeconds": TASK_SECONDS[function],
        "Retry": [
            {
                "ErrorEquals": [*BUSY, *HUNG],
                "IntervalSeconds": RETRY_SECONDS,
                "MaxAttempts": PAGE_RETRIES if function is Function.NOTIFY else RETRIES,
                "BackoffRate": 1.0,
                "MaxDelaySeconds": RETRY_SECONDS,
            },
        ],
    }


def _looks_again(step: Step) -> bool:
    """Whether an error of the step's is made up for by its own next look. What asks for the lease is tried again."""
    return step.poll is not None and step.function in (Function.OBSERVE, Function.PROBE)


def _late(step: Step) -> str:
    return f"{step.name}Late" if step.late is not None and step.late != step.failed else f"{step.name}Failed"


def _over(step: Step) -> list[list[State]]:
    """When there is no further look, or repetition: a rollback's clock says so where there is one, else the count."""
    by_count = {"Variable": f"$.polls.{step.name}.n", "NumericGreaterThanEquals": step.times - 1}
    if step.clock is None:
        return [[by_count]]
    rollback = {"Variable": "$.kind", "StringEquals": str(Kind.ROLLBACK)}
    clock = f"$.said.{FIRST_STEP}.{step.clock}"
    by_clock = {"Variable": "$$.State.EnteredTime", "TimestampGreaterThanEqualsPath": clock}
    backstop = {"Variable": f"$.polls.{step.name}.n", "NumericGreaterThanEquals": step.most_times - 1}
    return [[rollback, by_clock], [{"Not": rollback}, by_count], [backstop]]


def _stopped(path: str, step: Step) -> list[State]:
    """After these errors nothing is undone; a person is told. Where every error leads there, none needs its own way."""
    if step.failed in ("Escalate", "Close", Ending.ESCALATED) or step.function is Function.NOTIFY:
        return []
    return [{"ErrorEquals": list(STOPPED), "ResultPath": path, "Next": "Escalate"}]


def _choice(step: Step) -> State:
    choices: list[State] = [*_too_late(step)]
    for go, way in step.ways.items():
        said = {"Variable": f"$.said.{step.name}.go", "StringEquals": str(go)}
        if go in (Go.WAIT, Go.AGAIN):
            choices += [{"And": [said, *over], "Next": _late(step)} for over in _over(step)]
            choices.append({**said, "Next": f"{step.name}{'Pause' if go is Go.WAIT else 'Again'}"})
        elif go is Go.FAIL:
            # A verdict against the passage goes where an error goes; a test holds the table to that.
            choices.append({**said, "Next": f"{step.name}Failed"})
        elif isinstance(way, str):
            choices.append({**said, "Next": _named(step, go, way)})
        else:
            choices += [
                {"And": [said, {"Variable": "$.profile", "StringEquals": str(profile)}], "Next": destination}
                for profile, destination in way.items()
            ]
    # An answer without a way is a defect, and handled as an error of the step is.
    return {"Type": "Choice", "Choices": choices, "Default": f"{step.name}Failed"}


def _too_late(step: Step) -> list[State]:
    """A launch is not begun that the deadline cannot pay for: Capture's own rule, without trust in Capture."""
    if step.name != "Capture":
        return []
    launches = {"Variable": "$.said.Capture.profile", "StringEquals": str(Profile.ROLLBACK)}
    late = {
        "Variable": "$$.State.EnteredTime",
        "TimestampGreaterThanEqualsPath": f"$.said.{FIRST_STEP}.{Clock.LAUNCH_FROM}",
    }
    on = {"Variable": "$.said.Capture.go", "StringEquals": str(Go.ON)}
    return [{"And": [on, launches, late], "Next": "CaptureLate"}]


def _named(step: Step, go: Go, way: str) -> str:
    if step.name == "Capture" and go is Go.ON:
        return "Profile"
    return "Outcome" if way == BY_OUTCOME else way


def _next(name: str, way: Way, suffix: str = "Failed") -> State:
    if isinstance(way, str):
        return {"Next": "Outcome" if way == BY_OUTCOME else way}
    return {"Next": f"{name}{suffix}How"}


def _by_profile(name: str, way: Way) -> dict[str, State]:
    if isinstance(way, str):
        return {}
    choices = [
        {"Variable": "$.profile", "StringEquals": str(profile), "Next": destination}
        for profile, destination in way.items()
    ]
    return {name: {"Type": "Choice", "Choices": choices, "Default": "Escalate"}}


def _pause(step: Step, functions: Mapping[Function, str]) -> dict[str, State]:
    """Between two looks: wait, renew the lease and read what is wished for, count."""
    name, poll = step.name, step.poll
    seconds = poll.seconds if poll else 0
    pause: State = {"Type": "Wait", "Seconds": seconds, "Next": f"{name}Keep"}
    count = _count(name, name)
    if name == FIRST_STEP:
        return {f"{name}Pause": {**pause, "Next": f"{name}Count"}, f"{name}Count": count}
    keep = _task("Keep", Function.RECORD, functions, of=name)
    del keep["Retry"]
    caught = [
        {"ErrorEquals": list(STOPPED), "ResultPath": f"$.said.{name}", "Next": "Escalate"},
        # A table that is out of reach for a moment is no reason to give up: the lease outlasts several looks.
        {"ErrorEquals": ["States.ALL"], "ResultPath": "$.kept", "Next": f"{name}Count"},
    ]
    return {
        f"{name}Pause": pause,
        f"{name}Keep": {**keep, "Catch": caught, "Next": f"{name}Count"},
        f"{name}Count": count,
    }


def _long_pause(step: Step, functions: Mapping[Function, str]) -> dict[str, State]:
    """A pause in parts, with the lease renewed between them: it would run out in a pause as long as it lasts itself."""
    parts = -(-step.pause_seconds // PAUSE_SECONDS)
    lengths = [step.pause_seconds // parts + (number < step.pause_seconds % parts) for number in range(parts)]
    states: dict[str, State] = {}
    for number, seconds in enumerate(lengths, start=1):
        name = step.name if number == 1 else f"{step.name}{number}"
        kept = f"{step.name}Keep{number}"
        then = f"{step.name}{number + 1}" if number < parts else _only(step)
        states[name] = {"Type": "Wait", "Comment": step.says, "Seconds": seconds, "Next": kept}
        states[kept] = {
            **_task("Keep", Function.RECORD, functions, of=step.name),
            "Catch": [
                {"ErrorEquals": list(STOPPED), "ResultPath": f"$.said.{step.name}", "Next": "Escalate"},
                {"ErrorEquals": ["States.ALL"], "ResultPath": "$.kept", "Next": then},
            ],
            "Next": then,
        }
    return states


def _count(name: str, then: str) -> State:
    counted = {"n.$": f"States.MathAdd($.polls.{name}.n, 1)"}
    return {"Type": "Pass", "Parameters": counted, "ResultPath": f"$.polls.{name}", "Next": then}


def _only(step: Step) -> str:
    [way] = step.ways.values()
    return str(way)


def _outcome() -> State:
    choices = [
        {"Variable": "$.said.Finish.outcome", "StringEquals": ending.value, "Next": ending.value} for ending in Ending
    ]
    return {"Type": "Choice", "Choices": choices, "Default": Ending.ESCALATED.value}


def _ending(ending: Ending) -> State:
    if ending in FAILURES:
        return {"Type": "Fail", "Error": ending.value, "Cause": "A person was paged; the run's record says why."}
    return {"Type": "Succeed"}
