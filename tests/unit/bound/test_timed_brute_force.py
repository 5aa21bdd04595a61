"""Random small machines with clocks: every run of them is walked, and none may take longer than the bound."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from modules.bound import Clock, UnboundError, bound
from tests.unit.bound.timed_brute_force import EndlessError, latest

State = dict[str, Any]
ENTERED = "$$.State.EnteredTime"
LATE = ("GreaterThan", "GreaterThanEquals")
EARLY = ("LessThan", "LessThanEquals")


def late(chance: random.Random) -> State:
    """It holds once the moment has come."""
    time = chance.choice([ENTERED, "$.s.at"])
    if chance.random() < 0.2:
        return {"Variable": "$.p", f"Timestamp{chance.choice(EARLY)}Path": time}
    return {"Variable": time, f"Timestamp{chance.choice(LATE)}Path": "$.p"}


def often(chance: random.Random) -> State:
    return {"Variable": "$.n.v", f"Numeric{chance.choice(LATE)}": chance.randint(0, 2)}


def word(chance: random.Random) -> State:
    return {"Variable": "$.x", "StringEquals": chance.choice("ab")}


def over(chance: random.Random) -> State:
    """What ends a loop."""
    one = late(chance)
    return chance.choice([one, one, one, {"Or": [one, often(chance)]}, {"And": [one, often(chance)]}, often(chance)])


def stamped(then: str) -> State:
    return {"Type": "Pass", "Parameters": {"at.$": ENTERED}, "ResultPath": "$.s", "Next": then}


def counted(then: str) -> State:
    return {"Type": "Pass", "Parameters": {"v.$": "States.MathAdd($.n.v, 1)"}, "ResultPath": "$.n", "Next": then}


def zero(then: str) -> State:
    return {"Type": "Pass", "Result": {"v": 0}, "ResultPath": "$.n", "Next": then}


def task(chance: random.Random, then: str, caught: str) -> State:
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.x", "Next": caught}]
    made = {
        "Type": "Task",
        "Resource": "any",
        "ResultPath": "$.x",
        "TimeoutSeconds": chance.randint(0, 3),
        "Next": then,
    }
    return {**made, "Catch": catch} if chance.random() < 0.3 else made


def wait(chance: random.Random, then: str) -> State:
    return {"Type": "Wait", "Seconds": chance.randint(0, 3), "Next": then}


def looks(chance: random.Random) -> State:
    """Looks, one after the other, each until a moment; some ways lead elsewhere."""
    states: dict[str, State] = {
        "Zero": zero("Stamp"),
        "Stamp": stamped("First"),
        "First": task(chance, "Begin0", "Begin0"),
    }
    if chance.random() < 0.2:
        states["Stamp"] = {"Type": "Pass", "Next": "First"}
    many = chance.randint(1, 2)
    for number in range(many):
        states |= look(chance, str(number), f"Begin{number + 1}" if number + 1 < many else "Last")
    states |= {"Last": wait(chance, "End"), "End": {"Type": "Succeed"}}
    names = list(states)
    for one in states.values():
        for way in [one, *one.get("Choices", [])]:
            if "Next" in way and chance.random() < 0.06:
                way["Next"] = chance.choice(names)
    return {"StartAt": "Zero", "States": states}


def look(chance: random.Random, name: str, then: str) -> State:
    ends, asked = over(chance), word(chance)
    rules = chance.choice(
        [
            [{"And": [asked, ends], "Next": then}, {**asked, "Next": f"Pause{name}"}],
            [{"Not": ends, "Next": f"Pause{name}"}],
            [{**ends, "Next": f"Slow{name}"}, {**word(chance), "Next": f"Pause{name}"}],
            [
                {**ends, "Next": then},
                {**word(chance), "Next": f"Count{name}"},
                {**word(chance), "Next": f"Pause{name}"},
            ],
        ]
    )
    count = chance.choice([stamped, stamped, counted])
    return {
        f"Begin{name}": chance.choice(
            [{"Type": "Pass", "Next": f"Look{name}"}, zero(f"Look{name}"), stamped(f"Look{name}")]
        ),
        f"Look{name}": task(chance, f"Well{name}", chance.choice([then, f"Well{name}", f"Pause{name}"])),
        f"Well{name}": {"Type": "Choice", "Choices": rules, "Default": then},
        f"Pause{name}": wait(chance, f"Count{name}"),
        f"Slow{name}": wait(chance, then),
        f"Count{name}": count(chance.choice([f"Look{name}", f"Look{name}", f"Also{name}"])),
        f"Also{name}": chance.choice([stamped, counted])(f"Look{name}"),
    }


def anything(chance: random.Random) -> State:
    """Each state leads anywhere."""
    names = [f"S{number}" for number in range(chance.randint(2, 6))]
    states: dict[str, State] = {"Zero": zero("Stamp"), "Stamp": stamped("S0"), "End": {"Type": "Succeed"}}
    for name in names:
        then, other = chance.choice([*names, "End"]), chance.choice([*names, "End"])
        rules = [
            {**chance.choice([over, over, word])(chance), "Next": chance.choice([*names, "End"])}
            for _ in range(chance.randint(1, 3))
        ]
        states[name] = chance.choice(
            [stamped(then), counted(then), wait(chance, then), task(chance, then, other)]
            + 3 * [{"Type": "Choice", "Choices": rules, "Default": then}]
        )
    return {"StartAt": "Zero", "States": states}


@pytest.mark.parametrize("block", range(4))
def test_no_run_takes_longer_than_a_clock_lets_it_and_what_is_endless_has_no_bound(block: int) -> None:
    bounded = reached = 0
    for seed in range(block * 200, block * 200 + 200):
        for made in (looks, anything):
            chance = random.Random(seed)  # noqa: S311 no secret
            machine = made(chance)
            since, seconds = chance.choice(["", "First", *machine["States"]]), chance.randint(0, 8)
            said = f"{made.__name__}, seed {seed}, {since} + {seconds}: {json.dumps(machine)}"
            try:
                found = bound(machine, clocks={"$.p": Clock(since, seconds)})
            except UnboundError:
                continue
            try:
                walked = latest(machine, since, seconds)
            except EndlessError as error:
                pytest.fail(f"it has a bound of {found.seconds} s, and may go on for ever at {error}: {said}")
            assert walked <= found.seconds, said
            assert found.seconds == sum(row.seconds for row in found.path), said
            by_clock = any("$.p" in row.why for row in found.path)
            bounded += by_clock
            reached += by_clock and walked == found.seconds
    # Else nothing was tried: a clock is on the path of some, and the figure of many of these is as low as it can be.
    assert bounded >= 15
    assert reached >= bounded / 5
