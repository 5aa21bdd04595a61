"""What does not change while a world runs: settings, the compiled machine, the functions' limits, the releases."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from modules.recovery_budget import DESK_TIMEOUT_SECONDS, LEASE_SECONDS, UNDER_WAY_SECONDS
from modules.recovery_rules import rules
from modules.settings_file import load
from modules.state_machine import TIMEOUT_SECONDS, definition
from recovery.core.checkpoint import Capacity, Checkpoint
from recovery.core.fingerprint import fingerprint
from recovery.core.protocol import Function
from recovery.core.release import Release
from recovery.settings import Settings
from simulator.asl import Program, compiled

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from recovery.core.rules import Rules

START = 1_800_000_000.0
"""When every world begins: a whole minute."""
SECRET = "hunter2-never-to-be-seen"  # noqa: S105 planted, so that it is found where it must not be
PASSWORD = "/shop/db/password"  # noqa: S105 a name
TEMPLATE = "lt-0a1b2c3d4e5f"
ZONES = ("zone-a", "zone-b", "zone-c")


@dataclass(frozen=True, slots=True)
class Build:
    """A release, and how its instances behave."""

    release: Release
    boots: float = 40.0
    """From launch to healthy."""
    heals: bool = True
    """False: its instances never become healthy."""
    smokes: bool = True
    """False: it does not answer as itself."""

    @property
    def key(self) -> tuple[str, int]:
        return self.release.template_id, self.release.version


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """Each is only equal to itself."""

    settings: Settings
    program: Program
    timeouts: Mapping[str, float]
    """Function → seconds after which Lambda ends it."""
    builds: Mapping[int, Build]
    """Template version → what it is."""
    scripts: Mapping[int, str]
    data: Mapping[int, Mapping[str, Any]]
    """Template version → its launch data."""
    parameters: Mapping[str, tuple[int, ...]]
    """The app's parameter → its versions."""

    @property
    def rules(self) -> Rules:
        return self.settings.rules


def site(
    folder: Path,
    environment: str,
    *,
    quick: bool = False,
    behaviour: Mapping[str, Any] | None = None,
    own: Mapping[str, Any] | None = None,
) -> Site:
    """Of an environment's settings. `quick` shortens bake and canary: the same states, with fewer looks at each.

    `behaviour`: `{"v3": {"heals": False}}` and so on, of the third release. `own`: rules in the settings' place.
    """
    chosen = rules(load(folder, environment).settings)
    if quick:
        chosen = replace(
            chosen,
            canary_seconds=min(chosen.canary_seconds, 60),
            bake_seconds=min(chosen.bake_seconds, 120),
            evidence_seconds=min(chosen.evidence_seconds, 360),
        )
    settings = _settings(replace(chosen, **(own or {})))
    scripts = {version: f"#!/bin/bash\n# release {version}\n" for version in range(1, 5)}
    builds = {
        version: _build(version, text, (behaviour or {}).get(f"v{version}", {})) for version, text in scripts.items()
    }
    return Site(
        settings=settings,
        program=compiled(definition(settings.rules, {function: function.value for function in Function})),
        timeouts={
            **{function.value: float(seconds) for function, seconds in TIMEOUT_SECONDS.items()},
            **dict.fromkeys(("submit", "watchdog"), float(DESK_TIMEOUT_SECONDS)),
        },
        builds=builds,
        scripts=scripts,
        data={version: _data(build, scripts[version]) for version, build in builds.items()},
        parameters={PASSWORD: tuple(builds)},
    )


def checkpoint(build: Build, number: int, rules_: Rules, at: float) -> Checkpoint:
    """As a promotion wrote it."""
    return Checkpoint(
        number=number,
        release=build.release,
        colour="blue" if number % 2 else "green",
        capacity=Capacity(rules_.minimum, rules_.minimum, rules_.maximum),
        weights={"blue": 100 * (number % 2), "green": 100 - 100 * (number % 2)},
        terraform_state="3sL4kqtJlcpXroDTDmJ",
        revision="",
        recovery_points={},
        run=f"release-before-{number}",
        at=at,
    )


def _settings(chosen: Rules) -> Settings:
    under_way = TIMEOUT_SECONDS[Function.CHANGE] + UNDER_WAY_SECONDS
    numbers = {"lease_seconds": LEASE_SECONDS, "change_seconds": under_way, "test_port": 8443}
    texts = {one.name: str(numbers.get(one.name, f"the-{one.name}")) for one in fields(Settings) if one.name != "rules"}
    return Settings(**{**texts, "alarm_prefix": "shop"}, rules=chosen)


def _build(version: int, script: str, behaviour: Mapping[str, Any]) -> Build:
    content: dict[str, object] = {
        "artifact": f"web-{version}.tar.gz",
        "image_id": f"ami-{version}",
        "instance_types": ["m7g.large", "m6g.large"],
        "instance_profile": "shop",
        "metadata": {"tokens": "required", "hops": 1},
        "root_volume": {"device": "/dev/xvda", "gib": 8, "type": "gp3", "encrypted": True},
        "parameters": {"password": f"{PASSWORD}:{version}"},
        "user_data_sha256": hashlib.sha256(script.partition("\n")[2].encode()).hexdigest(),
    }
    reversible = bool(behaviour.get("reversible", True))
    rest = {name: value for name, value in behaviour.items() if name != "reversible"}
    return Build(Release(TEMPLATE, version, fingerprint(content), content, reversible), **rest)


def _data(build: Build, script: str) -> Mapping[str, Any]:
    named = script.replace("\n", f"\nexport LASTGOOD_RELEASE='{build.release.fingerprint}'\n", 1)
    tags = [{"Key": "Release", "Value": build.release.fingerprint}]
    return {
        "ImageId": build.release.content["image_id"],
        "UserData": base64.b64encode(named.encode()).decode(),
        "TagSpecifications": [{"ResourceType": "instance", "Tags": tags}],
    }
