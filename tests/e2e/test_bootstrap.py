"""`lastgood bootstrap` from every point at which it can have been stopped, and lock modes one after the other."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from cli.bootstrap import IMPORTS, STACK, bootstrap
from cli.errors import CommandError, StepFailedError
from cli.progress import Progress
from cli.state_lock import StateLocks
from localaws.process import LocalAws, running
from modules.naming import Naming
from modules.remote_state import RemoteState
from tests.contract.account import Account
from tests.e2e.conftest import ACCOUNT, REGION
from tests.e2e.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.terraform import Terraform


class Backend:
    """A state backend of its own, and what a stopped bootstrap would have left of it."""

    def __init__(self, site: Site, account: Account) -> None:
        self.site = site
        self.account = account
        naming = Naming.of(site.project.settings())
        self.state = RemoteState.of(naming, site.project.settings().state.lock)
        self.folder = site.work / "bootstrap" / naming.prefix
        self.digest = {"LockID": {"S": f"{self.state.bucket}/{self.state.key(STACK)}-md5"}}

    def bootstrap(self) -> dict[str, Any]:
        return bootstrap(self.site.project, Progress(io.StringIO()), work=self.site.work, variables={})

    def _read(self) -> bytes:
        return self.account.s3.get_object(Bucket=self.state.bucket, Key=self.state.key(STACK))["Body"].read()

    def in_bucket(self) -> dict[str, Any]:
        """The state as it stands in the bucket."""
        return json.loads(self._read())

    def forget(self) -> bytes:
        """Take the state out of the bucket again."""
        text = self._read()
        self.account.s3.delete_object(Bucket=self.state.bucket, Key=self.state.key(STACK))
        self.account.dynamodb.delete_item(TableName=self.state.lock_table, Key=self.digest)
        return text

    def key_id(self) -> str:
        return self.account.kms.describe_key(KeyId=self.state.key_alias)["KeyMetadata"]["KeyId"]

    def settled(self) -> bool:
        """The state is in the bucket alone, knows all that was made, and nothing of the way there is left."""
        if not self.account.s3.list_objects_v2(Bucket=self.state.bucket).get("Contents"):
            return False
        leftovers = [*self.folder.glob("terraform.tfstate*"), *self.folder.glob(IMPORTS)]
        kinds = {resource["type"] for resource in self.in_bucket()["resources"] if resource["mode"] == "managed"}
        return not leftovers and {"aws_s3_bucket", "aws_dynamodb_table", "aws_kms_key", "aws_kms_alias"} <= kinds


@pytest.fixture(scope="module")
def emulator(terraform_binary: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    assert terraform_binary
    log = tmp_path_factory.mktemp("localaws") / "localaws.log"
    with running(ACCOUNT, REGION, log=log) as aws:
        yield aws


@pytest.fixture(scope="module")
def made(emulator: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    with emulator.entered():
        backend = Backend(Site.prepare(emulator, tmp_path_factory.mktemp("backend")), Account(emulator))
        assert backend.bootstrap()["changed"]
        assert backend.settled()
    return backend


@pytest.fixture
def backend(made: Backend, emulator: LocalAws) -> Iterator[Backend]:
    """The settled backend. A failing test may leave it half-done: it is put right for the next."""
    with emulator.entered():
        yield made
        disturbed = made.site.disturbed
        made.site.configure()
        if disturbed or not made.settled():
            made.bootstrap()


def test_a_second_bootstrap_changes_nothing(backend: Backend) -> None:
    backend.bootstrap()
    before = backend.in_bucket()
    assert not backend.bootstrap()["changed"]
    assert backend.in_bucket() == before
    assert backend.settled()


def test_it_goes_on_when_only_the_local_state_knows(backend: Backend) -> None:
    """Stopped between the apply and the move."""
    key, text = backend.key_id(), backend.forget()
    (backend.folder / "terraform.tfstate").write_bytes(text)
    assert backend.bootstrap()["changed"]
    assert backend.settled()
    assert backend.key_id() == key


def test_it_goes_on_when_a_part_was_made(backend: Backend) -> None:
    """Stopped in the middle of the apply: the local state knows the bucket and the key, and there is no table yet."""
    key, state = backend.key_id(), json.loads(backend.forget())
    backend.account.dynamodb.delete_table(TableName=backend.state.lock_table)
    state["resources"] = [one for one in state["resources"] if one["type"] != "aws_dynamodb_table"]
    (backend.folder / "terraform.tfstate").write_text(json.dumps(state))
    assert backend.bootstrap()["changed"]
    assert backend.settled()
    assert backend.key_id() == key


def test_it_goes_on_when_the_local_copy_was_not_removed_yet(backend: Backend) -> None:
    """Stopped after the move, which gives the state in the bucket another lineage."""
    before = backend.in_bucket()
    copy = {**before, "lineage": str(uuid4()), "serial": before["serial"] + 1}
    (backend.folder / "terraform.tfstate").write_text(json.dumps(copy))
    assert not backend.bootstrap()["changed"]
    assert backend.settled()


def test_it_stops_before_two_different_states(backend: Backend) -> None:
    other = backend.in_bucket()
    [key] = [one for one in other["resources"] if one["type"] == "aws_kms_key"]
    key["instances"][0]["attributes"]["id"] = "another-key"
    local = backend.folder / "terraform.tfstate"
    local.write_text(json.dumps(other))
    with pytest.raises(CommandError, match="the local bootstrap state knows what the one in the bucket does not"):
        backend.bootstrap()
    assert json.loads(local.read_text()) == other
    local.unlink()


def test_it_adopts_what_is_there_and_no_state_knows(backend: Backend) -> None:
    """Stopped so hard that not even the local state was written, or run first on another machine."""
    key = backend.key_id()
    backend.forget()
    backend.account.kms.delete_alias(AliasName=backend.state.key_alias)
    assert backend.bootstrap()["changed"]
    assert backend.settled()
    assert backend.key_id() == key


def test_it_takes_over_nothing_that_is_not_ours(backend: Backend) -> None:
    text = backend.forget()
    tags = backend.account.s3.get_bucket_tagging(Bucket=backend.state.bucket)["TagSet"]
    theirs: Any = [{**tag, "Value": "somebody"} if tag["Key"] == "ManagedBy" else tag for tag in tags]
    backend.account.s3.put_bucket_tagging(Bucket=backend.state.bucket, Tagging={"TagSet": theirs})
    try:
        with pytest.raises(CommandError, match="is not ours to take over; rename the app or the environment"):
            backend.bootstrap()
    finally:
        backend.account.s3.put_bucket_tagging(Bucket=backend.state.bucket, Tagging={"TagSet": tags})
        backend.account.s3.put_object(Bucket=backend.state.bucket, Key=backend.state.key(STACK), Body=text)


def test_credentials_of_another_account_are_refused_before_anything_is_made(backend: Backend) -> None:
    backend.site.configure(("111111111111", "999999999999"))
    with pytest.raises(CommandError, match=r"account = '999999999999', but the credentials in use are those of 1"):
        backend.bootstrap()


def under(backend: Backend, mode: str, owner: str) -> Terraform:
    """The state stack as somebody finds it who works under a lock mode; a new owner is a change to write."""
    backend.site.configure((r"\[network\]", f'[state]\nlock = "{mode}"\n\n[network]'), ("platform-team", owner))
    terraform = backend.site.terraform(STACK)
    terraform.init("-reconfigure")
    return terraform


def test_the_way_from_one_lock_to_the_next_and_back(backend: Backend) -> None:
    under(backend, "dynamodb", "first").apply()
    assert "init -reconfigure" in StateLocks(backend.site.project).change("both", [STACK])
    under(backend, "both", "second").apply()
    StateLocks(backend.site.project).change("lockfile", [STACK])
    under(backend, "lockfile", "third").apply()

    # Nobody kept the table's digest while only the lock file was used: Terraform refuses the state on the way back.
    with pytest.raises(StepFailedError) as refused:
        under(backend, "both", "fourth").apply()
    assert "does not have the expected content" in " ".join(refused.value.tail).replace("│", "")

    locks = StateLocks(backend.site.project)
    [would] = locks.repair([STACK], dry_run=True)
    assert would["digest"] == "would be repaired"
    assert [found.stale for found in locks.digests([STACK])] == [True]
    locks.change("both", [STACK])
    assert [found.stale for found in locks.digests([STACK])] == [False]
    under(backend, "both", "fourth").apply()
    assert not under(backend, "dynamodb", "fourth").has_changes()


def test_a_held_lock_stops_a_repair_and_is_named(backend: Backend) -> None:
    table, lock = backend.state.lock_table, f"{backend.state.bucket}/{backend.state.key(STACK)}"
    item = {"LockID": {"S": lock}, "Info": {"S": '{"Who":"a colleague"}'}}
    backend.account.dynamodb.put_item(TableName=table, Item=item)
    try:
        with pytest.raises(CommandError, match=r"a lock is held(?s:.*)a colleague"):
            StateLocks(backend.site.project).repair([STACK], dry_run=False)
    finally:
        backend.account.dynamodb.delete_item(TableName=table, Key={"LockID": {"S": lock}})
