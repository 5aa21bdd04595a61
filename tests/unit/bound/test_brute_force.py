"""Random small machines: every run of them is walked, and none may take longer than the bound."""

from __future__ import annotations

import json
import random
from typing import Any, cast

import pytest

from modules.bound import UnboundError, bound
from tests.unit.bound.brute_force import EndlessError, longest

State = dict[str, Any]
COMPARES = (
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericEquals",
)


def loop_free(chance: random.Random, depth: int = 0) -> State:
    """Each state leads to later ones alone."""
    names = [f"S{depth}{number}" for number in range(chance.randint(2, 6))]
    states: dict[str, State] = {}
    for number, name in enumerate(names[:-1]):
        states[name] = state(chance, names[number + 1 :], depth)
    states[names[-1]] = {"Type": "Succeed"}
    return {"StartAt": names[0], "States": states}


def state(chance: random.Random, to: list[str], depth: int) -> State:
    def on() -> str:
        return chance.choice(to)

    kinds = ["Task", "Task", "Wait", "Pass", "Choice", *(["Parallel", "Map"] if depth < 2 else [])]
    kind = chance.choice(kinds)
    if kind == "Choice":
        rules = [{**condition(chance), "Next": on()} for _ in range(chance.randint(1, 2))]
        return {"Type": "Choice", "Choices": rules, "Default": on()}
    if kind == "Wait":
        return {"Type": "Wait", "Seconds": chance.randint(0, 9), "Next": on()}
    if kind == "Pass":
        return {"Type": "Pass", "Next": on()}
    made: State = {"Type": kind, "ResultPath": "$.x", "Next": on(), **tried(chance, on())}
    if kind == "Task":
        return {**made, "Resource": "any", "TimeoutSeconds": chance.randint(1, 9)}
    if kind == "Parallel":
        return {**made, "Branches": [loop_free(chance, depth + 1) for _ in range(chance.randint(1, 3))]}
    reader = {"ReaderConfig": {"MaxItems": chance.randint(0, 5)}}
    return {
        **made,
        "MaxConcurrency": chance.randint(1, 3),
        "ItemReader": reader,
        "ItemProcessor": loop_free(chance, depth + 1),
    }


def tried(chance: random.Random, caught: str) -> State:
    retriers = [
        {
            "ErrorEquals": chance.choice([["X"], ["Y"], ["X", "Y"]]),
            "IntervalSeconds": chance.randint(1, 3),
            "MaxAttempts": chance.randint(0, 2),
            "BackoffRate": chance.choice([1, 1.5, 2]),
            **chance.choice([{}, {"MaxDelaySeconds": 3}]),
        }
        for _ in range(chance.randint(0, 2))
    ]
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.x", "Next": caught}]
    return {**({"Retry": retriers} if retriers else {}), **chance.choice([{}, {"Catch": catch}])}


def condition(chance: random.Random) -> State:
    return {"Variable": "$.x", "StringEquals": chance.choice("ab")}


def polling(chance: random.Random) -> State:
    """Looks, one after the other, each with a pause and a counter; some ways lead elsewhere."""
    states: dict[str, State] = {
        "SetN": {"Type": "Pass", "Result": {"v": chance.randint(0, 1)}, "ResultPath": "$.n", "Next": "SetM"},
        "SetM": {"Type": "Pass", "Result": {"v": 3}, "ResultPath": "$.m", "Next": "Set0"},
        "End": {"Type": "Succeed"},
    }
    looks = chance.randint(1, 3)
    for number in range(looks):
        states |= look(chance, str(number), f"Set{number + 1}" if number + 1 < looks else "End")
    names = list(states)
    for one in states.values():
        for way in [one, *one.get("Choices", [])]:
            if "Next" in way and chance.random() < 0.08:
                way["Next"] = chance.choice(names)
    return {"StartAt": "SetN", "States": states}


def look(chance: random.Random, name: str, then: str) -> State:
    counter, by, goes_on = chance.choice(
        [("n", 1, "NumericLessThan"), ("n", 2, "NumericLessThanEquals"), ("m", -1, "NumericGreaterThan")]
    )
    over = {"Variable": f"$.{counter}.v", goes_on: chance.randint(1, 4) if by > 0 else 0}
    stop: State = {"And": [condition(chance), {"Not": over}], "Next": then}
    on = {**stop["And"][0], "Next": f"Pause{name}"}
    setting: State = {
        "Type": "Pass",
        "Result": {"v": chance.randint(0, 3)},
        "ResultPath": f"$.{counter}",
        "Next": f"Look{name}",
    }
    added = {"v.$": f"States.MathAdd($.{counter}.v, {by})"}
    return {
        f"Set{name}": chance.choice([setting, {"Type": "Pass", "Next": f"Look{name}"}]),
        f"Look{name}": {"Type": "Task", "Resource": "any", "ResultPath": "$.x", "TimeoutSeconds": chance.randint(1, 9), "Next": f"Well{name}", **tried(chance, then)},
        f"Well{name}": {"Type": "Choice", "Choices": chance.choice([[stop, on], [{**over, "Next": f"Pause{name}"}]]), "Default": then},
        f"Pause{name}": {"Type": "Wait", "Seconds": chance.randint(0, 9), "Next": f"Count{name}"},
        f"Count{name}": {"Type": "Pass", "Parameters": added, "ResultPath": f"$.{counter}", "Next": f"Look{name}"},
    }  # fmt: skip


def looping(chance: random.Random) -> State:
    """Each state leads anywhere; numbers are set and raised, and compared, here and there."""
    names = [f"S{number}" for number in range(chance.randint(2, 6))]
    ways = [*names, "End"]
    states: dict[str, State] = {
        "SetN": {"Type": "Pass", "Result": {"v": chance.randint(0, 1)}, "ResultPath": "$.n", "Next": "SetM"},
        "SetM": {"Type": "Pass", "Result": {"v": chance.randint(0, 1)}, "ResultPath": "$.m", "Next": "S0"},
        "End": {"Type": "Succeed"},
    }
    for name in names:
        states[name] = counting(chance, ways)
    return {"StartAt": "SetN", "States": states}


def counting(chance: random.Random, ways: list[str]) -> State:
    def on() -> str:
        return chance.choice(ways)

    number = chance.choice("nnm")
    match chance.randint(0, 8):
        case 0 | 1 | 2:
            by = chance.choice([1, 1, 1, 1, 2, -1])
            added = {"v.$": f"States.MathAdd($.{number}.v, {by})"}
            return {"Type": "Pass", "Parameters": added, "ResultPath": f"$.{number}", "Next": on()}
        case 3 | 4 | 5:
            rules = [{**counted(chance, number), "Next": on()} for _ in range(chance.randint(1, 3))]
            return {"Type": "Choice", "Choices": rules, "Default": on()}
        case 6:
            return {"Type": "Wait", "Seconds": chance.randint(1, 9), "Next": on()}
        case 7:
            setting = {"Type": "Pass", "Result": {"v": 0}, "ResultPath": f"$.{number}", "Next": on()}
            return setting if chance.random() < 0.3 else {"Type": "Pass", "Next": on()}
        case _:
            return {"Type": "Task", "Resource": "any", "ResultPath": "$.x", "TimeoutSeconds": chance.randint(1, 9), "Next": on(), **tried(chance, on())}  # fmt: skip


def counted(chance: random.Random, number: str) -> State:
    compared = {"Variable": f"$.{number}.v", chance.choice(COMPARES): chance.randint(0, 3)}
    word = condition(chance)
    return chance.choice(
        [compared, compared, {"And": [word, compared]}, {"Or": [word, compared]}, {"Not": compared}, word, {"Not": {"And": [word, compared]}}]
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(300))
def test_without_loops_the_bound_is_reached(seed: int) -> None:
    machine = loop_free(random.Random(seed))  # noqa: S311 no secret
    assert bound(machine).seconds == longest(machine), f"seed {seed}: {json.dumps(machine)}"


@pytest.mark.parametrize("block", range(10))
def test_with_loops_no_run_takes_longer_and_what_is_endless_has_no_bound(block: int) -> None:
    bounded = reached = 0
    for seed in range(block * 100, block * 100 + 100):
        for made in (looping, polling):
            machine = made(random.Random(seed))  # noqa: S311 no secret
            said = f"{made.__name__}, seed {seed}: {json.dumps(machine)}"
            try:
                found = bound(machine)
            except UnboundError:
                continue
            try:
                walked = longest(machine)
            except EndlessError as error:
                pytest.fail(f"it has a bound of {found.seconds} s, and may go on for ever at {error}: {said}")
            assert walked <= found.seconds, said
            assert found.seconds == sum(row.seconds for row in found.path), said
            repeated = any(row.round for row in found.path)
            bounded += repeated
            reached += repeated and walked == found.seconds
    # Else nothing was tried: many of them have a loop on their path, and for most of these the figure is as low as it can be.
    assert bounded >= 25
    assert reached >= bounded / 2


@pytest.mark.parametrize("seed", range(150))
@pytest.mark.parametrize("word", ["a", "b", "c"])
def test_by_a_value_that_is_given_the_bound_is_reached_without_loops_and_never_too_low_with_them(seed: int, word: str) -> None:  # fmt: skip
    free = loop_free(random.Random(seed))  # noqa: S311 no secret
    assert bound(free, given={"$.x": word}).seconds == longest(free, words=(word,)), f"seed {seed}: {json.dumps(free)}"
    machine = polling(random.Random(seed))  # noqa: S311 no secret
    said = f"seed {seed}: {json.dumps(machine)}"
    try:
        found = bound(machine, given={"$.x": word})
    except UnboundError:
        return
    assert longest(machine, words=(word,)) <= found.seconds, said


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("made", [loop_free, polling])
def test_a_cut_is_as_if_the_machine_ended_there_and_no_catch_as_if_there_were_none(made: Any, seed: int) -> None:
    machine = made(random.Random(seed))  # noqa: S311 no secret
    for name in machine["States"]:
        ending = {**machine, "States": {**machine["States"], name: {"Type": "Succeed"}}}
        assert ends(machine, until={name}) == ends(ending), f"{name}, seed {seed}: {json.dumps(machine)}"
    assert ends(machine, caught=False) == ends(without_catch(machine)), f"seed {seed}: {json.dumps(machine)}"


def ends(machine: State, **given: Any) -> object:
    """Each with its figure, or that there is none."""
    try:
        return bound(machine, **given).ends
    except UnboundError:
        return None


def without_catch(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_catch(one) for key, one in cast("State", value).items() if key != "Catch"}
    return [without_catch(one) for one in cast("list[Any]", value)] if isinstance(value, list) else value
