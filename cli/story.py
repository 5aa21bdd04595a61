"""What happened while a load ran: what was seen, and what is counted from it.

All times are seconds of one clock, the load's; `began` is where a reader's clock starts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from cli.load import NO_ANSWER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cli.load import Sample

NO_RELEASE = "no release"
NAME_SHOWN = 8
LOWEST_SERVER_ERROR = 500
# ELB guide, "Troubleshoot your Application Load Balancers": the load balancer's own where it reaches no target.
UNREACHED = frozenset({502, 503, 504})

MarkKind = Literal["step", "alarm", "back"]
"""`alarm`: something was noticed. `back`: the last good release serves all new requests again."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at one moment."""

    at: float
    label: str
    detail: str = ""
    kind: MarkKind = "step"


@dataclass(frozen=True, slots=True)
class RunSpan:
    """While one run was on, and how it ended."""

    began: float
    ended: float
    label: str
    outcome: str


@dataclass(frozen=True, slots=True)
class ReleaseOutcome:
    """What became of one release."""

    name: str
    fingerprint: str
    version: int
    outcome: str
    seconds: float
    reason: str


@dataclass(frozen=True)
class Story:
    """All that the picture and the table are made of."""

    began: float
    samples: tuple[Sample, ...]
    marks: tuple[Mark, ...]
    releases: tuple[ReleaseOutcome, ...]
    names: Mapping[str, str]
    """Fingerprint → the name that people know the release by, in the order of the releases."""
    runs: tuple[RunSpan, ...] = ()

    @property
    def seconds(self) -> float:
        """From the beginning to the last thing known."""
        moments = [sample.at for sample in self.samples]
        moments += [mark.at for mark in self.marks]
        moments += [run.ended for run in self.runs]
        return max(0.0, max(moments, default=self.began) - self.began)

    def name(self, fingerprint: str) -> str:
        return self.names.get(fingerprint, fingerprint[:NAME_SHOWN]) or NO_RELEASE


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    event: str
    detail: str
    seconds: float
    since_alarm: float | None
    """From the first alarm until traffic is back; None outside of an incident."""
    kind: MarkKind


def failed(sample: Sample) -> bool:
    """No answer, or an error of the server's."""
    return sample.status == NO_ANSWER or sample.status >= LOWEST_SERVER_ERROR


def because_of_a_shift(sample: Sample) -> bool:
    """Whether it failed on its way to a release: traffic went where nobody was.

    A 502, 503 or 504 counts even where a release is named: one that is being shut down may still say so itself.
    """
    return failed(sample) and (not sample.release or sample.status in UNREACHED)


def failures_because_of_a_shift(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    """As opposed to a bad release's own answers."""
    return tuple(sample for sample in samples if because_of_a_shift(sample))


def requests_by_release(story: Story) -> dict[str, int]:
    """Every release by name, then what no release answered, if there was any."""
    return _by_release(story, story.samples)


def failed_by_release(story: Story) -> dict[str, int]:
    """The same for the requests that failed."""
    return _by_release(story, (sample for sample in story.samples if failed(sample)))


def requests_per_second(story: Story, width: float = 1.0) -> dict[str, tuple[float, ...]]:
    """For each release by name, the rate in each stretch of `width` seconds since the beginning."""
    return {
        name: _rates(story, [sample for sample in story.samples if story.name(sample.release) == name], width)
        for name in requests_by_release(story)
    }


def errors_per_second(story: Story, width: float = 1.0) -> tuple[float, ...]:
    """The rate of requests that failed, whoever's fault it was, in the same stretches."""
    return _rates(story, [sample for sample in story.samples if failed(sample)], width)


def table(story: Story) -> tuple[Row, ...]:
    """The marks by time, with the seconds since the beginning and, in an incident, since its alarm."""
    rows: list[Row] = []
    alarm: float | None = None
    for mark in sorted(story.marks, key=lambda mark: mark.at):
        if mark.kind == "alarm" and alarm is None:
            alarm = mark.at
        since = None if alarm is None else mark.at - alarm
        rows.append(Row(mark.label, mark.detail, mark.at - story.began, since, mark.kind))
        if mark.kind == "back":
            alarm = None
    return tuple(rows)


def rollback_seconds(story: Story) -> tuple[float, ...]:
    """For each incident, from its first alarm to the last good release serving all new requests."""
    return tuple(row.since_alarm for row in table(story) if row.kind == "back" and row.since_alarm is not None)


def incidents(marks: Iterable[Mark], samples: Iterable[Sample], bad: Mapping[str, str]) -> tuple[Mark, ...]:
    """The marks, with the moment that each bad release (fingerprint → name) gave its last answer.

    An alarm while none of them answered is nobody's incident: it comes after the traffic is back, as metrics do.
    """
    answers: dict[str, list[Sample]] = {fingerprint: [] for fingerprint in bad}
    for sample in samples:
        if sample.release in answers:
            answers[sample.release].append(sample)
    spans = {
        fingerprint: (min(one.at for one in found), max(one.at + one.seconds for one in found))
        for fingerprint, found in answers.items()
        if found
    }
    kept = [
        replace(mark, kind="step")
        if mark.kind == "alarm" and not any(first <= mark.at <= last for first, last in spans.values())
        else mark
        for mark in marks
    ]
    kept += [
        Mark(last, f"{bad[fingerprint]}'s last answer", "the last good release serves every request", "back")
        for fingerprint, (_, last) in spans.items()
    ]
    return tuple(sorted(kept, key=lambda mark: mark.at))


def _by_release(story: Story, samples: Iterable[Sample]) -> dict[str, int]:
    counted = Counter(story.name(sample.release) for sample in samples)
    unnamed = counted.pop(NO_RELEASE, 0)
    known = {name: counted.pop(name, 0) for name in story.names.values()}
    return {**known, **dict(sorted(counted.items())), **({NO_RELEASE: unnamed} if unnamed else {})}


def _rates(story: Story, samples: Iterable[Sample], width: float) -> tuple[float, ...]:
    """Stretches up to the last sample of the story, whosever it is, so that all series are equally long."""
    places = Counter(int((sample.at - story.began) // width) for sample in samples)
    last = max((sample.at for sample in story.samples), default=story.began)
    return tuple(places[place] / width for place in range(int((last - story.began) // width) + 1))
