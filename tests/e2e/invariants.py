"""What holds after every run, whatever was done to it: the invariants of docs/guarantees.md, by their numbers."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from recovery.core.checkpoint import read
from recovery.core.commands import PAUSED
from recovery.core.incident import WISHES
from recovery.core.lease import Kind
from recovery.core.protocol import Ending
from recovery.core.submission import Answer

if TYPE_CHECKING:
    from tests.e2e.plane import Plane

TOLD = (Ending.PROMOTED, Ending.RESTORED, Ending.UNDONE, Ending.ESCALATED, Ending.READY, Ending.NOT_READY)
# Invariants 1 and 3 are seen while it happens, by the witness.
EVENTS_AGAIN = 12
# Of the machine's time: an event that is delivered again has been handled.
HANDLED_SECONDS = 1.0


def violations(plane: Plane) -> list[str]:
    """Every one that does not hold now."""
    checks = [
        _in_time,
        _one_writer,
        _no_leftovers,
        _head,
        _told,
        _no_return,
        _total,
        _twice_is_once,
        _terraform_agrees,
    ]
    if plane.restored:
        checks.append(_serves)
    return [f"{check.__name__}: {text}" for check in checks for text in check(plane)]


def _serves(plane: Plane) -> list[str]:
    """1: one group has all requests, holds one release, enough of it healthy, and it is a good one."""
    weights, serving = plane.weights(), plane.serving()
    found = [] if sorted(weights.values()) == [0, 100] else [f"both groups have traffic: {weights}"]
    minimum = plane.minimum
    if plane.healthy(serving) < minimum:
        found.append(f"{plane.healthy(serving)} of {minimum} are healthy in {serving}")
    if len(plane.versions(serving)) != 1:
        found.append(f"{serving} holds versions {plane.versions(serving)}")
    held = plane.item("status").get("quarantined", {})
    if plane.fingerprint_of(serving) in held:
        found.append(f"{serving} serves a quarantined release")
    return found


def _in_time(plane: Plane) -> list[str]:
    """2: every run has an outcome, and a rollback has it within its deadline."""
    found: list[str] = []
    for name, run in plane.records().items():
        if "started_at" in run and not run.get("outcome"):
            found.append(f"{name} has no outcome")
        elif run.get("kind") == Kind.ROLLBACK and float(run["ended_at"]) > float(run["deadline_at"]):
            found.append(f"{name} ended {float(run['ended_at']) - float(run['deadline_at']):.0f} s late")
    return found


def _one_writer(plane: Plane) -> list[str]:
    """3: no two runs that held the lease did so at the same time."""
    spans = sorted(
        (float(run["started_at"]), float(run["ended_at"]), name)
        for name, run in plane.records().items()
        if "started_at" in run and "ended_at" in run
    )
    return [
        f"{later[2]} began before {earlier[2]} had ended" for earlier, later in pairwise(spans) if later[0] < earlier[1]
    ]


def _no_leftovers(plane: Plane) -> list[str]:
    """4: no lease, no suspended process, no pinned floor, no foreign instance."""
    lease = plane.item("lease")
    found = [f"{lease['run']} holds the lease"] if lease.get("run") else []
    serving = plane.serving()
    for colour in plane.weights():
        group = plane.group(colour)
        paused = {one["ProcessName"] for one in group["SuspendedProcesses"]} & set(PAUSED)
        if paused:
            found.append(f"{colour} has {', '.join(sorted(paused))} suspended")
        if len(plane.versions(colour)) > 1:
            found.append(f"{colour} holds versions {plane.versions(colour)}")
        floor = plane.minimum if colour == serving else group["DesiredCapacity"]
        if group["MinSize"] != floor:
            found.append(f"{colour} has a floor of {group['MinSize']}, not {floor}")
    return found


def _head(plane: Plane) -> list[str]:
    """5: head names a checkpoint that exists, matches its checksum and was promoted."""
    head = plane.item("head")
    if not head:
        return []
    stored = plane.client("s3").get_object(Bucket=plane.control["bucket"], Key=head["checkpoint"])
    checkpoint = read(stored["Body"].read().decode())
    found = [] if checkpoint.release.fingerprint == head["fingerprint"] else ["the checkpoint is another release's"]
    outcome = plane.item("run", checkpoint.run).get("outcome")
    return found if outcome == Ending.PROMOTED else [*found, f"its run ended {outcome}"]


def _told(plane: Plane) -> list[str]:
    """6: each outcome that somebody waits for reached the outbox."""
    told = {message["run"] for message in plane.told()}
    return [
        f"nobody heard of {name} ({run['outcome']})"
        for name, run in plane.records().items()
        if run.get("outcome") in TOLD and run.get("taken_over_by", name) not in told
    ]


def _no_return(plane: Plane) -> list[str]:
    """7: a quarantined release is refused with the reason."""
    held: dict[str, str] = plane.item("status").get("quarantined", {})
    newest = next((one for one in reversed(plane.releases) if one.fingerprint in held), None)
    if newest is None:
        return []
    answer = plane.submit(newest)
    return [] if "quarantined" in answer.get("reason", "") else [f"{newest.fingerprint[:12]} was taken: {answer}"]


def _twice_is_once(plane: Plane) -> list[str]:
    """10: the last events again, all of them, change nothing."""
    before = _lasting(plane)
    again = plane.redeliver(EVENTS_AGAIN)
    time.sleep(HANDLED_SECONDS)
    return [*_changed(before, _lasting(plane)), *([] if again else ["no event was delivered, so none again"])]


def _total(plane: Plane) -> list[str]:
    """12: whatever is asked while nobody is at work has an answer, and what makes no sense now changes nothing."""
    before = _lasting(plane)
    answers = {f"wish {wish!r}": plane.wish(wish, "") for wish in WISHES}
    answers["another's rollback"] = plane.ask({"rollback": {"by": "a test", "of": "another"}})
    answers["another's lift"] = plane.ask({"lift": {"fingerprint": "another", "by": "a test"}})
    found = [f"{asked} was answered {said}" for asked, said in answers.items() if said.get("answer") != Answer.IGNORED]
    for nonsense in ({}, {"wish": {"wish": "dance", "by": "a test"}}):
        said = plane.ask(nonsense)
        if said.get("error") != "BadRequestError":
            found.append(f"{nonsense} was answered {said}")
    return [*found, *_changed(before, _lasting(plane))]


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [f"{name} was {before[name]}, and is {after[name]}" for name in before if before[name] != after[name]]


def _lasting(plane: Plane) -> dict[str, Any]:
    runs = {name: run.get("outcome") for name, run in plane.records().items()}
    return {
        "weights": plane.weights(),
        "runs": runs,
        "head": plane.item("head"),
        "status": plane.item("status"),
        "sizes": {colour: plane.group(colour)["DesiredCapacity"] for colour in plane.weights()},
    }


def _terraform_agrees(plane: Plane) -> list[str]:
    """11: a plan has nothing to do. Of what a run changes, the control plane's own stack sees the quarantine alone."""
    held = bool(plane.item("status").get("quarantined"))
    stacks = ["service", *([] if held in plane.planned else ["control_plane"])]
    plane.planned.add(held)
    with ThreadPoolExecutor() as pool:
        plans = pool.map(plane.planned_changes, stacks)
    return [f"{stack}: {changes}" for stack, changes in zip(stacks, plans, strict=True) if changes]
