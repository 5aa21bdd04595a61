"""Times of day as the state machine writes and compares them."""

from __future__ import annotations

import pytest

from recovery.core.moments import seconds, timestamp
from tests.unit.core.scenes import NOW


@pytest.mark.parametrize("at", [0.0, NOW, NOW + 0.25, NOW + 0.999, 1_709_251_199.5])
def test_a_moment_is_written_and_read_back(at: float) -> None:
    assert seconds(timestamp(at)) == at


def test_a_moment_is_written_as_the_state_machine_writes_its_own() -> None:
    """RFC 3339 with an upper-case T and Z: "Timestamps", Amazon States Language."""
    assert timestamp(NOW) == "2023-11-14T22:14:00.000Z"
    assert timestamp(NOW + 0.0625) == "2023-11-14T22:14:00.062Z"


@pytest.mark.parametrize(
    "text",
    [
        "2023-11-14T22:14:00Z",
        "2023-11-14T22:14:00.000Z",
        "2023-11-14T22:14:00.000+0000",
        "2023-11-14T22:14:00+00:00",
        "2023-11-14T23:14:00.000000+01:00",
    ],
)
def test_every_way_in_which_aws_writes_a_moment_is_read(text: str) -> None:
    assert seconds(text) == NOW


def test_moments_that_are_written_sort_as_they_come() -> None:
    moments = [NOW + 0.001 * number for number in (0, 1, 999, 1000, 59_999, 86_400_000)]
    assert sorted(map(timestamp, moments)) == list(map(timestamp, moments))


@pytest.mark.parametrize(("text", "says"), [("", "isoformat"), ("now", "isoformat"), ("2023-14-11T22:14:00Z", "month")])
def test_what_is_no_moment_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        seconds(text)
