"""Which Terraform and which provider are used, and what a user hears when there is none that will do."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli import toolchain
from cli.errors import CommandError
from cli.toolchain import Mirror
from modules.versions import AWS_PROVIDER_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

PLATFORM = "linux_amd64"
PACKED = f"terraform-provider-aws_{AWS_PROVIDER_VERSION}_{PLATFORM}.zip"


@pytest.mark.parametrize(
    ("version", "enough"),
    [("1.11.0", True), ("1.11.0-rc1", True), ("1.14.2", True), ("2.0.0", True), ("1.10.9", False), ("0.15.5", False)],
)
def test_terraform_has_to_know_write_only_arguments(version: str, enough: bool) -> None:
    assert toolchain.new_enough(version) is enough


def test_a_named_mirror_comes_first_then_terraforms_own_places_then_the_systems_folders(tmp_path: Path) -> None:
    for folder in ("opt/providers", "usr/share/anything", "usr/local/share/more"):
        (tmp_path / folder).mkdir(parents=True)
    environment = {"LASTGOOD_PROVIDER_MIRROR": "/named", "XDG_DATA_DIRS": "/data:/more"}
    found = toolchain.mirror_candidates(environment, Path("/home/me"), tmp_path)
    assert found[0] == Path("/named")
    assert found[1] == Path("/home/me/.terraform.d/plugins")
    assert Path("/home/me/.local/share/terraform/plugins") in found
    assert found.index(Path("/data/terraform/plugins")) < found.index(Path("/more/terraform/plugins"))
    assert found[-3:] == [
        tmp_path / "opt/providers",
        tmp_path / "usr/local/share/more",
        tmp_path / "usr/share/anything",
    ]


def test_the_data_home_moves_terraforms_own_place() -> None:
    found = toolchain.mirror_candidates({"XDG_DATA_HOME": "/moved"}, Path("/home/me"), Path("/nowhere"))
    assert Path("/moved/terraform/plugins") in found
    assert Path("/home/me/.local/share/terraform/plugins") not in found


def test_a_mirror_holds_the_provider_unpacked_or_as_a_zip(tmp_path: Path) -> None:
    unpacked, packed, foreign = (tmp_path / name / toolchain.PROVIDER for name in ("unpacked", "packed", "foreign"))
    (unpacked / "5.1.0" / PLATFORM).mkdir(parents=True)
    packed.mkdir(parents=True)
    (packed / PACKED).touch()
    (foreign / AWS_PROVIDER_VERSION / "darwin_arm64").mkdir(parents=True)
    found = toolchain.mirrors([tmp_path / name for name in ("unpacked", "nothing", "packed", "foreign")], PLATFORM)
    assert found == [Mirror(tmp_path / "unpacked", ("5.1.0",)), Mirror(tmp_path / "packed", (AWS_PROVIDER_VERSION,))]
    assert toolchain.choose(found) == found[1]
    assert toolchain.choose(found[:1]) is None


def test_without_a_mirror_the_public_registry_is_used_and_cached() -> None:
    assert json.loads(toolchain.configuration(None, Path("/cache"))) == {"plugin_cache_dir": "/cache"}
    [installation] = json.loads(toolchain.configuration(Mirror(Path("/m"), ()), Path("/cache")))[
        "provider_installation"
    ]
    assert installation == {"filesystem_mirror": [{"path": "/m"}]}


@pytest.fixture
def fake_terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a `terraform` alone on the PATH: a shell script."""

    def install(script: str) -> None:
        binary = tmp_path / "terraform"
        binary.write_text(f"#!/bin/sh\n{script}\n")
        binary.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return install


def test_a_missing_terraform_is_one_line_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match=r"^terraform is not on the PATH; install 1\.11 or newer: https://\S+$"):
        toolchain.terraform()


def test_a_terraform_that_is_too_old_is_one_line_with_the_remedy(fake_terraform: Callable[[str], None]) -> None:
    fake_terraform("""echo '{"terraform_version": "1.5.7"}'""")
    with pytest.raises(
        CommandError, match=r"is Terraform 1\.5\.7, which is too old; install 1\.11 or newer: https://\S+$"
    ):
        toolchain.terraform()


@pytest.mark.parametrize("script", ["echo Hello", "exit 3", "echo '{}'"])
def test_something_else_that_is_called_terraform_is_named(script: str, fake_terraform: Callable[[str], None]) -> None:
    fake_terraform(script)
    with pytest.raises(CommandError, match=r"terraform does not say its version .*; install 1\.11 or newer"):
        toolchain.terraform()


def test_a_new_terraform_is_found(fake_terraform: Callable[[str], None], tmp_path: Path) -> None:
    fake_terraform("""echo '{"terraform_version": "1.13.0"}'""")
    assert toolchain.terraform() == str(tmp_path / "terraform")


def test_a_named_mirror_with_another_provider_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / toolchain.PROVIDER / "4.0.0" / toolchain.platform_name()).mkdir(parents=True)
    monkeypatch.setenv("LASTGOOD_PROVIDER_MIRROR", str(tmp_path))
    with pytest.raises(CommandError) as refused:
        toolchain.find_mirror()
    said = str(refused.value)
    assert said.startswith(f"LASTGOOD_PROVIDER_MIRROR={tmp_path} has AWS provider 4.0.0 for ")
    assert f"{AWS_PROVIDER_VERSION} is needed" in said
    assert "\n" not in said


def test_the_configuration_is_written_beside_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = tmp_path / "mirror"
    (mirror / toolchain.PROVIDER / AWS_PROVIDER_VERSION / toolchain.platform_name()).mkdir(parents=True)
    monkeypatch.setitem(os.environ, "LASTGOOD_PROVIDER_MIRROR", str(mirror))
    written = toolchain.write_configuration(tmp_path / "work")
    assert str(mirror) in written.read_text()
