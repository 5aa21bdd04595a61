"""The Python half of fast synth: the provider's package without its 2,340 imports."""

from __future__ import annotations

import hashlib
import sys
from importlib.util import find_spec, module_from_spec
from pathlib import Path

PACKAGE = "cdktf_cdktf_provider_aws"
# SHA-256 of the package's __init__.py that is known to hold nothing but re-exports: version 20.1.0.
KNOWN = frozenset({"b572adc0d5678ee04026e6947059edbfd0011fa7e5da99ab61428e0c401d7414"})


def install() -> bool:
    """Put an empty package in `sys.modules` whose submodules load on their own import. False leaves the stock path."""
    if PACKAGE in sys.modules:
        return True
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return False
    digest = hashlib.sha256(Path(spec.origin).read_bytes()).hexdigest()
    if digest not in KNOWN:
        print(
            f"fast synth is off: {PACKAGE}/__init__.py is not a version it knows; using the stock path", file=sys.stderr
        )
        return False
    sys.modules[PACKAGE] = module_from_spec(spec)
    return True
