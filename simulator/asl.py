"""Amazon States Language, as much of it as the project's machine uses, compiled once into closures.

What is not known here is refused when the definition is compiled, never passed over while it runs. Semantics: Step
Functions guide, "Amazon States Language"; the numbers of the sections stand where they matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from simulator.conditions import Condition, condition
from simulator.paths import Context, Doc, Template, reader, template, writer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UNCAUGHT = ("States.Runtime", "States.DataLimitExceeded")
"""Not even States.ALL catches these ("Error handling in Step Functions")."""


class UnknownConstructError(Exception):
    """The definition uses what this interpreter does not know; the message names state and field."""


@dataclass(frozen=True, slots=True)
class Retrier:
    """One entry of a Retry: its attempts are counted apart from the others'."""

    errors: tuple[str, ...]
    attempts: int
    interval: float
    backoff: float
    most: float

    def pause(self, attempt: int) -> float:
        """Before the attempt of this number, counted from 0."""
        return min(self.interval * self.backoff**attempt, self.most)


@dataclass(frozen=True, slots=True)
class Catcher:
    errors: tuple[str, ...]
    write: Callable[[Doc, Any], Doc]
    next: str


@dataclass(frozen=True, slots=True)
class Inline:
    """A Pass: takes no time to speak of."""

    change: Callable[[Doc, Context], Doc]
    next: str


@dataclass(frozen=True, slots=True)
class Fork:
    """A Choice."""

    rules: tuple[tuple[Condition, str], ...]
    default: str

    def choose(self, doc: Doc, context: Context) -> str:
        """Empty where no rule holds and no default is named: States.NoChoiceMatched."""
        for holds, then in self.rules:
            if holds(doc, context):
                return then
        return self.default


@dataclass(frozen=True, slots=True)
class Pause:
    """A Wait."""

    seconds: float
    next: str


@dataclass(frozen=True, slots=True)
class Task:
    resource: str
    fixed: Mapping[str, Any]
    """The part of its parameters that no document has a say in."""
    parameters: Template
    write: Callable[[Doc, Any], Doc]
    timeout: float
    retry: tuple[Retrier, ...]
    catch: tuple[Catcher, ...]
    next: str


@dataclass(frozen=True, slots=True)
class End:
    """Succeed or Fail."""

    status: str


State = Inline | Fork | Pause | Task | End


@dataclass(frozen=True, slots=True)
class Program:
    """A definition, compiled."""

    start: str
    states: Mapping[str, State]
    timeout: float


def compiled(definition: Mapping[str, Any]) -> Program:
    """Raises UnknownConstructError."""
    states = {name: _state(name, body) for name, body in definition["States"].items()}
    return Program(definition["StartAt"], states, float(definition.get("TimeoutSeconds", 31_536_000)))


def matches(error: str, names: tuple[str, ...]) -> bool:
    """Whether a Retry's or Catch's ErrorEquals takes an error ("Error handling in Step Functions", "Error names")."""
    if error in names:
        return True
    if error in UNCAUGHT:
        return False
    return "States.ALL" in names or ("States.TaskFailed" in names and error != "States.Timeout")


def _state(name: str, body: Mapping[str, Any]) -> State:
    known = {"Type", "Comment", "Next"}
    match body["Type"]:
        case "Pass":
            _only(name, body, known | {"Parameters", "Result", "InputPath", "ResultPath"})
            return Inline(_pass(body), body["Next"])
        case "Choice":
            _only(name, body, {"Type", "Comment", "Choices", "Default"})
            rules = tuple((condition(name, one), str(one["Next"])) for one in body["Choices"])
            return Fork(rules, str(body.get("Default", "")))
        case "Wait":
            _only(name, body, known | {"Seconds"})
            return Pause(float(body["Seconds"]), body["Next"])
        case "Task":
            _only(name, body, known | {"Resource", "Parameters", "ResultPath", "TimeoutSeconds", "Retry", "Catch"})
            return Task(
                resource=body["Resource"],
                fixed={key: value for key, value in body["Parameters"].items() if not key.endswith(".$")},
                parameters=template(body["Parameters"]),
                write=writer(body.get("ResultPath", "$")),
                timeout=float(body.get("TimeoutSeconds", 99_999_999)),
                retry=tuple(_retrier(one) for one in body.get("Retry", ())),
                catch=tuple(_catcher(one) for one in body.get("Catch", ())),
                next=body["Next"],
            )
        case "Succeed":
            return End("SUCCEEDED")
        case "Fail":
            return End("FAILED")
        case other:
            raise UnknownConstructError(f"{name}: no interpreter for a state of type {other}")


def _only(name: str, body: Mapping[str, Any], known: set[str]) -> None:
    strange = sorted(set(body) - known)
    if strange:
        raise UnknownConstructError(f"{name}: no interpreter for {', '.join(strange)}")


def _pass(body: Mapping[str, Any]) -> Callable[[Doc, Context], Doc]:
    write = writer(body.get("ResultPath", "$"))
    if "Result" in body:
        result = body["Result"]
        return lambda doc, _context: write(doc, result)
    read = reader(body.get("InputPath", "$"))
    if "Parameters" not in body:
        return lambda doc, context: write(doc, read(doc, context))
    make = template(body["Parameters"])
    return lambda doc, context: write(doc, make(cast("Doc", read(doc, context)), context))


def _retrier(body: Mapping[str, Any]) -> Retrier:
    return Retrier(
        errors=tuple(body["ErrorEquals"]),
        attempts=int(body.get("MaxAttempts", 3)),
        interval=float(body.get("IntervalSeconds", 1)),
        backoff=float(body.get("BackoffRate", 2.0)),
        most=float(body.get("MaxDelaySeconds", 86_400)),
    )


def _catcher(body: Mapping[str, Any]) -> Catcher:
    return Catcher(tuple(body["ErrorEquals"]), writer(body.get("ResultPath", "$")), body["Next"])
