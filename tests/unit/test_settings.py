"""Every way to get the settings wrong: one clear line that names file, key, value and remedy, and exit status 2."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from modules.settings import REGION_PATTERNS, USER_DATA_LIMIT, NewNetwork
from modules.settings_file import SCHEMA_FILE, SettingsError, load, schema, user_data_problem
from tests.conftest import CONFIG, ROOT, Edit, edited

if TYPE_CHECKING:
    from pathlib import Path

# One row a problem: what is edited in dev.toml, and the line that must come out behind the file's name.
PROBLEMS: dict[str, tuple[Edit, str]] = {
    "unknown key": (("owner =", "colour = 'red'\nowner ="), "colour: unknown key; remove it or correct its spelling"),
    "unknown nested key": (("zones = 2", "zones = 2\nzone = 1"), "network.zone: unknown key"),
    "missing key": (('owner = "platform-team"', ""), "owner: missing; add it"),
    "one zone": (("zones = 2", "zones = 1"), "network.zones = 1: must be 2 or 3 zones"),
    "four zones": (("zones = 2", "zones = 4"), "network.zones = 4: must be 2 or 3 zones"),
    "cidr too small": (("10.20.0.0/16", "10.20.0.0/23"), "network: cidr 10.20.0.0/23 does not fit: 2 zones need 4 subnets of /24 or larger; use /16 to /22"),
    "cidr too large": (("10.20.0.0/16", "10.0.0.0/15"), "network: cidr 10.0.0.0/15 does not fit"),
    "cidr with host bits": (("10.20.0.0/16", "10.20.0.1/16"), "network: cidr '10.20.0.1/16' is not an IPv4 network"),
    "public cidr": (("10.20.0.0/16", "8.8.0.0/16"), "network: cidr 8.8.0.0/16 is not private address space"),
    "unknown mode": (('mode = "create"', 'mode = "default"'), "network.mode = 'default': must be \"create\" or \"existing\""),
    "app over the limit": (('app = "shop"', f'app = "{"s" * 21}"'), f"app = '{'s' * 21}': must be 2 to 20 lower-case"),
    "app with a capital": (('app = "shop"', 'app = "Shop"'), "app = 'Shop': must be 2 to 20 lower-case"),
    "account as a number": (('account = "111111111111"', "account = 111111111111"), "aws.account = 111111111111: must be a text; put it in quotes"),
    "short account": (('account = "111111111111"', 'account = "1111"'), "aws.account = '1111': must be the 12 digits"),
    "region of another partition": (('region = "eu-west-1"', 'region = "cn-north-1"'), "aws: region 'cn-north-1' is not of the partition 'aws'; set aws.partition = \"aws-cn\""),
    "no region at all": (('region = "eu-west-1"', 'region = "Ireland"'), "aws: region 'Ireland' is not of the partition 'aws'; write it as AWS does"),
    "cpu target out of range": (("max = 4", "max = 4\ncpu_target_percent = 5"), "capacity.cpu_target_percent = 5: "),
    "min over max": (("min = 2", "min = 5"), "capacity: max 4 is below min 5; set capacity.max to 5 or more"),
    "one instance": (("min = 2", "min = 1"), "capacity.min = 1: "),
    "image neither id nor parameter": (("ssm_parameter =", "name ="), "release.image.name: unknown key"),
    "two images": (("ssm_parameter =", 'ami_id = "ami-0123456789abcdef0", ssm_parameter ='), "release.image: give either ami_id or ssm_parameter"),
    "no instance type": ((r'\["t4g.small", "t4g.medium"\]', "[]"), "release: instance_types must name at least one type"),
    "secret in the file": (("secret = true", 'secret = true, value = "x"'), "parameters.db/password: value must not stand in a file"),
    "plain parameter without value": ((', value = "debug"', ""), "parameters.log/level: a parameter with secret = false needs its value"),
    "parameters that collide": (('"log/level"', '"db-password" = {}\n"log/level"'), "parameters 'db/password' and 'db-password' would both be secret_db_password in Terraform; rename one"),
    "unknown lock mode": ((r"\[network\]", '[state]\nlock = "none"\n[network]'), "state.lock = 'none': "),
    "user data not there": (("user-data.sh", "nothing.sh"), "release.user_data = 'nothing.sh': "),
    "no time for a verdict": (("bake_minutes = 4\nevidence_minutes = 6", "bake_minutes = 2\nevidence_minutes = 2"), "recovery: bake_minutes and evidence_minutes are 4 together: a verdict takes 3 measured minutes, and metrics come up to 2 minutes late; make them 5 or more"),
    "a deadline that no launch fits into": (("bake_minutes = 4", "bake_minutes = 4\nhealthy_seconds = 800"), "recovery.deadline_seconds = 900: instances may take healthy_seconds = 800 to boot, and "),
    "bake too long for a run's history": (("bake_minutes = 4", "bake_minutes = 180"), "recovery: bake_minutes, evidence_minutes and canary_minutes are 187 together: a run could write "),
    "certificate of another region": ((r"\[capacity\]", '[tls]\ncertificate_arn = "arn:aws:acm:us-east-1:111111111111:certificate/ab"\ndomain = "a.example.com"\nhosted_zone_id = "Z12345"\n[capacity]'), "tls.certificate_arn is in us-east-1, the load balancer in eu-west-1"),
    "environment is not the file's name": (('environment = "dev"', 'environment = "test"'), "environment = 'test': must be the file's own name, 'dev'"),
    "not TOML": (("owner =", "owner"), "not TOML: "),
}  # fmt: skip


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_problem_is_one_line_that_names_file_and_key(problem: str, tmp_path: Path) -> None:
    edit, expected = PROBLEMS[problem]
    with pytest.raises(SettingsError) as caught:
        load(edited(tmp_path, "dev", edit), "dev")
    assert [line for line in caught.value.problems if line.startswith(f"{tmp_path / 'dev.toml'}: {expected}")], (
        caught.value.problems
    )
    assert all("\n" not in line for line in caught.value.problems)


def test_all_problems_of_a_file_come_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(edited(tmp_path, "dev", ("zones = 2", "zones = 1"), ('app = "shop"', 'app = "S"')), "dev")
    assert len(caught.value.problems) == 2


def test_two_environments_may_not_have_one_name(tmp_path: Path) -> None:
    folder = edited(tmp_path, "prod", ('environment = "prod"', 'environment = "dev"'))
    with pytest.raises(
        SettingsError, match="has the same app and environment; give each environment a name of its own"
    ):
        load(folder, "dev")


def test_an_unknown_environment_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="LASTGOOD_ENV may be one of: dev, prod"):
        load(CONFIG, "staging")


def test_user_data_has_a_first_line_and_a_size() -> None:
    assert user_data_problem("#!/bin/bash\n" + "x" * (USER_DATA_LIMIT - 12)) is None
    assert "16 KiB" in (user_data_problem("#!/bin/bash\n" + "x" * (USER_DATA_LIMIT - 11)) or "")
    assert "must begin with #!/bin/bash" in (user_data_problem("#cloud-config\n") or "")


def test_subnets_do_not_overlap_and_stay_in_order() -> None:
    public, private = NewNetwork(zones=3, cidr="10.0.0.0/16", nat="none").subnet_cidrs()
    assert public == ["10.0.0.0/19", "10.0.32.0/19", "10.0.64.0/19"]
    assert private == ["10.0.96.0/19", "10.0.128.0/19", "10.0.160.0/19"]


def test_region_patterns_are_botocores() -> None:
    from botocore.loaders import Loader  # noqa: PLC0415 a heavy import for one test

    partitions = {item["partition"]: item for item in Loader().load_data("endpoints")["partitions"]}
    for name, pattern in REGION_PATTERNS.items():
        ours, theirs = pattern.removesuffix("$"), partitions[name]["regionRegex"].removesuffix("$")
        assert ours.replace(r"\-", "-") == theirs.replace(r"\-", "-")


def test_the_committed_schema_is_current() -> None:
    assert (CONFIG / SCHEMA_FILE).read_text(encoding="utf-8") == schema(), "run: make schema"


@pytest.mark.parametrize(
    ("edit", "outdir"),
    [(("zones = 2", "zones = 1"), "out"), (None, "a-file/out")],
    ids=["settings", "no write permission"],
)
def test_main_says_one_line_exits_2_and_writes_nothing(edit: Edit | None, outdir: str, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    edited(config, "dev", *([edit] if edit else []))
    (tmp_path / "a-file").write_text("")
    environment = {
        **os.environ,
        "LASTGOOD_ENV": "dev",
        "LASTGOOD_CONFIG": str(config),
        "LASTGOOD_OUTDIR": str(tmp_path / outdir),
    }
    run = subprocess.run(
        [sys.executable, str(ROOT / "main.py")], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 1, run.stderr
    assert run.stdout == ""
    assert not (tmp_path / outdir).exists()
