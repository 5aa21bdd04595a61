"""`lastgood state …`: from one kind of state lock to the next, and the digest that a lock table keeps of a state."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.aws import Aws
from cli.errors import CommandError
from cli.lock_mode import check_step
from modules.naming import Naming
from modules.remote_state import RemoteState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cli.lock_mode import Mode
    from cli.project import Project


@dataclass(frozen=True)
class Digest:
    """The digest of one stack's state: what the lock table says, and what it must say."""

    stack: str
    recorded: str | None
    right: str | None

    @property
    def stale(self) -> bool:
        """Whether Terraform would refuse the state ("state data in S3 does not have the expected content").

        A missing digest is fine: Terraform writes one with the next state.
        """
        return self.recorded is not None and self.right is not None and self.recorded != self.right

    @property
    def judged(self) -> str:
        """In words."""
        if self.right is None:
            return "no state yet"
        if self.recorded is None:
            return "none recorded"
        return "stale" if self.stale else "right"


def digest(stack: str, state: bytes | None, recorded: str | None) -> Digest:
    """Compare. Terraform's digest is the MD5 of the state object (Terraform, "Backend Type: s3": DynamoDB locking)."""
    right = None if state is None else hashlib.md5(state, usedforsecurity=False).hexdigest()
    return Digest(stack, recorded, right)


class StateLocks:
    """One environment's states and their locks."""

    def __init__(self, project: Project) -> None:
        settings = project.settings()
        naming = Naming.of(settings)
        self.mode: Mode = settings.state.lock
        self._state = RemoteState.of(naming, settings.state.lock)
        self._aws = Aws(naming.region)
        self._file = project.file
        self._aws.require(naming.account, project.file)

    def holders(self, stacks: Iterable[str]) -> list[str]:
        """Who holds a lock of either kind, a line each."""
        held: list[str] = []
        for stack in stacks:
            key = self._state.key(stack)
            item = self._aws.item(self._state.lock_table, f"{self._state.bucket}/{key}")
            if item and item.get("Info"):
                held.append(f"{stack}: lock table, {item['Info']}")
            lockfile = self._aws.object(self._state.bucket, f"{key}.tflock")
            if lockfile:
                held.append(f"{stack}: lock file, {lockfile.decode(errors='replace')}")
        return held

    def digests(self, stacks: Iterable[str]) -> list[Digest]:
        """The digest of each stack's state."""
        return [
            digest(
                stack,
                self._aws.object(self._state.bucket, self._state.key(stack)),
                (self._aws.item(self._state.lock_table, self._digest_key(stack)) or {}).get("Digest"),
            )
            for stack in stacks
        ]

    def repair(self, stacks: list[str], *, dry_run: bool) -> list[dict[str, Any]]:
        """Write the right digest where a stale one stands, while nobody holds a lock.

        Raises:
            CommandError: when a lock is held, or the digest changed in between.
        """
        held = self.holders(stacks)
        if held:
            raise CommandError("a lock is held, so a state may be about to change; wait for it:\n" + "\n".join(held))
        report: list[dict[str, Any]] = []
        for found in self.digests(stacks):
            if found.stale and not dry_run and found.right:
                key = self._digest_key(found.stack)
                if not self._aws.put_digest(self._state.lock_table, key, found.right, instead_of=found.recorded):
                    raise CommandError(f"{found.stack}: the digest changed while it was repaired; run it again")
            outcome = found.judged if not found.stale else "would be repaired" if dry_run else "repaired"
            report.append({"stack": found.stack, "recorded": found.recorded, "right": found.right, "digest": outcome})
        return report

    def change(self, to: Mode, stacks: list[str]) -> str:
        """Make the next step safe; the answer says what to do.

        Raises:
            CommandError: when the step is not one of the way, or a lock is held.
        """
        check_step(self.mode, to)
        if to != "lockfile":
            self.repair(stacks, dry_run=False)
        elif held := self.holders(stacks):
            raise CommandError("a lock is held; wait for it:\n" + "\n".join(held))
        if to == self.mode:
            return f"state.lock is {to!r} already, and the digests are right"
        return (
            "Nobody holds a lock and the digests are right. Let nobody apply until this is done: set state.lock = "
            f'"{to}" in {self._file}, run `make synth`, and in each stack\'s folder `terraform init -reconfigure`.'
        )

    def _digest_key(self, stack: str) -> str:
        return f"{self._state.bucket}/{self._state.key(stack)}-md5"
