"""What a person is told: woken where they must look, informed where something happened, left alone otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from recovery.core.incident import UNTOLD
from recovery.core.lease import Kind
from recovery.core.protocol import Ending, Profile
from recovery.core.telling import LIMIT, Message, Severity, of_alert, of_escalation, of_outcome, of_page
from recovery.core.watching import run_before, untold
from tests.unit.core.scenes import NOW, run

if TYPE_CHECKING:
    from recovery.core.passage import Passage

WHERE, CONSOLE = "shop prod", "https://console.example/run"
TAIL = f"\nRun release-1\n{CONSOLE}"


def ends_with_the_run_and_its_link(message: Message, run: str) -> bool:
    return message.text.endswith(f"\nRun {run}\n{CONSOLE}")


def ended(ending: Ending, passage: Passage | None = None, **more: Any) -> Message | None:
    said = {"Finish": {"go": "on", "outcome": str(ending), "reason": "why it ended"}, **more.pop("said", {})}
    return of_outcome(passage or run(said=said, **more), WHERE, CONSOLE)


def test_a_promotion_informs_and_wakes_nobody() -> None:
    assert ended(Ending.PROMOTED) == Message(
        Severity.INFORM, "shop prod: release PROMOTED", f"why it ended. Started by: somebody asked{TAIL}"
    )


@pytest.mark.parametrize("ending", [Ending.PROMOTED, Ending.RESTORED, Ending.READY, Ending.NOT_READY])
def test_what_ended_well_or_went_back_informs_whoever_started_it(ending: Ending) -> None:
    for automatic in (True, False):
        message = ended(ending, automatic=automatic)
        assert message is not None
        assert (message.severity, message.subject) == (Severity.INFORM, f"shop prod: release {ending.value.upper()}")


@pytest.mark.parametrize("ending", [Ending.SETTLED, Ending.REFUSED, Ending.JOINED])
def test_what_changed_nothing_is_told_only_to_a_person_who_asked(ending: Ending) -> None:
    assert ended(ending, automatic=True) is None
    message = ended(ending)
    assert message is not None
    assert message.severity is Severity.INFORM


@pytest.mark.parametrize("automatic", [True, False])
def test_a_rollback_that_was_undone_wakes_somebody_with_the_command_to_run(automatic: bool) -> None:
    message = ended(Ending.UNDONE, profile=Profile.WARM, automatic=automatic)
    assert message is not None
    assert (message.severity, message.subject) == (Severity.PAGE, "shop prod: rollback UNDONE")
    assert message.text.startswith("The last known good release could not be restored: why it ended. ")
    assert "lastgood flip" in message.text
    assert message.text.endswith(f"\nRun rollback-1\n{CONSOLE}")


@pytest.mark.parametrize(
    ("alert", "expected"),
    [
        ({"go": "on", "reason": "shop prod: rollback FAILED"}, Severity.INFORM),
        # The page did not get out: this one has to.
        ({"Error": "AwsBusyError", "Cause": ""}, Severity.PAGE),
        ({}, Severity.PAGE),
    ],
)
def test_a_rollback_that_was_undone_wakes_nobody_a_second_time(alert: dict[str, Any], expected: Severity) -> None:
    message = ended(Ending.UNDONE, profile=Profile.WARM, said={"Alert": alert})
    assert message is not None
    assert (message.severity, message.subject) == (expected, "shop prod: rollback UNDONE")
    assert "lastgood flip" in message.text


def test_a_rollback_that_cannot_be_done_pages_with_why_and_the_command_to_run() -> None:
    said = {"AwaitHealthy": {"go": "fail", "reason": "1 of 4 instances became healthy in blue"}}
    message = of_alert(run(Profile.ROLLBACK, failed="AwaitHealthy", said=said), WHERE, CONSOLE)
    assert (message.severity, message.subject) == (Severity.PAGE, "shop prod: rollback FAILED")
    assert message.text.startswith(
        "The last known good release could not be restored in time: AwaitHealthy: 1 of 4 instances became healthy in "
        "blue. "
    )
    assert "lastgood status" in message.text
    assert "lastgood flip" in message.text
    assert message.text.endswith(f"\nRun rollback-1\n{CONSOLE}")


def test_a_page_about_looks_that_failed_tells_the_newest_error() -> None:
    passage = run(Profile.ROLLBACK, failed="AwaitHealthy", said={"AwaitHealthy": {"go": "wait", "reason": "0 of 4"}})
    missed = replace(passage, missed={"AwaitHealthy": {"Error": "AwsBusyError", "Cause": "slow down"}})
    assert "AwaitHealthy: 0 of 4; a look failed: AwsBusyError: slow down. " in of_alert(missed, WHERE, CONSOLE).text
    assert "a look failed" not in of_alert(passage, WHERE, CONSOLE).text


def test_a_run_that_paged_on_its_way_pages_with_its_outcome_too() -> None:
    message = ended(Ending.RESTORED, profile=Profile.WARM, said={"Page": {"go": "on"}})
    assert message is not None
    assert (message.severity, message.subject) == (Severity.PAGE, "shop prod: rollback RESTORED")


def test_a_run_whose_outcome_was_not_written_is_told_as_escalated() -> None:
    message = of_outcome(run(automatic=True), WHERE, CONSOLE)
    assert message is not None
    assert (message.subject, message.text) == ("shop prod: release ESCALATED", f". Started by: somebody asked{TAIL}")


def escalated(**more: Any) -> Message:
    return of_escalation(run(Profile.ROLLBACK, **more), WHERE, CONSOLE)


@pytest.mark.parametrize("step", ["Return", "Capture", "Load"])
def test_an_escalation_pages_with_what_the_step_said_and_the_command_to_run(step: str) -> None:
    message = escalated(said={step: {"go": "escalate", "reason": "both groups are bad"}})
    assert (message.severity, message.subject) == (Severity.PAGE, "shop prod: rollback ESCALATED")
    assert message.text.startswith("both groups are bad. It changes nothing more. ")
    assert ends_with_the_run_and_its_link(message, "rollback-1")
    assert "lastgood status" in message.text
    assert "lastgood flip" in message.text


def test_an_overdue_run_is_not_said_to_be_over() -> None:
    passage = replace(run(Profile.ROLLBACK), incident="overdue", cause="rollback-1 is 61 s over its deadline")
    message = of_escalation(passage, WHERE, CONSOLE)
    assert (message.severity, message.subject) == (Severity.PAGE, "shop prod: rollback OVERDUE")
    assert message.text.startswith("rollback-1 is 61 s over its deadline. It may still be at work. ")
    assert ends_with_the_run_and_its_link(message, "rollback-1")
    assert "lastgood flip" in message.text


def test_a_rollback_that_died_wakes_somebody_who_is_told_what_takes_its_place() -> None:
    passage = replace(run(Profile.ROLLBACK), incident="replaced", cause="rollback-0 died and left its lease")
    message = of_escalation(passage, WHERE, CONSOLE)
    assert (message.severity, message.subject) == (Severity.PAGE, "shop prod: rollback DIED")
    assert message.text.startswith("rollback-0 died and left its lease. rollback-1 takes its place. ")
    assert ends_with_the_run_and_its_link(message, "rollback-1")
    assert "lastgood flip" in message.text


def test_a_drills_alarm_that_was_not_handed_on_wakes_nobody_and_says_what_it_costs() -> None:
    cause = "drill-1 put shop-green-errors into ALARM 200 s ago, and the alarm was not handed on"
    message = of_escalation(replace(run(Profile.DRILL), incident="unanswered", cause=cause), WHERE, CONSOLE)
    assert (message.severity, message.subject) == (Severity.INFORM, "shop prod: the alarms' way is NOT READY")
    assert message.text.startswith(f"{cause}. ")
    assert "the watchdog's next look" in message.text
    assert ends_with_the_run_and_its_link(message, "drill-1")


def test_an_outcome_that_is_told_late_wakes_nobody_and_says_where_to_look() -> None:
    passage = replace(run(Profile.ROLLBACK), incident="untold", cause="it ended Restored: version 1 serves again")
    message = of_escalation(passage, WHERE, CONSOLE)
    assert (message.severity, message.subject) == (Severity.INFORM, "shop prod: rollback has ended")
    assert message.text.startswith("it ended Restored: version 1 serves again (told late). ")
    assert "lastgood runs rollback-1" in message.text
    assert ends_with_the_run_and_its_link(message, "rollback-1")


def test_the_step_that_came_last_says_why_it_was_escalated() -> None:
    said = {step: {"go": "escalate", "reason": step} for step in ("Load", "Capture", "Return")}
    assert escalated(said=said).text.startswith("Return. ")
    assert escalated(said={step: said[step] for step in ("Load", "Capture")}).text.startswith("Capture. ")


def test_an_escalation_after_an_error_tells_the_error() -> None:
    hung = {"Error": "States.Timeout", "Cause": ""}
    assert escalated(failed="Confirm", said={"Confirm": hung}).text.startswith("Confirm: States.Timeout: . ")
    assert escalated(said={"Begin": hung}).text.startswith("Begin: States.Timeout: . ")
    assert escalated(failed="Confirm", said={"Confirm": {"go": "wait", "reason": "5 requests"}}).text.startswith(
        "Confirm: 5 requests. "
    )


def test_an_escalation_that_no_step_explains_tells_what_started_the_run() -> None:
    assert escalated(cause="release-1 is overdue").text.startswith("release-1 is overdue. ")


def test_a_page_says_that_the_last_known_good_serves_and_what_is_wrong_with_it() -> None:
    passage = run(Profile.WARM, failed="Verify", said={"Verify": {"go": "fail", "reason": "image differs"}})
    message = of_page(passage, WHERE, CONSOLE)
    assert (message.severity, message.subject) == (Severity.PAGE, "shop prod: rolled back, and not well")
    assert message.text.startswith("The last known good release serves, but: Verify: image differs. ")
    assert ends_with_the_run_and_its_link(message, "rollback-1")
    assert "lastgood status" in message.text


@pytest.mark.parametrize("length", [10, 700, 900, 5000])
def test_a_message_fits_on_a_phone_and_keeps_the_run_and_the_link(length: int) -> None:
    passage = run(kind=Kind.RELEASE, cause="x" * length, said={"Finish": {"outcome": "Promoted", "reason": "y"}})
    message = of_outcome(passage, WHERE, CONSOLE)
    assert message is not None
    assert len(message.text) <= LIMIT
    assert message.text.endswith(TAIL)
    assert ("…" in message.text) == (length >= 900)


def test_a_message_that_just_fits_is_told_whole() -> None:
    room = LIMIT - len(TAIL) - len("y. Started by: ")
    for length, cut in ((room, False), (room + 1, True)):
        passage = run(cause="x" * length, said={"Finish": {"outcome": "Promoted", "reason": "y"}})
        message = of_outcome(passage, WHERE, CONSOLE)
        assert message is not None
        assert len(message.text) == LIMIT
        assert ("…" in message.text) == cut


@pytest.mark.parametrize(
    ("outcome", "severity"),
    [
        ("Undone", Severity.PAGE),
        ("Escalated", Severity.PAGE),
        ("Restored", Severity.INFORM),
        ("Promoted", Severity.INFORM),
    ],
)
def test_what_is_told_late_wakes_somebody_where_it_would_have_in_time(outcome: str, severity: Severity) -> None:
    record = {"outcome": outcome, "reason": "the reason", "ended_at": repr(NOW - 300)}
    late = replace(run(Profile.ROLLBACK, cause=untold(record, NOW)), incident=UNTOLD)
    message = of_escalation(late, "shop prod", "https://console")
    assert message.severity is severity
    assert "the reason" in message.text


def test_nothing_is_told_late_that_was_told_or_may_still_be() -> None:
    ended = {"outcome": "Promoted", "reason": "", "ended_at": repr(NOW - 121)}
    assert untold(ended, NOW)
    assert not untold({**ended, "told_at": repr(NOW - 100)}, NOW)
    assert not untold({**ended, "ended_at": repr(NOW - 119)}, NOW)
    assert not untold({}, NOW)
    assert untold({"outcome": "Restored", "ended_at": ended["ended_at"]}, NOW) == "it ended Restored: "


def test_a_page_about_traffic_that_could_not_be_confirmed_does_not_say_that_it_serves() -> None:
    said = {"Confirm": {"Error": "AwsBusyError", "Cause": "elb is out of reach"}}
    message = of_page(run(Profile.WARM, said=said, failed="Confirm"), WHERE, CONSOLE)
    assert "could not be confirmed" in message.text
    assert "serves, but" not in message.text


def test_the_runs_that_ended_lately_are_looked_at_one_after_the_other() -> None:
    """A run may end before it is late to tell of the one before."""
    ended = {"outcome": "Restored", "ended_at": repr(NOW - 900), "before": "release-1"}
    assert run_before(ended, NOW) == "release-1"
    assert not run_before({**ended, "ended_at": repr(NOW - 900.1)}, NOW)
    assert not run_before({**ended, "before": ""}, NOW)
    del ended["before"]
    # It ended before runs wrote down which one was before them.
    assert not run_before(ended, NOW)
    assert not run_before({"before": "release-1"}, NOW)
