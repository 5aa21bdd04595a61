"""Serve AWS on loopback: python -m localaws [--port N] [--account ID] [--region NAME] [--log FILE] [--exit-with-parent]."""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import logging
import os
import re
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from localaws.process import LOOPBACK, sealed

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

HIGHEST_PORT = 65_535


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    _seal_environment(chosen.account, chosen.region)
    # After sealing: moto and boto3 read the environment when they are imported.
    from localaws import patches, server  # noqa: PLC0415
    from localaws.clock import Clock  # noqa: PLC0415
    from localaws.patches.replacing import PatchError  # noqa: PLC0415

    clock = Clock()
    try:
        patches.apply(clock)
        with server.bind(chosen.port) as sock:
            _log_to(chosen.log)
            port = sock.getsockname()[1]
            os.environ["MOTO_PORT"] = str(port)
            _serve(sock, server.Application(chosen.account, clock), exit_with_parent=chosen.exit_with_parent)
    except PatchError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        why = "is in use" if error.errno == errno.EADDRINUSE else "may not be opened by this user"
        print(f"port {chosen.port} {why}; choose another with --port or leave it out for a free one", file=sys.stderr)
        return 2
    return 0
