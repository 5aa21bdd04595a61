"""Serve AWS on loopback: python -m localaws [--port N] [--account ID] [--region NAME] [--log FILE]."""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import logging
import os
import queue
import re
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from localaws.clock import FASTEST, Clock
from localaws.process import LOOPBACK, sealed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from waitress.server import BaseWSGIServer

HIGHEST_PORT = 65_535


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    try:
        sock = bind(chosen.port)
    except OSError as error:
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be opened ({error.strerror})"
        print(f"port {chosen.port} {why}; choose another with --port or leave it out for a free one", file=sys.stderr)
        return 2
    with sock:
        try:
            _log_to(chosen.log)
        except OSError as error:
            print(f"{chosen.log} cannot be written ({error.strerror}); choose another --log", file=sys.stderr)
            return 2
        port: int = sock.getsockname()[1]
        _seal_environment(chosen.account, chosen.region, port)
        # After sealing: moto and boto3 read the environment when they are imported.
        from localaws import patches, server  # noqa: PLC0415 after sealing
        from localaws.compute import Compute  # noqa: PLC0415 after sealing
        from localaws.fleet import Fleet  # noqa: PLC0415 after sealing
        from localaws.patches.replacing import PatchError  # noqa: PLC0415 after sealing

        clock = Clock(chosen.speed)
        compute = Compute(chosen.account, f"http://{LOOPBACK}:{port}", clock)
        fleet = Fleet(chosen.account, clock, chosen.metric_delay)
        try:
            patches.apply(clock, compute, fleet)
        except PatchError as error:
            print(error, file=sys.stderr)
            return 2
        serving = server.serving(sock, server.Application(chosen.account, compute, fleet))
        fleet.rounds.start()
        try:
            _serve(serving, port, exit_with_parent=chosen.exit_with_parent)
        finally:
            compute.close()
    return 0


def bind(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 takes a free one. Raises OSError when the port is taken."""
    return socket.create_server((LOOPBACK, port), backlog=256)


def _serve(serving: BaseWSGIServer, port: int, *, exit_with_parent: bool) -> None:
    """Serve until a signal or, on request, until standard input ends, which it does when the parent is gone."""
    # Its put() may interrupt its get(), as an Event's set() may not its wait() (library reference, queue.SimpleQueue).
    ends: queue.SimpleQueue[str] = queue.SimpleQueue()

    def stop(number: int, _frame: FrameType | None) -> None:
        ends.put(f"signal {number}")

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    threading.Thread(target=serving.run, daemon=True).start()
    if exit_with_parent:
        threading.Thread(target=_wait_for_end_of_input, args=(ends,), daemon=True).start()
    print(json.dumps({"endpoint": f"http://{LOOPBACK}:{port}", "pid": os.getpid()}), flush=True)
    # That line is all there is on standard output: moto prints now and then.
    with contextlib.redirect_stdout(sys.stderr):
        ends.get()
        serving.close()


def _wait_for_end_of_input(ends: queue.SimpleQueue[str]) -> None:
    """Reads the descriptor, not sys.stdin, whose lock a blocked reader would hold while the interpreter shuts down."""
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    ends.put("end of input")


def _seal_environment(account: str, region: str, port: int) -> None:
    """No call that moto makes may reach the user's AWS, and every access key belongs to the one account."""
    sealed_environment = sealed(os.environ)
    os.environ.clear()
    os.environ.update(
        sealed_environment,
        AWS_REGION=region,
        AWS_DEFAULT_REGION=region,
        MOTO_ACCOUNT_ID=account,
        MOTO_PORT=str(port),
        MOTO_DISABLE_GLOBAL_CORS="true",
    )


def _log_to(path: Path | None) -> None:
    """Requests and errors into the file; without one, errors alone to standard error."""
    if path:
        sys.stderr = path.open("a", buffering=1, encoding="utf-8")
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("localaws").setLevel(logging.INFO if path else logging.ERROR)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m localaws", description="AWS on loopback, for tests and demos.")
    parser.add_argument("--port", type=_port, default=0, help="a free one unless given")
    parser.add_argument("--account", type=_account, default="111111111111", help="the account of every access key")
    parser.add_argument("--region", default="eu-west-1", help="the default region")
    parser.add_argument("--speed", type=_speed, default=1.0, help="how much faster its clock runs while all waits")
    parser.add_argument(
        "--metric-delay", type=_seconds, default=5.0, help="how many of its seconds after a minute its metrics appear"
    )
    parser.add_argument("--log", type=Path, help="write requests and errors to this file")
    parser.add_argument("--exit-with-parent", action="store_true", help="stop when standard input ends")
    return parser


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) <= HIGHEST_PORT):
        raise argparse.ArgumentTypeError(f"{text} is no port: write a number from 0 to {HIGHEST_PORT}")
    return int(text)


def _speed(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text) or not 1 <= float(text) <= FASTEST:
        raise argparse.ArgumentTypeError(f"{text} is no speed: write a number from 1 to {FASTEST:g}")
    return float(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d{1,4}(\.\d+)?", text):
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds: write one from 0 to 9999")
    return float(text)


def _account(text: str) -> str:
    if not re.fullmatch(r"\d{12}", text):
        raise argparse.ArgumentTypeError(f"{text} is no account: write twelve digits")
    return text


if __name__ == "__main__":
    sys.exit(main())
