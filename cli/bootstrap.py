"""`lastgood bootstrap`: the state's own bucket, made by Terraform with local state, which then moves into it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from cli import toolchain
from cli.aws import Aws, Owned
from cli.errors import CommandError
from cli.terraform import Terraform
from modules.naming import Naming
from modules.remote_state import RemoteState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cli.progress import Progress
    from cli.project import Project

STACK = "state_backend"
OVERRIDE = "backend_override.tf.json"
IMPORTS = "adopt.tf.json"

Stage = Literal["make", "tidy", "settled"]


def recorded(text: bytes | None) -> dict[str, str] | None:
    """What a state file manages, address → id; None where there is no file."""
    if not text:
        return None
    resources: list[dict[str, Any]] = json.loads(text)["resources"]
    return {
        f"{resource['type']}.{resource['name']}": str(instance["attributes"]["id"])
        for resource in resources
        if resource["mode"] == "managed"
        for instance in resource["instances"]
    }


def stage(local: Mapping[str, str] | None, remote: Mapping[str, str] | None) -> Stage:
    """Where a bootstrap stands, from what the local state and the one in the bucket record.

    make: the bucket has no state, so what is missing is made, and the state moves. tidy: the bucket has it, and the
    local copy was not removed yet. settled: only the bucket has it. Lineages do not tell: a move gives a new one.

    Raises:
        CommandError: when the local state knows what the bucket's does not.
    """
    if remote is None:
        return "make"
    if local is None:
        return "settled"
    if local.items() <= remote.items():
        return "tidy"
    raise CommandError(
        "the local bootstrap state knows what the one in the bucket does not: "
        f"{', '.join(sorted(local.keys() - remote.keys()) or sorted(local))}; keep the one that `terraform state list` "
        "shows your resources in, and move the other away"
    )


@dataclass(frozen=True)
class Adoption:
    """An address of the configuration, and the id of what is already there."""

    to: str
    id: str


def adopt(wanted: Mapping[str, tuple[str, Owned | None]], tags: Mapping[str, str]) -> list[Adoption]:
    """What exists and no state knows, as imports: address → (what it is, what was found).

    Raises:
        CommandError: when something has our name and not our tags. An empty bucket without any tag is one whose making
            was cut short: the provider tags a bucket after creating it.
    """
    adoptions: list[Adoption] = []
    for address, (what, found) in wanted.items():
        if found is None:
            continue
        ours = all(found.tags.get(key) == value for key, value in tags.items())
        if not ours and not (found.empty and not found.tags):
            raise CommandError(
                f"{what} exists and is not tagged {', '.join(f'{key}={value}' for key, value in tags.items())}: it is "
                "not ours to take over; rename the app or the environment, or remove it"
            )
        adoptions.append(Adoption(address, found.id))
    return adoptions


def bootstrap(project: Project, progress: Progress, *, work: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    """Make the state backend, or finish making it, or find that it is there. `variables` go to Terraform's environment.

    Raises:
        CommandError, StepFailedError.
    """
    settings = project.settings()
    toolchain.check()
    naming = Naming.of(settings)
    state = RemoteState.of(naming, settings.state.lock)
    aws = Aws(naming.region)
    aws.require(naming.account, project.file)
    with progress.step("synthesize"):
        project.synthesize()
    folder = work / "bootstrap" / naming.prefix
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(project.stack(STACK) / "cdk.tf.json", folder / "cdk.tf.json")
    local_file = folder / "terraform.tfstate"
    terraform = Terraform(folder, work=work, environment=variables)

    local = recorded(local_file.read_bytes() if local_file.exists() else None)
    in_bucket = aws.object(state.bucket, state.key(STACK)) if aws.bucket(state.bucket) else None
    where = stage(local, recorded(in_bucket))
    changed = where == "make"
    if where == "make":
        there = dict(_existing(project.synthesized(STACK), aws))
        found = {address: what for address, what in there.items() if address not in (local or {})}
        _write_imports(folder, adopt(found, _ownership(naming)))
        with progress.step("create bucket, lock table and key"):
            # The default path, not this file by its full name: init would take that for another place, copy the state
            # there, and then empty "the old one" (Terraform, backend_C_r_s: it compares the two as written).
            (folder / OVERRIDE).write_text(json.dumps({"terraform": {"backend": {"local": {}}}}), encoding="utf-8")
            terraform.init("-reconfigure")
            terraform.apply()
        (folder / IMPORTS).unlink(missing_ok=True)
        with progress.step("move the state into the bucket"):
            before = sorted(terraform.resources())
            (folder / OVERRIDE).unlink()
            terraform.init("-migrate-state", "-force-copy")
            if sorted(terraform.resources()) != before:
                raise CommandError(f"the state in the bucket is not that of {local_file}, which is kept; run it again")
            _tidy(folder)
    else:
        # Before init: it would ask whether to copy the local state, which the bucket has already.
        _tidy(folder)
        with progress.step("read the state from the bucket"):
            terraform.init("-reconfigure")
    with progress.step("check that nothing is left to do"):
        if terraform.has_changes():
            changed = True
            terraform.apply()
    return {"bucket": state.bucket, "lock_table": state.lock_table, "key": state.key_alias, "changed": changed}


def _tidy(folder: Path) -> None:
    """Remove the local state and what pointed at it: the bucket has it."""
    for leftover in (*folder.glob("terraform.tfstate*"), folder / OVERRIDE):
        leftover.unlink(missing_ok=True)


def _ownership(naming: Naming) -> dict[str, str]:
    return {key: value for key, value in naming.tags().items() if key != "Owner"}


def _existing(document: Mapping[str, Any], aws: Aws) -> Iterator[tuple[str, tuple[str, Owned | None]]]:
    """What the synthesized stack would create under a name, and whether it is there already.

    Only these four are made once; the bucket's own settings are written by calls that may be repeated.
    """
    resources: dict[str, dict[str, dict[str, Any]]] = document["resource"]
    for name, arguments in resources["aws_s3_bucket"].items():
        bucket = arguments["bucket"]
        yield f"aws_s3_bucket.{name}", (f"bucket {bucket}", aws.bucket(bucket))
    for name, arguments in resources["aws_dynamodb_table"].items():
        table = arguments["name"]
        yield f"aws_dynamodb_table.{name}", (f"table {table}", aws.table(table))
    (alias_name, alias), (key_name, key) = (
        next(iter(resources[kind].items())) for kind in ("aws_kms_alias", "aws_kms_key")
    )
    behind = aws.key_of_alias(alias["name"])
    if behind:
        yield f"aws_kms_alias.{alias_name}", (alias["name"], Owned(alias["name"], behind.tags))
    found = behind or aws.key_described(key["description"])
    yield f"aws_kms_key.{key_name}", (f"key {found.id if found else ''}", found)


def _write_imports(folder: Path, adoptions: list[Adoption]) -> None:
    blocks = [{"to": adoption.to, "id": adoption.id} for adoption in adoptions]
    (folder / IMPORTS).write_text(json.dumps({"import": blocks} if blocks else {}), encoding="utf-8")
