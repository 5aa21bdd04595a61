"""A run on its way through the protocol: the document that travels through the state machine, typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recovery.core.answers import Answer, Go
from recovery.core.lease import Kind
from recovery.core.moments import seconds
from recovery.core.protocol import LOOK_TIMEOUT_SECONDS, Profile, clock_of
from recovery.core.release import Release

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recovery.core.observation import Group


class PassageError(Exception):
    """The document is no run's, or a step that should have spoken has not; the message says which."""


@dataclass(frozen=True, slots=True)
class Undo:
    """What served when the run began: where it goes back to when it does not succeed."""

    weights: Mapping[str, int]
    serving: str
    template_id: str
    version: int
    """Of the serving group."""
    desired: int

    @classmethod
    def of(cls, weights: Mapping[str, int], group: Group) -> Undo:
        return cls(dict(weights), group.colour, *group.holds(), group.desired)

    def document(self) -> dict[str, Any]:
        return {
            "weights": dict(self.weights),
            "serving": self.serving,
            "template_id": self.template_id,
            "version": self.version,
            "desired": self.desired,
        }


@dataclass(frozen=True, slots=True)
class Passage:
    """One run. `said` holds each step's last answer, or the error that it ended with."""

    run: str
    kind: Kind
    profile: Profile
    incident: str
    cause: str
    """What started it, for people."""
    automatic: bool
    """No person asked for it."""
    accepted: bool
    """Whoever asked knows that alarms are firing, and wants it all the same."""
    began: float
    """When the execution started (seconds since 1970); 0 of a run that is only told about."""
    alarmed_at: float
    """When the alarm fired that started it (seconds since 1970); 0 where none did."""
    bad_until: float
    """When the newest minute ended that this alarm fired for; 0 where it does not say."""
    bad: str
    """Of a rollback: the fingerprint that it is about, or nothing where it is about whatever serves."""
    candidate: Release | None
    said: Mapping[str, Mapping[str, Any]]
    polls: Mapping[str, int]
    missed: Mapping[str, Mapping[str, Any]]
    """Step → the error of its newest look that failed."""
    failed: str
    """The step that did not succeed; empty while all do."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Passage:
        """Raises PassageError, ReleaseError."""
        try:
            release = document["release"]
            polls: Mapping[str, Mapping[str, Any]] = document.get("polls") or {}
            alarmed: Mapping[str, str] = document.get("alarmed") or {}
            return cls(
                run=document["run"],
                kind=Kind(document["kind"]),
                profile=Profile(document.get("profile") or document["kind"]),
                incident=document["incident"],
                cause=document["cause"],
                automatic=bool(document["automatic"]),
                accepted=bool(document["accepted"]),
                began=_moment(document.get("began")),
                alarmed_at=_moment(alarmed.get("at")),
                bad_until=_moment(alarmed.get("bad_until")),
                bad=document["bad"],
                candidate=Release.of(release) if release else None,
                said=document.get("said") or {},
                polls={step: int(count["n"]) for step, count in polls.items()},
                missed=document.get("missed") or {},
                failed=document.get("failed") or "",
            )
        except (KeyError, ValueError, TypeError) as error:
            raise PassageError(f"this is no run's document: {error!r}") from error

    def answer(self, step: str) -> Mapping[str, Any]:
        """What a step said last, or nothing."""
        return self.said.get(step) or {}

    def fact(self, step: str, name: str) -> Any:
        """One fact of an answer. Raises PassageError where it is missing."""
        try:
            return self.answer(step)[name]
        except KeyError as error:
            raise PassageError(f"{step} has not said {name} in run {self.run}") from error

    @property
    def epoch(self) -> int:
        return int(self.fact("Acquire", "epoch"))

    @property
    def started_at(self) -> float:
        return float(self.fact("Acquire", "started_at"))

    @property
    def target(self) -> Release:
        """What shall run: the candidate, or the last known good release."""
        return Release.of(self.fact("Load", "release"))

    @property
    def colour(self) -> str:
        """The group that the target goes into."""
        return str(self.fact("Capture", "colour"))

    @property
    def needed(self) -> int:
        """How many healthy instances the target needs before it gets traffic."""
        return int(self.fact("Capture", "needed"))

    @property
    def undo(self) -> Undo:
        return Undo(**self.fact("Capture", "undo"))

    def last_look(self, step: str, times: int, now: float) -> bool:
        """Whether a step that polls is not asked again after this: of a rollback, its clock may say so.

        A look that begins just before may end after it.
        """
        clock = clock_of(step) if self.kind is Kind.ROLLBACK else None
        if clock is not None:
            return now >= seconds(self.fact("Acquire", clock)) - LOOK_TIMEOUT_SECONDS
        return self.polls.get(step, 0) >= times - 1

    @property
    def hurried(self) -> bool:
        """Whether a rollback asked it to make way."""
        return bool(self.answer("Keep").get("hurry"))

    def wished(self) -> Answer | None:
        """What an operator, or another run, wants of this one since it began."""
        wish = self.answer("Keep").get("wish")
        reason = str(self.answer("Keep").get("reason", ""))
        match wish:
            case "stop" if self.kind is not Kind.ROLLBACK:
                return Answer(Go.FAIL, reason)
            case "pause" if self.kind is Kind.RELEASE:
                return Answer(Go.WAIT, reason)
            case _:
                return None


def _moment(text: str | None) -> float:
    return seconds(text) if text else 0.0
