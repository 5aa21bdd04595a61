"""The files that a worker runs: a function's unpacked zip, and the packages that Lambda's Python runtime brings."""

from __future__ import annotations

import io
import shutil
import tempfile
import threading
import zipfile
from pathlib import Path

import botocore

# Lambda Developer Guide, "Runtime-included SDK versions": boto3 and what it needs; nothing else of this installation.
INCLUDED = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")


class Packages:
    """A folder for a package by its checksum, so that versions with the same code share one."""

    def __init__(self) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="localaws-"))
        self._lock = threading.Lock()
        self.runtime = self._root / "runtime"
        self.runtime.mkdir()
        installed = Path(botocore.__file__).parent.parent
        for name in INCLUDED:
            (self.runtime / name).symlink_to(installed / name)

    def unpacked(self, digest: str, code: bytes) -> Path:
        folder = self._root / digest
        with self._lock:
            if not folder.exists():
                with zipfile.ZipFile(io.BytesIO(code)) as archive:
                    archive.extractall(folder)  # a Python that is new enough lets no entry out of the folder
        return folder

    def remove(self) -> None:
        shutil.rmtree(self._root, ignore_errors=True)
