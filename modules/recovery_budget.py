"""How the deadline is spent: what a rollback may take until it has to be over, or a person be paged.

Counted backwards from `recovery.deadline_seconds`, which begins with the first bad minute. What comes of it is read
back from the synthesized stacks, and held against the deadline once more, by `modules.recovery_bound`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modules.state_machine import LOOK_ROUND_SECONDS, STATE_MARGIN_SECONDS, STEP_SECONDS, TASK_SECONDS
from recovery.core.protocol import LOOK_TIMEOUT_SECONDS, Function
from recovery.core.signals import PERIOD_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recovery.core.signals import Signal

# AWS gives no figure for how late a minute's metrics may come; one to three minutes are what people report
# (docs/guarantees.md, A4).
METRIC_DELAY_SECONDS = 120
# "Alarms with period >= 60 s are evaluated every minute" (CloudWatch guide, "Evaluating an alarm").
EVALUATION_SECONDS = 60
WATCH_SECONDS = 60
"""The watchdog's period: what an alarm's event lacked to tell, it finds."""
# AWS gives no figure for how soon every node of a load balancer obeys new weights. 503s were seen when the other group
# was scaled in at once, and none after 120 s (argo-rollouts#4595).
PROPAGATION_SECONDS = 120
# Step Functions gives no figure. Its transitions take milliseconds each; a path has some thirty outside of its loops.
TRANSITION_SECONDS = 5
"""What Step Functions itself may take between the states, before the instances boot, and after."""
DESK_TIMEOUT_SECONDS = 8
"""Of the functions that are told, and start runs: submit and watchdog."""
DESK_SECONDS = DESK_TIMEOUT_SECONDS + STATE_MARGIN_SECONDS
SKEW_SECONDS = 5
"""By how much the clocks of two functions' hosts may differ: Amazon Time Sync keeps them within milliseconds."""
UNDER_WAY_SECONDS = 5 + SKEW_SECONDS
"""How much longer than the function that sent it a change may be under way, by another one's clock."""
LEASE_SECONDS = 120
"""Long enough for the changes of one step and several looks; short enough that a dead run does not hold others up."""
BEFORE_CAPTURE, BEFORE_LAUNCH = 3, 5
"""Steps: Acquire, Load, Capture; and then Begin, Prepare."""


@dataclass(frozen=True, slots=True)
class Budget:
    """All in seconds."""

    detection: int
    """From the first bad minute until the control plane is told."""
    recover: int
    """From a rollback's start until it is over in any case: then the watchdog pages."""
    launch: int
    """From its start until it looks for the last time whether the instances that it launched are healthy."""
    lease: int
    """From its start until it gives up waiting for the lease."""
    cold: int
    """What is to be left until `launch` when Capture decides to launch."""

    @property
    def boot(self) -> int:
        """What instances have until `launch`, however long every step before took."""
        return self.launch - LOOK_TIMEOUT_SECONDS - BEFORE_LAUNCH * STEP_SECONDS - TRANSITION_SECONDS


def budget(deadline_seconds: int, healthy_seconds: int, signals: Sequence[Signal]) -> Budget:
    """Of a deadline. Nothing in it needs to be positive: see `least_deadline`."""
    bad = max(signal.bad_minutes for signal in signals) * PERIOD_SECONDS
    detection = bad + METRIC_DELAY_SECONDS + EVALUATION_SECONDS + WATCH_SECONDS
    # Should the state machine stand still, the watchdog's page is in time all the same.
    reserve = WATCH_SECONDS + DESK_SECONDS + TASK_SECONDS[Function.NOTIFY]
    recover = deadline_seconds - reserve - detection - DESK_SECONDS
    last_round = max(LOOK_ROUND_SECONDS, STEP_SECONDS + LOOK_TIMEOUT_SECONDS)
    after = last_round + STEP_SECONDS + TRANSITION_SECONDS
    launch = recover - after - PROPAGATION_SECONDS
    return Budget(
        detection=detection,
        recover=recover,
        launch=launch,
        lease=launch - BEFORE_LAUNCH * STEP_SECONDS,
        cold=healthy_seconds + LOOK_TIMEOUT_SECONDS + (BEFORE_LAUNCH - BEFORE_CAPTURE) * STEP_SECONDS,
    )


def least_deadline(healthy_seconds: int, signals: Sequence[Signal]) -> int:
    """The shortest deadline within which a rollback can launch the last known good release and move the traffic."""
    return healthy_seconds - budget(0, healthy_seconds, signals).boot
