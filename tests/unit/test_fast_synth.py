"""Fast synth gives the same bytes as the stock path, and steps aside for what it does not know."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from modules.fast_synth import HOOK, lazy_bindings
from modules.versions import AWS_PROVIDER_VERSION
from tests.conftest import ROOT
from tests.synthesized import STACKS, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.synthesized import Stack

    Synth = Callable[[str], dict[str, Stack]]

LOADER = (
    "import sys; from modules.fast_synth import lazy_bindings; {}; print(lazy_bindings.install(), '{}' in sys.modules)"
)


def _main(outdir: Path, environment: str, *, stock: bool, cwd: Path = ROOT) -> dict[str, str]:
    variables = {
        key: value for key, value in os.environ.items() if key not in {"NODE_OPTIONS", "PYTHONDONTWRITEBYTECODE"}
    }
    variables |= {
        "LASTGOOD_ENV": environment,
        "LASTGOOD_OUTDIR": str(outdir),
        "LASTGOOD_STOCK_SYNTH": "1" if stock else "",
    }
    run = subprocess.run(
        [sys.executable, str(ROOT / "main.py")], env=variables, cwd=cwd, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", ""), run.stderr
    return {name: stack.text for name, stack in read(outdir).items()}


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_both_paths_give_the_same_bytes_for_every_stack(environment: str, tmp_path: Path) -> None:
    fast = _main(tmp_path / "fast", environment, stock=False)
    stock = _main(tmp_path / "stock", environment, stock=True)
    for stack in STACKS:
        assert fast[stack] == stock[stack]


def test_the_same_bytes_on_every_run_and_in_every_folder(tmp_path: Path) -> None:
    assert _main(tmp_path / "one", "dev", stock=False) == _main(tmp_path / "two", "dev", stock=False, cwd=tmp_path)


def test_the_pinned_package_is_the_known_one_and_of_the_pinned_provider(synth: Synth) -> None:
    assert version("cdktf-cdktf-provider-aws") == "20.1.0"
    for stack in synth("dev").values():
        assert stack.json["terraform"]["required_providers"]["aws"]["version"] == AWS_PROVIDER_VERSION


@pytest.mark.parametrize("known", [True, False])
def test_an_unknown_package_takes_the_stock_path_and_says_so_in_one_line(known: bool) -> None:
    change = "pass" if known else "lazy_bindings.KNOWN = frozenset()"
    run = subprocess.run(
        [sys.executable, "-c", LOADER.format(change, lazy_bindings.PACKAGE)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == [str(known), str(known)]
    assert len(run.stderr.splitlines()) == (0 if known else 1)
    assert known or "using the stock path" in run.stderr


@pytest.mark.parametrize("known", [True, False])
def test_the_hook_rewrites_only_the_index_it_knows(known: bool, tmp_path: Path) -> None:
    folder = tmp_path / "@cdktf" / "provider-aws" / "lib"
    folder.mkdir(parents=True)
    (folder / "eager.js").write_text("console.log('loaded'); exports.here = true;")
    index = 'exports.eager = require("./eager");\n'
    (folder / "index.js").write_text(index)
    hook = HOOK.read_text(encoding="utf-8")
    if known:
        hook = hook.replace(
            "const KNOWN = new Set([", f'const KNOWN = new Set(["{hashlib.sha256(index.encode()).hexdigest()}", '
        )
    (tmp_path / "hook.js").write_text(hook)
    node = os.environ.get("JSII_NODE") or _node()
    script = f"const m = require('{folder / 'index.js'}'); console.log('required'); console.log(m.eager.here);"
    run = subprocess.run(
        [node, "--require", str(tmp_path / "hook.js"), "-e", script], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == (["required", "loaded", "true"] if known else ["loaded", "required", "true"])
    assert ("using the stock path" in run.stderr) is not known


def _node() -> str:
    from modules.fast_synth import enable  # noqa: PLC0415 it sets JSII_NODE

    enable()
    return os.environ["JSII_NODE"]
