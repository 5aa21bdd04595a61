"""What the demo shows, held to: everything is made, plans are empty afterwards, two applies never run at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.demo import await_lock, table
from cli.project import STACKS
from modules.naming import Naming
from modules.remote_state import RemoteState
from recovery.core.fingerprint import fingerprint
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.account import Account
    from tests.e2e.site import Site


def test_the_whole_stack_is_made_and_answers(site: Site) -> None:
    assert site.outcome
    assert site.outcome.count >= 60
    assert set(site.outcome.resources) == set(STACKS)
    assert site.outcome.changes == []
    assert site.outcome.concurrent_apply == "refused"
    assert site.outcome.answer["release"] == site.fingerprint
    shown = table(site.outcome)
    assert f"resources created: {site.outcome.count}" in shown
    assert "plan after apply: no changes" in shown
    assert "second apply: refused by the lock" in shown
    assert (ROOT / "README.md").read_text(encoding="utf-8").count(f"resources created: {site.outcome.count}\n") == 1


@pytest.mark.parametrize("stack", STACKS)
def test_a_plan_after_the_apply_is_empty(site: Site, stack: str) -> None:
    assert site.changes(stack) == {}


def test_python_and_terraform_agree_on_the_fingerprint(site: Site) -> None:
    outputs = site.terraform("service").outputs()
    assert fingerprint(outputs["release"]) == outputs["fingerprint"]


def test_a_plan_from_another_folder_is_empty_too(site: Site, tmp_path: Path) -> None:
    terraform = site.elsewhere("service", tmp_path)
    terraform.init()
    assert not terraform.has_changes()


def test_an_interrupted_apply_gives_its_lock_back(site: Site, account: Account) -> None:
    settings = site.project.settings()
    state = RemoteState.of(Naming.of(settings), settings.state.lock)
    key = {"LockID": {"S": f"{state.bucket}/{state.key('service')}"}}
    with site.terraform("service").start("apply", "-auto-approve") as running:
        await_lock(running.finished, state)
        assert "Item" in account.dynamodb.get_item(TableName=state.lock_table, Key=key)
        running.interrupt()
        assert running.finished()
    assert "Item" not in account.dynamodb.get_item(TableName=state.lock_table, Key=key)


def test_credentials_of_another_account_are_refused_by_the_plan(site: Site, tmp_path: Path) -> None:
    site.configure(("111111111111", "999999999999"))
    terraform = site.elsewhere("network", tmp_path)
    # That account's bucket is not there, so the state has to be.
    (terraform.folder / "backend_override.tf.json").write_text('{"terraform": {"backend": {"local": {}}}}')
    terraform.init()
    with terraform.start("plan") as running:
        assert running.wait() == 1
        said = " ".join(running.output().replace("│", "").split())
    assert "999999999999" in said
    assert "111111111111" in said
    assert "precondition" in said.lower()
