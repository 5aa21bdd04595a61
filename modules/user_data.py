"""An instance's user data: the user's script with the release's environment behind its first line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modules.parameter_names import export_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modules.settings import Artifact


def body(script: str, *, health_port: int, artifact: Artifact | None, references: Mapping[str, str]) -> str:
    """All but the first lines, as Terraform text: the exports, then the user's script, taken literally.

    `references` may be Terraform expressions. Values are single-quoted: their alphabets (settings.py) hold no quote.
    """
    exports = {
        "LASTGOOD_HEALTH_PORT": str(health_port),
        **{export_name(key): reference for key, reference in references.items()},
    }
    if artifact:
        exports |= {
            "LASTGOOD_ARTIFACT_URI": artifact.uri,
            "LASTGOOD_ARTIFACT_VERSION_ID": artifact.version_id,
            "LASTGOOD_ARTIFACT_SHA256": artifact.sha256,
        }
    preamble = "".join(f"export {name}='{value}'\n" for name, value in sorted(exports.items()))
    return preamble + literal(script.partition("\n")[2])


def whole(script: str, *, release: str, body: str) -> str:
    """The script's first line, the release's fingerprint, then the body (both may be Terraform expressions)."""
    return f"{script.partition(chr(10))[0]}\nexport LASTGOOD_RELEASE='{release}'\n{body}"


def literal(text: str) -> str:
    """Text in which Terraform sees no template: a shell's ${NAME} stays the shell's."""
    return text.replace("${", "$${").replace("%{", "%%{")
