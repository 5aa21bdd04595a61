"""Can we go back right now? Each cause alone turns its own check red, with a remedy that is a command or a place."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import fields, replace
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from typer.main import get_command

from cli.application import app
from recovery.core.check import Check, Readiness
from recovery.core.incident import Alarm
from recovery.core.lease import Kind, Lease
from recovery.core.parts import GONE, AlarmRule, Image, Listening, Room, Unseen
from recovery.core.readiness import readiness
from recovery.core.records import readiness_fields, readiness_of
from recovery.core.sight import Places, Sight
from recovery.core.watching import SILENT_SECONDS
from recovery.core.way_back import WayBack
from tests.unit.core.scenes import FREE, NOW, RULES, V1, V2, empty, full, group, held, instances, promoted, seen

NAMES = ("shop-prod-blue-errors", "shop-prod-green-errors")
PLACES = Places(
    app="shop",
    environment="prod",
    bucket="the-bucket",
    groups={"blue": "shop-prod-blue", "green": "shop-prod-green"},
    alarms=NAMES,
    alarm_rule="shop-prod-alarms",
    parameter_key="the-key",
    topic="the-topic",
    dead_letters="the-queue",
)
# Blue serves version 2 with four; green keeps four of version 1.
GOOD = Sight(
    at=NOW,
    rules=RULES,
    places=PLACES,
    lease=FREE,
    seen=seen(full("blue", V2, 4), full("green", V1, 4)),
    back=WayBack(promoted(1, V1)),
    template=True,
    image=Image("ami-1", "available"),
    parameters=(),
    key="Enabled",
    rooms=(Room("L-1216C47A", "Running On-Demand Standard instances", {"m7g.large": 2, "m7g.xlarge": 4}, 32, 16),),
    addresses={"subnet-a": 200, "subnet-b": 200},
    listening=Listening(1, 0),
    alarms=tuple(Alarm(name, name.split("-")[2], "OK", NOW - 3600) for name in NAMES),
    alarm_rule=AlarmRule(enabled=True, alarms=NAMES, reaches_submit=True),
    dead_letters=0,
)
ORDER = [
    "checkpoint",
    "template",
    "image",
    "parameters",
    "key",
    "quota",
    "addresses",
    "processes",
    "warm",
    "channel",
    "alarms",
    "dead-letters",
]
COLD = seen(full("blue", V2, 4), empty("green", V1))
# Its options go to the end of the command, or to the words after it.
AWS_COMMAND = re.compile(r"aws ([a-z0-9-]+) ([a-z-]+)((?: --[a-z-]+ \S+)*)")
OURS = re.compile(r"`lastgood ([a-z]+)")
PLACE = re.compile(r"docs/runbook\.md|see its own line|link in the mail|notifications\.email")
# Of the aws command line alone: no operation or parameter of the API.
COMMAND_LINES_OWN = {
    "logs tail": {"since"},
    "sns subscribe": {"notification-endpoint"},
    "autoscaling describe-scaling-activities": {"max-items"},
}


OUR_COMMANDS = getattr(get_command(app), "commands", {})


def alarm(state: str, *, since: float = 3600) -> tuple[Alarm, ...]:
    return (Alarm(NAMES[0], "blue", state, NOW - since), *(GOOD.alarms if isinstance(GOOD.alarms, tuple) else ())[1:])


def red(**changed: Any) -> list[Check]:
    return [one for one in readiness(replace(GOOD, **changed)).checks if not one.ok]


CAUSES: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "checkpoints damaged": ("checkpoint", {"back": WayBack(None, (("checkpoints/2", "it is gone"),)), "rules": replace(RULES, warm="none")}, "checkpoints/2: it is gone; nothing else is there", "list-object-versions --bucket the-bucket --prefix checkpoints/2"),
    "checkpoint damaged": ("checkpoint", {"back": WayBack(promoted(1, V1), (("checkpoints/2", "it is gone"),))}, "checkpoints/2: it is gone; a rollback would go to checkpoint 1", "list-object-versions --bucket the-bucket --prefix checkpoints/2"),
    "template version gone": ("template", {"template": False}, f"version 1 of {V1.template_id} is gone", "a deleted version does not come back; else a rollback goes to an older one (`lastgood checkpoints`) until `lastgood deploy`"),
    "image deregistered": ("image", {"image": Image("ami-1", GONE)}, "ami-1 is deregistered", "restore-image-from-recycle-bin --image-id ami-1"),
    "image disabled": ("image", {"image": Image("ami-1", "disabled")}, "ami-1 is disabled", "enable-image --image-id ami-1"),
    "image failed": ("image", {"image": Image("ami-1", "failed")}, "ami-1 is failed", "describe-images --image-ids ami-1"),
    "parameter version gone": ("parameters", {"parameters": ("/shop/prod/db:7",)}, "/shop/prod/db:7 gone", "get-parameter-history --name /shop/prod/db "),
    "parameter gone": ("parameters", {"parameters": ("/shop/prod/db",)}, "/shop/prod/db gone", "get-parameter-history --name /shop/prod/db "),
    "key unavailable": ("key", {"key": "Unavailable"}, "is Unavailable", "aws kms describe-key --key-id the-key"),
    "key disabled": ("key", {"key": "Disabled"}, "is Disabled", "enable-key --key-id the-key"),
    "key leaves": ("key", {"key": "PendingDeletion"}, "is PendingDeletion", "cancel-key-deletion --key-id the-key"),
    "no vCPUs": ("quota", {"rooms": (Room("L-1", "Standard", {"m7g.xlarge": 4}, 20, 16),), "seen": seen(full("blue", V2, 4), full("green", V1, 4)), "rules": replace(RULES, minimum=6)}, "2 more instances need 8 vCPUs; Standard leaves 4 of 20", "--quota-code L-1 --desired-value 24"),
    "no figure of use": ("quota", {"rooms": (Room("L-1", "Standard", {"m7g.xlarge": 4}, 20, None),)}, "not looked at: CloudWatch has no figure of late of what is used of Standard", "aws logs tail"),
    "no quota": ("quota", {"rooms": ()}, "no figure of late of what is used of the instance types", "aws logs tail"),
    "no addresses": ("addresses", {"addresses": {"subnet-a": 0, "subnet-b": 200}}, "subnet-a has 0 free; 1 are needed", "Values=subnet-a"),
    "no subnets": ("addresses", {"addresses": {}, "rules": replace(RULES, minimum=7), "seen": seen(full("blue", V2, 4), full("green", V1, 4))}, "the groups have no subnets free; 4 are needed", "`lastgood deploy`"),
    "suspended by hand": ("processes", {"seen": seen(full("blue", V2, 4, suspended=("Launch",)), full("green", V1, 4))}, "blue has Launch suspended", "resume-processes --auto-scaling-group-name shop-prod-blue --scaling-processes Launch"),
    "warm group unhealthy": ("warm", {"seen": seen(full("blue", V2, 4), group("green", V1, instances(V1, 4, healthy=3)))}, "3 of 4 instances of version 1 are healthy in green", "describe-scaling-activities --auto-scaling-group-name shop-prod-green"),
    "warm group of another": ("warm", {"seen": seen(full("blue", V2, 4), full("green", V2, 4))}, "0 of 4 instances of version 1", "update-auto-scaling-group --auto-scaling-group-name shop-prod-green --min-size 4"),
    "nobody subscribed": ("channel", {"listening": Listening(0, 0)}, "no confirmed subscription", "notifications.email in config/prod.toml, then `lastgood deploy`"),
    "not confirmed": ("channel", {"listening": Listening(0, 1)}, "1 waiting", "sns subscribe --topic-arn the-topic"),
    "alarm gone": ("alarms", {"alarms": alarm("OK")[1:]}, f"{NAMES[0]}: there is no such alarm", "`lastgood deploy`"),
    "alarm blind": ("alarms", {"alarms": alarm("INSUFFICIENT_DATA")}, f"{NAMES[0]} has too little data", f"describe-alarms --alarm-names {NAMES[0]}"),
    "alarm stuck": ("alarms", {"alarms": alarm("ALARM")}, f"{NAMES[0]} fires and no run is at work", "`lastgood status`"),
    "rule gone": ("alarms", {"alarm_rule": None}, "shop-prod-alarms is gone", "`lastgood deploy`"),
    "rule disabled": ("alarms", {"alarm_rule": AlarmRule(False, NAMES, True)}, "is disabled", "enable-rule --name shop-prod-alarms"),
    "rule without it": ("alarms", {"alarm_rule": AlarmRule(True, NAMES[1:], True)}, f"leaves out {NAMES[0]}", "`lastgood deploy`"),
    "rule without target": ("alarms", {"alarm_rule": AlarmRule(True, NAMES, False)}, "has lost its target", "`lastgood deploy`"),
    "dead letters": ("dead-letters", {"dead_letters": 2}, "2 could not be delivered", "receive-message --queue-url the-queue"),
}  # fmt: skip


# What else cannot be good then.
ALSO_RED = {"no vCPUs": {"warm"}, "no subnets": {"warm"}, "checkpoints damaged": {"template", "parameters"}}


def test_where_all_is_well_every_check_says_so_in_the_same_order() -> None:
    found = readiness(GOOD)
    assert found.ready
    assert [one.name for one in found.checks] == ORDER
    assert all(one.says and not one.remedy for one in found.checks)


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_turns_its_own_check_red_and_no_other(cause: str) -> None:
    name, changed, says, remedy = CAUSES[cause]
    found = red(**changed)
    assert name in [one.name for one in found]
    assert {one.name for one in found} <= {name, *ALSO_RED.get(cause, ())}
    [check] = [one for one in found if one.name == name]
    assert check.ok is False
    assert says in check.says
    assert remedy in check.remedy


@pytest.mark.parametrize("cause", CAUSES)
def test_each_remedy_is_a_command_that_there_is_or_a_place(cause: str) -> None:
    for check in red(**CAUSES[cause][1]):
        commands = AWS_COMMAND.findall(check.remedy)
        for service, operation, options in commands:
            own = COMMAND_LINES_OWN.get(f"{service} {operation}", set())
            given = {one.removeprefix("--") for one in options.split() if one.startswith("--")}
            assert given - own <= parameters_of(service, operation), check
        ours = OURS.findall(check.remedy)
        assert set(ours) <= set(OUR_COMMANDS), check
        assert commands or ours or PLACE.search(check.remedy), check


def parameters_of(service: str, operation: str) -> set[str]:
    """An operation's, as the aws command line spells them."""
    if (service, operation) == ("logs", "tail"):
        return set()
    model = botocore.session.get_session().get_service_model({"s3api": "s3"}.get(service, service))
    named = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in named, f"there is no aws {service} {operation}"
    shape = model.operation_model(named[operation]).input_shape
    return {xform_name(name, "-") for name in shape.members} if shape else set()


LOOKS = [one.name for one in fields(Sight) if one.name not in ("at", "rules", "places", "lease")]


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_that_failed_is_red_and_says_why(look: str) -> None:
    found = red(**{look: Unseen("AccessDenied: not yours")})
    assert found
    assert {one.name for one in found} <= set(ORDER)
    assert all(one.ok is False for one in found)
    assert all(one.says == "not looked at: AccessDenied: not yours" for one in found)
    assert all(one.remedy.startswith("aws logs tail /shop/prod/control/readiness") for one in found)


def test_without_a_release_to_go_back_to_nothing_about_it_is_good() -> None:
    none = replace(GOOD, back=WayBack(None)).target()
    assert none == Unseen("there is no checkpoint to go back to", "the checkpoint first, see its own line")
    found = red(back=WayBack(None), template=none, image=none, parameters=none)
    assert [one.name for one in found] == ["checkpoint", "template", "image", "parameters", "warm"]
    assert "`lastgood checkpoints`" in found[0].remedy
    assert found[0].says.startswith("there is no release to go back to: ")
    assert found[0].ok is False


def test_the_quota_is_good_where_any_type_has_room() -> None:
    full_up = Room("L-1", "Standard", {"m7g.large": 2}, 16, 16)
    roomy = Room("L-2", "G", {"g5.xlarge": 4}, 64, 0)
    assert "quota" in [one.name for one in red(seen=COLD, rooms=(full_up,))]
    assert "quota" not in [one.name for one in red(seen=COLD, rooms=(full_up, roomy))]


def test_the_quota_is_judged_by_the_types_that_leave_the_most_room() -> None:
    larger = Room("L-1", "Standard", {"m7g.xlarge": 4}, 16, 6)
    smaller = Room("L-2", "G", {"g5.xlarge": 2}, 16, 7)
    assert "quota" not in [one.name for one in red(seen=COLD, rooms=(larger, smaller))]
    assert "quota" not in [one.name for one in red(seen=COLD, rooms=(smaller, larger))]


def test_of_a_quota_that_is_not_used_as_much_is_asked_for_as_is_needed() -> None:
    [check] = [one for one in red(seen=COLD, rooms=(Room("L-1", "G", {"g5": 4}, 4, 0),)) if one.name == "quota"]
    assert check.remedy.endswith(" --desired-value 16")


@pytest.mark.parametrize(("free", "enough"), [((3, 3), True), ((2, 9), False), ((3, 9), True)])
def test_each_subnet_needs_its_share_of_the_addresses_and_one_more(free: tuple[int, int], enough: bool) -> None:
    found = red(seen=COLD, addresses={"subnet-a": free[0], "subnet-b": free[1]})
    checks = [one for one in found if one.name == "addresses"]
    assert (not checks) == enough
    if checks:
        assert checks[0].says == f"subnet-a has {free[0]} free; 3 are needed in each"


def check_of(name: str, **changed: Any) -> Check:
    [found] = [one for one in readiness(replace(GOOD, **changed)).checks if one.name == name]
    return found


def test_what_is_well_says_how_well() -> None:
    assert check_of("warm").says == "4 of 4 instances of version 1 are healthy in green"
    nothing_kept = check_of("warm", rules=replace(RULES, warm="none"))
    assert nothing_kept.says == "nothing is kept warm, as the settings say: going back launches 4 instances"
    at_work = check_of("warm", lease=held(Kind.RELEASE))
    assert at_work.says == "a-release is at work, and sees to the groups itself"
    assert check_of("channel").says == "1 confirmed"
    assert check_of("channel", listening=Listening(1, 2)).says == "1 confirmed; 2 waiting to be confirmed"
    assert check_of("channel", listening=Listening(0, 0)).says.endswith("the topic has no confirmed subscription")
    assert check_of("dead-letters").says == "none"


def test_why_the_newest_launch_failed_is_told() -> None:
    few = group("green", V1, instances(V1, 4, healthy=3))
    says = "3 of 4 instances of version 1 are healthy in green"
    assert check_of("warm", seen=seen(full("blue", V2, 4), few)).says == says
    failing = replace(few, trouble="InsufficientInstanceCapacity")
    told = check_of("warm", seen=seen(full("blue", V2, 4), failing)).says
    assert told == f"{says}; the newest launch failed: InsufficientInstanceCapacity"


def test_a_quota_of_which_nobody_knows_the_use_or_the_types_leaves_all_of_it() -> None:
    assert Room("L-1", "Standard", {"m7g.large": 2}, 16, None).free == 16
    assert Room("L-1", "Standard", {"m7g.large": 2, "m7g.xlarge": 4}, 16, 3).free == 13
    assert Room("L-1", "Standard", {}, 16, 0).wanted(3) == 0
    assert Room("L-1", "Standard", {"m7g.large": 2, "m7g.xlarge": 4}, 16, 0).wanted(3) == 12


def test_what_is_warm_already_needs_no_room() -> None:
    tight = (Room("L-1", "Standard", {"m7g.large": 2}, 16, 16),)
    assert red(rooms=tight) == []


def test_what_runs_pause_is_no_fault() -> None:
    paused = ("AZRebalance", "AlarmNotification", "ScheduledActions")
    assert red(seen=seen(full("blue", V2, 4), full("green", V1, 4, suspended=paused))) == []


def test_a_run_at_work_sees_to_the_groups_and_to_what_fires() -> None:
    assert red(seen=COLD, alarms=alarm("ALARM"), lease=held(Kind.RELEASE)) == []
    dead = Lease(epoch=7, run="a-dead-run", kind=Kind.RELEASE, incident="", expires_at=NOW - 600)
    assert [one.name for one in red(seen=COLD, alarms=alarm("ALARM"), lease=dead)] == ["warm", "alarms"]


@pytest.mark.parametrize(
    ("since", "run"), [(0, "a-release"), (SILENT_SECONDS, "a-release"), (SILENT_SECONDS + 1, None)]
)
def test_a_run_that_let_its_lease_expire_is_at_work_for_a_little_while(since: float, run: str | None) -> None:
    assert replace(GOOD, lease=held(Kind.RELEASE, expires_at=NOW - since)).at_work() == run
    assert replace(GOOD, lease=Unseen("slow down")).at_work() is None


def test_an_alarm_that_fires_just_now_has_its_run_on_the_way() -> None:
    assert red(alarms=alarm("ALARM", since=RULES.event_age_seconds)) == []
    assert [one.name for one in red(alarms=alarm("ALARM", since=RULES.event_age_seconds + 1))] == ["alarms"]


@pytest.mark.parametrize(("warm", "enough"), [("none", 0), ("minimum", 2), ("full", 4)])
def test_the_warm_group_is_as_large_as_the_settings_ask(warm: Any, enough: int) -> None:
    rules = replace(RULES, warm=warm)
    just = seen(full("blue", V2, 4), full("green", V1, enough))
    assert red(rules=rules, seen=just) == []
    if enough:
        fewer = seen(full("blue", V2, 4), full("green", V1, enough - 1))
        assert [one.name for one in red(rules=rules, seen=fewer)] == ["warm"]


def test_the_warm_groups_remedy_is_what_a_run_would_ask_for() -> None:
    [check] = [one for one in red(seen=COLD) if one.name == "warm"]
    words = shlex.split(check.remedy)
    policy = json.loads(words[words.index("--mixed-instances-policy") + 1])
    assert policy["LaunchTemplate"] == {
        "LaunchTemplateSpecification": {"LaunchTemplateId": V1.template_id, "Version": "1"},
        "Overrides": [{"InstanceType": one} for one in V1.instance_types],
    }
    assert words[words.index("--desired-capacity") + 1] == "4"


def test_where_no_group_has_traffic_the_way_out_is_said() -> None:
    nobody = seen(full("blue", V2, 4), full("green", V1, 4), weights={"blue": 0, "green": 0})
    [check] = [one for one in red(seen=nobody) if one.name == "warm"]
    assert "no group has traffic" in check.says
    assert "lastgood flip" in check.remedy


def test_it_is_read_back_as_it_was_written() -> None:
    found = readiness(replace(GOOD, key="Disabled"))
    assert readiness_of({"pk": "readiness", **readiness_fields(found)}) == found
    assert readiness_fields(found)["ready"] is False
    assert readiness_fields(readiness(GOOD))["ready"] is True
    assert readiness_of(None) is None
    assert not found.ready
    assert Readiness(NOW, found.checks[:4]).ready
