"""The ledger: what the proof takes for granted, where that is from, where it is measured, and what watches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modules.measurements import ALARMS
from modules.recovery_budget import (
    EVALUATION_SECONDS,
    METRIC_DELAY_SECONDS,
    PROPAGATION_SECONDS,
    SKEW_SECONDS,
    TRANSITION_SECONDS,
    UNDER_WAY_SECONDS,
)
from modules.state_machine import STATE_MARGIN_SECONDS
from recovery.core.measuring import Quantity

if TYPE_CHECKING:
    from modules.proof.deployed import Deployed


@dataclass(frozen=True, slots=True)
class Assumption:
    """`seconds` is None where it is no length of time."""

    id: str
    says: str
    seconds: float | None
    source: str
    measured: str
    """Where it is measured, in words; `quantity` is the name of the measurement, if runs take one."""
    watched: str
    """The alarm that tells when it stops holding; empty where there is none."""
    quantity: str = ""

    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "says": self.says,
            "seconds": self.seconds,
            "source": self.source,
            "measured": self.measured,
            "watched": self.watched or None,
        }


def ledger(found: Deployed) -> tuple[Assumption, ...]:
    """Of one environment, in the order in which the theorem names them."""
    return (
        Assumption(
            "A1",
            "instances of the last known good release are healthy within",
            found.rules.healthy_seconds,
            "recovery.healthy_seconds of the settings; launches of 26 to 30 s are reported (daemonology.net "
            "2021-08-12; brevdev/ec2-coldboot-research), and the app's own start comes on top",
            "every run and drill that launches: Prepare to the look that sees them healthy",
            ALARMS[Quantity.BOOT],
            Quantity.BOOT,
        ),
        Assumption(
            "A2",
            "every node of the load balancer obeys new weights within",
            PROPAGATION_SECONDS,
            "AWS gives no figure; none failed after 120 s where it was measured (argo-rollouts#4595)",
            "every run that moves traffic: Shift to the last minute in which the other group had a request",
            ALARMS[Quantity.SHIFT],
            Quantity.SHIFT,
        ),
        Assumption(
            "A3",
            "open requests end within the target groups' deregistration delay of",
            found.deregistration_seconds,
            "ELB API, TargetGroupAttribute deregistration_delay.timeout_seconds; longer requests are cut",
            "not measured: it is a limit that the load balancer enforces",
            "",
        ),
        Assumption(
            "A4",
            "a minute's metrics are published, after its end, within",
            METRIC_DELAY_SECONDS,
            "AWS gives no figure; one to three minutes are reported (AWS re:Post). Verdicts wait for what is published",
            "every rollback that an alarm started: the alarm's newest bad minute to its change of state",
            ALARMS[Quantity.ALARM],
            Quantity.ALARM,
        ),
        Assumption(
            "A5",
            "an alarm is evaluated every",
            EVALUATION_SECONDS,
            'CloudWatch guide, "Evaluating an alarm": alarms with a period of 60 s or more are evaluated every minute; '
            "FILL keeps the series dense, so that no older points are waited for",
            "with A4",
            ALARMS[Quantity.ALARM],
        ),
        Assumption(
            "A6",
            "of an alarm's event and the watchdog's next look, one arrives; a look comes every",
            found.watch_seconds,
            'EventBridge reference, "Amazon CloudWatch events": durable delivery; Scheduler: at least once',
            "every rollback that an alarm started: the alarm's change of state to the run's start",
            ALARMS[Quantity.DELIVERY],
            Quantity.DELIVERY,
        ),
        Assumption(
            "A7",
            "a function is ended at its timeout, and a call that it made has arrived after",
            UNDER_WAY_SECONDS - SKEW_SECONDS,
            'Lambda guide, "Configure Lambda function timeout"',
            "not measured",
            "",
        ),
        Assumption(
            "A8",
            "a cold start, before a function's own timeout counts, takes at most",
            STATE_MARGIN_SECONDS,
            "bench: importing boto3 and every client",
            "`make bench ARGS=lambda`; Lambda's own REPORT lines (Init Duration)",
            "",
        ),
        Assumption(
            "A9",
            "between the states of a path, outside of its loops, Step Functions takes at most",
            TRANSITION_SECONDS,
            "Step Functions gives no figure; transitions take milliseconds",
            "not measured",
            "",
        ),
        Assumption(
            "A10",
            "a notification succeeds in three tries, and the watchdog's page does where the state machine stands still",
            None,
            "SNS and SQS; whichever of them is out of reach, the other is told",
            "dead letters, and the function's errors",
            "notify-errors",
        ),
        Assumption(
            "A11",
            "the clocks of Lambda's hosts agree to",
            SKEW_SECONDS,
            "Amazon Time Sync Service; a lease's expiry is compared with them",
            "not measured",
            "",
        ),
        Assumption(
            "A12",
            "FILL makes zeros of a metric that has no point at all in the range",
            None,
            "not documented; a group without any request is judged by it",
            "not measured",
            "",
        ),
    )
