"""The functions' zip: the same bytes from any checkout, whatever its umask, time zone and dates.

Another hash would make every plan of the next machine replace the functions.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "lambda"
PACKAGE = "recovery"
# The earliest date that the zip format knows; read-only for everybody.
DATE = (1980, 1, 1, 0, 0, 0)
MODE = 0o444 << 16


@dataclass(frozen=True)
class Code:
    """A zip file, and its digest as hexadecimal digits and as Lambda writes it."""

    path: Path
    sha256: str
    base64_sha256: str


def build(folder: Path) -> Code:
    """Write the zip into a folder. Raises OSError."""
    path = folder / "recovery.zip"
    folder.mkdir(parents=True, exist_ok=True)
    # Stored, not deflated: zlib and zlib-ng, which some systems have in its place, do not compress to the same bytes.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for source in sorted((ROOT / PACKAGE).rglob("*.py")):
            entry = zipfile.ZipInfo(source.relative_to(ROOT).as_posix(), DATE)
            entry.create_system = 3  # Unix, wherever it is made: the mode above is Unix's
            entry.external_attr = MODE
            archive.writestr(entry, source.read_bytes())
    digest = hashlib.sha256(path.read_bytes())
    return Code(path, digest.hexdigest(), base64.b64encode(digest.digest()).decode())
