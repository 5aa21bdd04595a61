"""What a case is told on either side: the adapters as handlers use them, and what happens around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from recovery.aws.archive import Archive
    from recovery.aws.balancer import Balancer
    from recovery.aws.groups import Groups
    from recovery.aws.metrics import Metrics
    from recovery.aws.parameters import Parameters
    from recovery.aws.runs import Runs
    from recovery.aws.store import Store
    from recovery.aws.templates import Templates
    from recovery.aws.topic import Notify, Topic
    from recovery.core.release import Release
    from recovery.core.rules import Rules

ENVIRONMENT = "dev"
BOOT_SECONDS = 40.0
BAD_PERCENT = 40.0
RUN_SECONDS = 30.0
FAILS = "fails"
"""The cause of a run that is to fail."""
MACHINE: Mapping[str, Any] = {
    "StartAt": "Pause",
    "States": {
        "Pause": {"Type": "Wait", "Seconds": int(RUN_SECONDS), "Next": "Which"},
        "Which": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.cause", "StringEquals": FAILS, "Next": "Failed"}],
            "Default": "Ended",
        },
        "Ended": {"Type": "Succeed"},
        "Failed": {"Type": "Fail"},
    },
}
"""What the runs of the cases do, on both sides."""
FLAKY = "flaky"
"""Names the function of flaky.py as a task's resource."""
Told = tuple[str, str, dict[str, str]]
"""Subject, text and attributes."""


class Ended(NamedTuple):
    """How a run came out."""

    status: str
    output: Any
    """None where it failed."""


class Side(Protocol):
    """One implementation of the services. The fakes stand in for the adapters, so they have their types here."""

    @property
    def rules(self) -> Rules: ...
    @property
    def archive(self) -> Archive: ...
    @property
    def balancer(self) -> Balancer: ...
    @property
    def groups(self) -> Groups: ...
    @property
    def metrics(self) -> Metrics: ...
    @property
    def notify(self) -> Notify: ...
    @property
    def parameters(self) -> Parameters: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def store(self) -> Store: ...
    @property
    def templates(self) -> Templates: ...
    @property
    def topic(self) -> Topic: ...

    # What is there

    def release(self, number: int) -> Release:
        """One of four, each a numbered template version. The fourth never gets healthy, the others after BOOT."""
        ...

    def serve(self, blue: int, green: int = 0) -> None:
        """So many healthy instances of release 1 in blue, which has the traffic, and of release 2 in green."""
        ...

    # Time

    def now(self) -> float: ...
    def wait(self, seconds: float) -> None: ...

    # What happens

    def weigh(self, weights: Mapping[str, int]) -> None:
        """Somebody else writes the rule."""
        ...

    def tag(self, flip: str) -> None:
        """`lastgood flip` writes its tag."""
        ...

    def requests(self, count: int) -> None:
        """So many requests come in this minute."""
        ...

    def turn(self, number: int) -> None:
        """A release answers BAD_PERCENT of its requests with errors from now on."""
        ...

    def sicken(self, colour: str) -> str:
        """One healthy instance fails its checks from now on."""
        ...

    def capacity(self, *, short: bool) -> None:
        """Whether EC2 has no instance left."""
        ...

    def stop(self, run: str) -> None:
        """StopExecution."""
        ...

    def finish(self, run: str) -> None:
        """Time passes until it has ended by itself."""
        ...

    def execute(self, machine: Mapping[str, Any], document: Mapping[str, Any]) -> Ended:
        """A run of another machine, to its end. Its function has not been called before."""
        ...

    def fault(self, kind: str, service: str) -> AbstractContextManager[None]:
        """`busy`: calls are refused; `down`: the service is out of reach; `lost`: changes happen, nobody hears."""
        ...

    # What came of it

    def told(self) -> Told:
        """The only message that subscribers of the topic got."""
        ...

    def kept(self) -> Mapping[str, Any]:
        """The only copy in the queue."""
        ...

    def paged(self) -> Mapping[str, Any]:
        """What the notifying function was called with, the only time that it was."""
        ...
