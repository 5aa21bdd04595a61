"""`lastgood ready`: what is said of a look, of an old one, and of none."""

from __future__ import annotations

import re
import time

from cli.ready import OLD_SECONDS, Shown
from recovery.core.check import Check, Readiness

GREEN = Check("key", ok=True, says="the parameters' key is enabled")
RED = Check("image", ok=False, says="ami-1 is disabled", remedy="aws ec2 enable-image --image-id ami-1")
AT = time.mktime((2026, 11, 25, 9, 0, 0, 0, 0, -1))


def shown(*checks: Check, age: float = 720.0) -> Shown:
    return Shown("shop-prod", Readiness(AT, checks), age)


def texts(one: Shown) -> list[str]:
    return [str(line) for line in one.lines()]


def test_all_green_is_a_line_a_check_and_the_age_of_the_look() -> None:
    good = shown(GREEN)
    assert good.ready
    assert texts(good) == [
        "shop-prod: ready to go back (seen 12 min ago, at 2026-11-25 09:00:00)",
        "ok    key           the parameters' key is enabled",
    ]
    assert {line.style for line in good.lines()} == {"bold green", "green"}


def test_a_red_check_has_its_remedy_on_its_own_line() -> None:
    bad = shown(GREEN, RED)
    assert not bad.ready
    assert texts(bad)[0].startswith("shop-prod: NOT READY: 1 of 2 checks are red (")
    assert texts(bad)[2] == "RED   image         ami-1 is disabled; do: aws ec2 enable-image --image-id ami-1"
    assert [line.style for line in bad.lines()] == ["bold red", "green", "red"]


def test_what_was_seen_too_long_ago_is_red_though_all_was_green() -> None:
    old = shown(GREEN, age=OLD_SECONDS + 1)
    assert not old.ready
    assert re.search(r"RED   age .*2 h old.*lastgood ready --now", texts(old)[1])
    assert shown(GREEN, age=OLD_SECONDS - 1).ready


def test_before_the_first_look_it_is_red_and_says_how_to_look() -> None:
    none = Shown("shop-prod", Readiness(0.0, ()), time.time())
    assert not none.ready
    assert texts(none)[0] == "shop-prod: NOT READY: 1 of 1 checks are red (not looked at yet)"
    assert "nobody has looked yet; do: lastgood ready --now" in texts(none)[1]
    assert none.document() == {
        "name": "shop-prod",
        "ready": False,
        "at": None,
        "age_seconds": None,
        "checks": [{"name": "age", "ok": False, "says": "nobody has looked yet", "remedy": "lastgood ready --now"}],
    }


def test_programs_get_the_same() -> None:
    document = shown(GREEN, RED).document()
    assert (document["ready"], document["at"], document["age_seconds"]) == (False, AT, 720.0)
    assert document["checks"][1] == {
        "name": "image",
        "ok": False,
        "says": "ami-1 is disabled",
        "remedy": "aws ec2 enable-image --image-id ami-1",
    }
