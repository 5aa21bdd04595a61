"""Of each state: when it ends at the latest, and whether a change of its numbers changes the bound, or why not."""

from __future__ import annotations

import json
import random
import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any, cast

import pytest

from modules.bound import Clock, Explained, UnboundError, bound
from tests.unit.bound.test_brute_force import loop_free, polling
from tests.unit.bound.test_clocks import BY, POLL, STAMPED
from tests.unit.bound.test_figures import DONE, LOOP, caught, choice, machine, raised, retry, started, task, wait, when
from tests.unit.bound.test_timed_brute_force import looks

if TYPE_CHECKING:
    from collections.abc import Iterator

State = dict[str, Any]
SLACK = re.compile(r"\(slack (\d+) s\)")


def explained(states: dict[str, State], **given: Any) -> dict[str, Explained]:
    return {one.state: one for one in bound(machine(states), **given).explain()}


def said(states: dict[str, State], **given: Any) -> dict[str, tuple[float | None, str]]:
    found = explained(states, **given).values()
    return {one.state: (None if one.latest is None else float(one.latest), one.why) for one in found}


ON = "on the longest path"


def test_a_shorter_way_and_another_end() -> None:
    # A's 1 s, then B's 20 s or C's 50 s; F ends the machine after 1 s.
    states = {
        "A": task(1, Next="?", Catch=[caught("F")]),
        "?": choice(when("B", IsPresent=True), otherwise="C"),
        "B": wait(20, Next="Z"),
        "C": wait(50, Next="Z"),
        "Z": DONE,
        "F": {"Type": "Fail"},
        "Never": wait(5, Next="Z"),
    }
    assert said(states) == {
        "A": (1, ON),
        "?": (1, ON),
        "B": (21, "a longer way leads to the same place (slack 30 s)"),
        "C": (51, ON),
        "Z": (51, ON),
        "F": (1, "another end is later (slack 50 s)"),
        "Never": (None, "not reached"),
    }


def test_what_comes_after_a_cut_and_what_a_value_closes() -> None:
    states = {
        "?": choice(when("A", "$.p", StringEquals="a"), otherwise="B"),
        "A": wait(3, Next="Z"),
        "B": wait(9, Next="Z"),
        "Z": wait(7),
    }
    assert said(states, given={"$.p": "a"}, until={"Z"}) == {
        "?": (0, ON),
        "A": (3, ON),
        "B": (None, "not reached"),
        "Z": (3, ON),
    }
    assert said({**states, "Z": wait(7, Next="Y"), "Y": DONE}, until={"Z"})["Y"] == (None, "after Z")


def test_what_a_clock_overtakes() -> None:
    # The pause is begun at 60 s at the latest, whatever came before: only a call of A's that passes it by 1 s is seen.
    # Straight on, A's 10 s, 5 s and 100 s are 115; by the clock it is 60 + 10 + 5 + 100 = 175.
    found = said(POLL, clocks={BY: Clock("", 60)})
    assert found["A"] == (10, "overtaken by clock $.by (slack 60 s)")
    assert found["Pause"] == (70, ON)
    assert found["Look"] == (75, ON)
    # A loop whose counter comes later: 1000 pauses of 10 s are never made.
    states = {**POLL, "?": choice(ON_OR_LATE, otherwise="Z")}
    assert said(states, clocks={BY: Clock("", 60)})["Z"] == (75, ON)


ON_OR_LATE = {"And": [{"Variable": "$.said", "StringEquals": "wait"}, {"Variable": "$$.State.EnteredTime", "TimestampLessThanPath": BY}], "Next": "Pause"}  # fmt: skip


def test_a_count_says_what_one_more_repetition_takes() -> None:
    assert explained(LOOP)["?"].counts == ("$.c.n 3: one more, and the bound rises by 15 s",)


def test_a_count_that_another_one_exceeds_says_so() -> None:
    # It goes on while either lets it: up to 5, so the 3 decides nothing.
    more = {
        "Or": [{"Variable": "$.c.n", "NumericLessThan": 3}, {"Variable": "$.c.n", "NumericLessThan": 5}],
        "Next": "Pause",
    }
    assert explained({**LOOP, "?": choice(more, otherwise="Z")})["?"].counts == (
        "$.c.n 3: one more changes nothing: another comparison decides how often",
        "$.c.n 5: one more, and the bound rises by 15 s",
    )
    # A number that falls is compared with less, and one that nothing raises counts nothing.
    falls = {**LOOP, "Set": started("Look", 3), "Count": raised("Look", -1)}
    falls["?"] = choice(when("Z", "$.other", NumericEquals=1), when("Pause", NumericGreaterThan=0), otherwise="Z")
    assert explained(falls)["?"].counts == (
        "$.other 1: one more changes nothing: nothing raises it",
        "$.c.n 0: one more, and the bound falls by 15 s",
    )


def test_a_count_that_a_clock_overtakes_says_so() -> None:
    # 20 + 10 + 5 s by the clock; 50 s by the count.
    late = when("Z", "$$.State.EnteredTime", TimestampGreaterThanEqualsPath=BY)
    states = {**LOOP, "?": choice(late, when("Z", NumericGreaterThanEquals=3), otherwise="Pause")}
    found = explained(states, clocks={BY: Clock("", 20)})
    assert found["?"].counts == ("$.c.n 3: one more changes nothing: overtaken by clock $.by",)


def test_a_count_of_a_shorter_loop_says_how_many_more_there_may_be() -> None:
    # 4 looks of 5 s and 3 pauses of 10 s are 50 s; the other way takes 100 s: 3 more repetitions of 15 s fit.
    states = {"First": choice(when("Long", IsPresent=True), otherwise="Set"), "Long": wait(100, Next="Z"), **LOOP}
    assert explained(states)["?"].counts == (
        "$.c.n 3: one more changes nothing: a longer way leads to the same place (slack 3 repetitions)",
    )


def test_states_in_states() -> None:
    # After 2 s: branch 2 decides with 9 s; the first one's A ends after 4 s.
    # Then 5 items, 2 at once: 3 rounds of 6 s. The last one's I ends at the very end.
    states = {
        "First": wait(2, Next="P"),
        "P": {"Type": "Parallel", "Branches": [machine({"A": task(4)}), machine({"B": task(9)})], "Next": "M"},
        "M": {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": machine({"I": task(6)}), "End": True},
    }
    assert said(states, at_most={"M": 5}) == {
        "First": (2, ON),
        "P": (11, ON),
        "A": (6, "P, branch 2 decides: 9 s, not 4 s"),
        "B": (11, ON),
        "M": (29, ON),
        "I": (29, ON),
    }


def places(states: dict[str, State]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Where each timeout, wait, retry count and loop bound stands: the state, and the way to it."""
    for name, state in states.items():
        yield from ((name, way) for way in numbers(state, ()))


def numbers(value: Any, way: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    held = cast("dict[str | int, Any]", value if isinstance(value, dict) else dict(enumerate(cast("list[Any]", value))))
    for key, one in held.items():
        if key in ("TimeoutSeconds", "Seconds", "MaxAttempts") or str(key).startswith("Numeric"):
            yield (*way, key)
        elif key in ("Retry", "Choices", "And", "Or", "Not") or isinstance(key, int):
            yield from numbers(one, (*way, key))


def changed(document: State, name: str, way: tuple[str | int, ...], by: int) -> State:
    states = {**document["States"], name: deepcopy(document["States"][name])}
    at = states[name]
    for key in way[:-1]:
        at = at[key]
    at[way[-1]] += by
    return {**document, "States": states}


@pytest.mark.parametrize("made", [loop_free, polling, looks])
@pytest.mark.parametrize("seed", range(25))
def test_a_number_that_is_raised_changes_the_bound_or_its_state_says_why_not(made: Any, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 no secret
    document = made(chance)
    clocks = {"$.p": Clock("", chance.randint(0, 8))} if made is looks else {}
    try:
        before = bound(document, clocks=clocks)
    except UnboundError:
        return
    found = {one.state: one for one in before.explain()}
    for name, way in places(document["States"]):
        told = f"seed {seed}, {name} {way}: {found[name]} {json.dumps(document)}"
        by = 1
        slack = SLACK.search(found[name].why)
        if way in (("Seconds",), ("TimeoutSeconds",)) and "Retry" not in document["States"][name] and slack:
            # What it says is its slack changes nothing; a second more does.
            by = int(slack[1]) + 1
            assert bound(changed(document, name, way, by - 1), clocks=clocks).seconds == before.seconds, told
            assert bound(changed(document, name, way, by), clocks=clocks).seconds > before.seconds, told
        elif bound(changed(document, name, way, by), clocks=clocks).seconds == before.seconds:
            unheard = any(row.state == name and "hears of no error" in row.why for row in before.path)
            counted = any("one more changes nothing" in one for one in found[name].counts)
            assert not found[name].on_path or counted or ("MaxAttempts" in way and unheard), told


def test_a_retry_that_no_error_reaches_changes_nothing_and_all_others_do() -> None:
    retriers = [retry("X", MaxAttempts=0), retry("X", MaxAttempts=5), retry("Y", MaxAttempts=1, JitterStrategy="FULL")]
    document = machine({"A": task(10, Retry=retriers)})
    # 2 calls of 10 s for Y, and 1 s between: no X is tried again.
    assert bound(document).seconds == 21
    raised = [bound(changed(document, "A", ("Retry", index, "MaxAttempts"), 1)).seconds for index in range(3)]
    # One X more: a call of 10 s and 1 s. The second retrier never hears of an X. One Y more: 10 s and 2 s.
    assert raised == [32, 21, 33]
    [row] = bound(document).path
    assert row.why.endswith("; retrier 2 hears of no error")


def test_what_is_said_is_json() -> None:
    written = [one.json() for one in bound(machine(STAMPED), clocks={BY: Clock("", 60.5)}).explain()]
    assert [one["state"] for one in json.loads(json.dumps(written))] == list(STAMPED)
    [late] = [one for one in written if one["state"] == "Late"]
    assert late == {"state": "Late", "latest_seconds": 180.5, "on_path": True, "why": ON, "counts": []}
