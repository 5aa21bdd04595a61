"""A release's fingerprint: the SHA-256 of its content, the same whether Terraform or Python computes it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Terraform's jsonencode escapes these five (Terraform, "jsonencode Function": they are unsafe in HTML).
_ESCAPES = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def canonical(content: Mapping[str, object]) -> str:
    """The text that is hashed: compact JSON with sorted keys, as Terraform's `jsonencode` writes it."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text


def fingerprint(content: Mapping[str, object]) -> str:
    """The SHA-256 of a release's content, in 64 hexadecimal digits."""
    return hashlib.sha256(canonical(content).encode(errors="surrogatepass")).hexdigest()
