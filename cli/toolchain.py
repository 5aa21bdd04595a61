"""Find Terraform and the AWS provider on this machine."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.errors import CommandError
from modules.versions import AWS_PROVIDER_VERSION, TERRAFORM_MINIMUM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HOST = "registry.terraform.io"
PROVIDER = Path(HOST) / "hashicorp" / "aws"
INSTALL = "https://developer.hashicorp.com/terraform/install"


@dataclass(frozen=True)
class Mirror:
    """A folder of providers on this machine, and the versions of the AWS provider in it that run here."""

    path: Path
    versions: tuple[str, ...]


def terraform() -> str:
    """The path of a Terraform that is new enough.

    Raises:
        CommandError: when there is none, or it is too old.
    """
    needed = ".".join(map(str, TERRAFORM_MINIMUM))
    found = shutil.which("terraform")
    if found is None:
        raise CommandError(f"terraform is not on the PATH; install {needed} or newer: {INSTALL}")
    # A broken personal configuration file is no reason to fail here: ours is used for the real work.
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
    try:
        run = subprocess.run(
            [found, "version", "-json"], env=environment, capture_output=True, text=True, check=True, timeout=30
        )
        version: str = json.loads(run.stdout)["terraform_version"]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        raise CommandError(
            f"{found} does not say its version ({error}); install {needed} or newer: {INSTALL}"
        ) from error
    if not new_enough(version):
        raise CommandError(f"{found} is Terraform {version}, which is too old; install {needed} or newer: {INSTALL}")
    return found


def check() -> None:
    """Raise CommandError when Terraform or the named mirror will not do; asked before anything is written."""
    terraform()
    find_mirror()


def new_enough(version: str) -> bool:
    """Whether a Terraform version has all that the stacks use; pre-releases count as their release."""
    numbers = tuple(int(part) for part in version.partition("-")[0].split("."))
    return numbers >= TERRAFORM_MINIMUM


def platform_name() -> str:
    """This machine as Terraform calls it (linux_amd64)."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"{platform.system().lower()}_{machine}"


def mirror_candidates(environment: Mapping[str, str], home: Path, root: Path) -> list[Path]:
    """Where a mirror may be, the most particular place first.

    One that a variable names, Terraform's own implied mirror folders (Terraform, "Provider Installation": implied local
    mirror directories), and one level down in the system's folders for add-on software and shared data.
    """
    named = environment.get("LASTGOOD_PROVIDER_MIRROR")
    data_home = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
    data_dirs = [Path(part) for part in environment.get("XDG_DATA_DIRS", "").split(":") if part]
    shared = [root / "usr" / "local" / "share", root / "usr" / "share"]
    return [
        *([Path(named)] if named else []),
        home / ".terraform.d" / "plugins",
        home / "Library" / "Application Support" / "io.terraform" / "plugins",
        *(folder / "terraform" / "plugins" for folder in [data_home, *data_dirs, *shared]),
        *(child for folder in [root / "opt", *shared] for child in _folders(folder)),
    ]


def mirrors(candidates: Iterable[Path], platform: str) -> list[Mirror]:
    """The candidates that hold the AWS provider for a platform, unpacked or as zip files."""
    found: dict[Path, Mirror] = {}
    for path in candidates:
        folder = path / PROVIDER
        unpacked = {child.parent.name for child in folder.glob(f"*/{platform}") if child.is_dir()}
        packed = {zipped.name.split("_")[1] for zipped in folder.glob(f"terraform-provider-aws_*_{platform}.zip")}
        if unpacked | packed:
            found.setdefault(path, Mirror(path, tuple(sorted(unpacked | packed))))
    return list(found.values())


def choose(found: Iterable[Mirror], wanted: str = AWS_PROVIDER_VERSION) -> Mirror | None:
    """The first mirror with the pinned provider; None means the public registry."""
    return next((mirror for mirror in found if wanted in mirror.versions), None)


def find_mirror() -> Mirror | None:
    """The mirror to use on this machine.

    Raises:
        CommandError: when LASTGOOD_PROVIDER_MIRROR names a folder without the pinned provider.
    """
    candidates = mirror_candidates(os.environ, Path.home(), Path("/"))
    found = mirrors(candidates, platform_name())
    named = os.environ.get("LASTGOOD_PROVIDER_MIRROR")
    chosen = choose(found)
    if named and (chosen is None or chosen.path != Path(named)):
        there = next((", ".join(mirror.versions) for mirror in found if mirror.path == Path(named)), "none")
        raise CommandError(
            f"LASTGOOD_PROVIDER_MIRROR={named} has AWS provider {there} for {platform_name()}, and "
            f"{AWS_PROVIDER_VERSION} is needed; put it there, or unset the variable to use the public registry"
        )
    return chosen


def configuration(mirror: Mirror | None, cache: Path) -> str:
    """Terraform's command line configuration: the mirror, or the public registry with a cache of what it sent."""
    if mirror is None:
        return json.dumps({"plugin_cache_dir": str(cache)})
    return json.dumps({"provider_installation": [{"filesystem_mirror": [{"path": str(mirror.path)}]}]})


def write_configuration(work: Path) -> Path:
    """Write the configuration into a folder. Raises CommandError as `find_mirror` does."""
    cache = work / "plugins"
    cache.mkdir(parents=True, exist_ok=True)
    path = work / "terraform.rc.json"
    path.write_text(configuration(find_mirror(), cache), encoding="utf-8")
    return path


def _folders(path: Path) -> list[Path]:
    try:
        return sorted(child for child in path.iterdir() if child.is_dir())
    except OSError:
        return []
