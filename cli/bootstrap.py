"""`lastgood bootstrap`: the state's own bucket, made by Terraform with local state, which then moves into it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

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

Stage = Literal["create", "move", "tidy", "settled"]


@dataclass(frozen=True)
class Lineage:
    """What tells one state from another: Terraform's lineage and serial, and whether anything is in it."""

    lineage: str
    serial: int
    resources: int

    @classmethod
    def of(cls, text: bytes | None) -> Lineage | None:
        """Of a state file; None where there is none, or an empty one."""
        if not text:
            return None
        state = json.loads(text)
        return cls(str(state["lineage"]), int(state["serial"]), len(state["resources"]))


def stage(local: Lineage | None, remote: Lineage | None) -> Stage:
    """Where a bootstrap stands.

    create: nothing is recorded anywhere. move: all or a part is made, and only the local state knows. tidy: the state
    is in the bucket, and the local copy was not removed yet. settled: only the bucket has it.

    Raises:
        CommandError: when both exist and neither comes from the other.
    """
    match local, remote:
        case None, None:
            return "create"
        case None, _:
            return "settled"
        case _, None:
            return "move"
        case Lineage(), Lineage() if local.lineage == remote.lineage and local.serial <= remote.serial:
            return "tidy"
        case _:
            raise CommandError(
                "the bucket and the local bootstrap state are two different states; keep the one that `terraform state "
                "list` shows your resources in, and move the other away"
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
    naming = Naming.of(settings)
    state = RemoteState.of(naming, settings.state.lock)
    aws = Aws(naming.region)
    if aws.account() != naming.account:
        raise CommandError(
            f"{project.config / project.environment}.toml: aws.account = '{naming.account}', but the credentials in "
            f"use are those of {aws.account()}; use credentials of {naming.account}"
        )
    with progress.step("synthesize"):
        project.synthesize()
    folder = work / "bootstrap" / naming.prefix
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(project.stack(STACK) / "cdk.tf.json", folder / "cdk.tf.json")
    local_file = folder / "terraform.tfstate"
    terraform = Terraform(folder, work=work, environment=variables)

    local = Lineage.of(local_file.read_bytes() if local_file.exists() else None)
    in_bucket = aws.object(state.bucket, state.key(STACK)) if aws.bucket(state.bucket) else None
    where = stage(local, Lineage.of(in_bucket))
    changed = where != "settled"
    if where in ("create", "move"):
        if where == "create":
            found = adopt(dict(_existing(project.synthesized(STACK), aws)), _ownership(naming))
            _write_imports(folder, found)
        with progress.step("create bucket, lock table and key"):
            (folder / OVERRIDE).write_text(json.dumps({"terraform": {"backend": {"local": {"path": str(local_file)}}}}))
            terraform.init("-reconfigure")
            terraform.apply()
        (folder / IMPORTS).unlink(missing_ok=True)
        with progress.step("move the state into the bucket"):
            before = sorted(terraform.resources())
            (folder / OVERRIDE).unlink()
            terraform.init("-migrate-state", "-force-copy")
            if sorted(terraform.resources()) != before:
                raise CommandError(f"the state in the bucket is not that of {local_file}, which is kept; run it again")
    else:
        (folder / OVERRIDE).unlink(missing_ok=True)
        with progress.step("read the state from the bucket"):
            terraform.init("-reconfigure")
    with progress.step("check that nothing is left to do"):
        if terraform.has_changes():
            changed = True
            terraform.apply()
    for leftover in folder.glob("terraform.tfstate*"):
        leftover.unlink()
    return {"bucket": state.bucket, "lock_table": state.lock_table, "key": state.key_alias, "changed": changed}


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
    if adoptions:
        blocks = [{"to": f"${{{adoption.to}}}", "id": adoption.id} for adoption in adoptions]
        (folder / IMPORTS).write_text(json.dumps({"import": blocks}), encoding="utf-8")
