"""A secret's value is in SSM, and nowhere else that Lastgood or Terraform writes."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from modules.naming import Naming

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.account import Account
    from tests.e2e.site import Site


def written(site: Site) -> Iterator[tuple[str, bytes]]:
    """Every file of the project's making, and what is in the plans, which are zip files."""
    for path in site.work.parent.rglob("*"):
        if not path.is_file() or "providers" in path.parts:
            continue
        yield str(path), path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                for name in packed.namelist():
                    yield f"{path}!{name}", packed.read(name)


def stored(account: Account, bucket: str) -> Iterator[tuple[str, bytes]]:
    """Every version of every object of the state bucket."""
    for version in account.s3.list_object_versions(Bucket=bucket).get("Versions", []):
        key, number = version.get("Key", ""), version.get("VersionId", "")
        body = account.s3.get_object(Bucket=bucket, Key=key, VersionId=number)["Body"].read()
        yield f"s3://{bucket}/{key}@{number}", body


def test_a_secret_is_found_in_ssm_and_nowhere_else(site: Site, account: Account) -> None:
    settings = site.project.settings()
    service = site.terraform("service")
    pinned = service.outputs()["release"]["parameters"]["db/password"]
    value = account.ssm.get_parameter(Name=pinned, WithDecryption=True)["Parameter"].get("Value", "")
    site.changes("service")  # leaves a plan file
    (site.work / "plan.json").write_text(str(service.plan(site.work / "again.plan")))
    haystack = [*written(site), *stored(account, Naming.of(settings).bucket("state"))]
    assert [where for where, _ in haystack if where.endswith(".plan")]
    assert [where for where, _ in haystack if "service.tfstate" in where]
    assert len(value) >= 24
    assert [where for where, body in haystack if value.encode() in body] == []
    # The search does find what is there: the plain parameter's value, which is no secret.
    assert [where for where, body in haystack if b"/shop/dev/log/level" in body]
