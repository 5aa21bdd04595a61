"""The inside of a worker: loads one function and answers its invocations. Runs alone, on the standard library.

Lines of JSON come in on standard input and go out on a descriptor of their own, so that whatever the function prints is
a line of its log. The process ends with its standard input, in the middle of an invocation too: no orphan is left.
"""

from __future__ import annotations

import importlib
import io
import json
import logging
import os
import queue
import socket
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib import request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REAL_TIME = time.time
RESOLVE = socket.getaddrinfo
CONNECT = socket.socket.connect
CONNECT_EX = socket.socket.connect_ex
SYSTEM_EXIT = "Runtime.ExitError"
# The fields that every record has; the others are what the function adds.
PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
LEVELS = {"TRACE": "DEBUG", "FATAL": "CRITICAL"}  # those that Python calls otherwise


class Clock:
    """The emulator's clock: told with each invocation, during which it is as fast as the machine's."""

    def __init__(self) -> None:
        self.lead = REAL_TIME() - time.monotonic()

    def time(self) -> float:
        return time.monotonic() + self.lead

    def time_ns(self) -> int:
        return int(self.time() * 1e9)


class Answers:
    """Frames to the emulator, a line each."""

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "w", buffering=1, encoding="utf-8")
        self._lock = threading.Lock()

    def send(self, **frame: object) -> None:
        with self._lock:
            self._file.write(json.dumps(frame) + "\n")


class Log(io.TextIOBase):
    """Standard output and standard error: a frame for each whole line."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._rest = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._answers.send(log=line)
        return len(text)

    def end_line(self) -> None:
        """What was printed without a line's end is a line as well, once the invocation is over."""
        if self._rest:
            self.write("\n")


class Route(NamedTuple):
    """A listener: its load balancer's name and addresses, its port, and where on loopback it is served."""

    host: str
    addresses: tuple[str, ...]
    port: int
    served: tuple[str, int]


class Network:
    """The load balancers' names and private addresses lead to the ports on loopback that stand for their listeners."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def lay(self) -> None:
        """In the place of the standard library's functions, which all that connects goes through."""

        def connect(self_: socket.socket, address: Any) -> None:
            CONNECT(self_, self.place(address))

        def connect_ex(self_: socket.socket, address: Any) -> int:
            return CONNECT_EX(self_, self.place(address))

        socket.getaddrinfo = self.resolve
        setattr(socket.socket, "connect", connect)  # noqa: B010 no assignment is allowed to a method
        setattr(socket.socket, "connect_ex", connect_ex)  # noqa: B010 no assignment is allowed to a method

    def resolve(self, host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        """A load balancer's name has the addresses of its network interfaces; every other name its own."""
        if not isinstance(host, str) or not host.endswith((".amazonaws.com", ".amazonaws.com.cn")):
            return RESOLVE(host, port, *rest, **named)
        addresses = dict.fromkeys(
            address for route in self._routes() if route.host == host for address in route.addresses
        )
        if not addresses:
            return RESOLVE(host, port, *rest, **named)
        kind = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        return [(*kind, (address, int(port or 0))) for address in addresses]

    def place(self, address: Any) -> Any:
        """Where a connection really goes. Raises ConnectionRefusedError where a load balancer has no listener."""
        if not isinstance(address, tuple):
            return address  # a socket of the file system
        host, port = str(address[0]), int(address[1])  # pyright: ignore[reportUnknownArgumentType]
        if host.startswith("127."):
            return (host, port)
        mine = [route for route in self._routes() if host in route.addresses]
        found = next((route.served for route in mine if route.port == port), None)
        if mine and found is None:
            raise ConnectionRefusedError(f"no listener on port {port}")
        return found or (host, port)

    def _routes(self) -> list[Route]:
        with request.urlopen(f"{self._endpoint}/_localaws/routes", timeout=5) as answer:  # noqa: S310 the emulator's own
            rows: list[dict[str, Any]] = json.load(answer)
        return [Route(row["host"], tuple(row["addresses"]), row["port"], tuple(row["served"])) for row in rows]


class Context:
    """Lambda Developer Guide, "Using the Lambda context object to retrieve Python function information"."""

    def __init__(self, invocation: dict[str, Any]) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.invoked_function_arn: str = invocation["arn"]
        self.aws_request_id: str = invocation["id"]
        self.log_group_name: str = invocation["log_group"]
        self.log_stream_name: str = invocation["log_stream"]
        self.identity = None
        self.client_context = None
        self._ends = float(invocation["ends"])

    def get_remaining_time_in_millis(self) -> int:
        """Its cold start has taken of it already."""
        return max(0, int((self._ends - time.monotonic()) * 1000))


class LogFormat(logging.Formatter):
    """Lambda Developer Guide, "Log and monitor Python Lambda functions": plain text, or an object a line."""

    request_id = ""

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        if os.environ.get("AWS_LAMBDA_LOG_FORMAT") != "JSON":
            text = f"[{record.levelname}]\t{at}.{int(record.msecs):03}Z\t{self.request_id}\t{record.getMessage()}"
            return f"{text}\n{trace}" if trace else text
        told = {
            "timestamp": f"{at}Z",
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": self.request_id,
        }
        extra = {name: value for name, value in vars(record).items() if name not in PLAIN and name not in told}
        return json.dumps({**told, **extra, **({"stackTrace": trace.splitlines()} if trace else {})}, default=str)


class Runtime:
    """The function, loaded on the first invocation, which is the cold start."""

    def __init__(self, answers: Answers, clock: Clock, handler: str) -> None:
        self._answers = answers
        self._clock = clock
        self._handler = handler
        self._function: Callable[[Any, Context], Any] | None = None
        self._log = Log(answers)
        self._format = LogFormat()
        sys.stdout = sys.stderr = self._log
        logs = logging.StreamHandler(self._log)
        logs.setFormatter(self._format)
        logging.getLogger().addHandler(logs)
        if level := os.environ.get("AWS_LAMBDA_LOG_LEVEL"):
            logging.getLogger().setLevel(LEVELS.get(level, level))

    def invoke(self, invocation: dict[str, Any]) -> None:
        self._clock.lead = float(invocation["lead"])
        self._format.request_id = invocation["id"]
        try:
            outcome = {"result": self._call(invocation)}
        except Failure as failure:
            outcome = {"error": {**failure.args[0], "requestId": invocation["id"]}}
        self._log.end_line()
        self._answers.send(**outcome)

    def _call(self, invocation: dict[str, Any]) -> str:
        function = self._function = self._function or self._load()
        try:
            result = function(json.loads(invocation["event"]), Context(invocation))
        except SystemExit as error:
            cause = f"RequestId: {invocation['id']} Error: Runtime exited with error: exit status {error.code or 0}"
            raise Failure({"errorType": SYSTEM_EXIT, "errorMessage": cause}) from error
        except BaseException as error:
            raise Failure(described(error)) from error
        try:
            return json.dumps(result)
        except (TypeError, ValueError) as error:
            cause = f"Unable to marshal response: {error}"
            raise Failure({"errorType": "Runtime.MarshalError", "errorMessage": cause, "stackTrace": []}) from error

    def _load(self) -> Callable[[Any, Context], Any]:
        """The messages are the Python runtime's own."""
        module_name, _, name = self._handler.rpartition(".")
        module_name = module_name.replace("/", ".")
        try:
            module = importlib.import_module(module_name)
        except ImportError as error:
            cause = f"Unable to import module '{module_name}': {error}"
            raise Failure(
                {"errorType": "Runtime.ImportModuleError", "errorMessage": cause, "stackTrace": []}
            ) from error
        except BaseException as error:
            raise Failure(described(error)) from error
        function: Callable[[Any, Context], Any] | None = getattr(module, name, None)
        if function is None:
            cause = f"Handler '{name}' missing on module '{module_name}'"
            raise Failure({"errorType": "Runtime.HandlerNotFound", "errorMessage": cause, "stackTrace": []})
        return function


class Failure(Exception):  # noqa: N818 it is what Lambda calls a function error
    """The error object that Lambda answers with."""


def described(error: BaseException) -> dict[str, Any]:
    """Lambda Developer Guide, "Lambda function errors in Python": type, message and stack trace of the exception.

    The runtime's own frames are left out, sys.tracebacklimit is heeded, and the code is where it is on Lambda.
    """
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    lines = traceback.format_list(traceback.StackSummary.from_list(frames))
    return {
        "errorType": type(error).__name__,
        "errorMessage": str(error),
        "stackTrace": [line.replace(sys.path[0], "/var/task") for line in lines],
    }


def listen(lines: queue.SimpleQueue[bytes]) -> None:
    """Read on while an invocation runs: the end of the input ends the process at once."""
    requests = os.dup(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def read() -> None:
        with os.fdopen(requests, "rb") as source:
            for line in source:
                lines.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()


def main(descriptor: int, task: str | Path, runtime: str | Path, handler: str) -> None:
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    listen(lines)
    clock, network = Clock(), Network(os.environ["AWS_ENDPOINT_URL"])
    time.time, time.time_ns = clock.time, clock.time_ns
    network.lay()
    # Before the standard library, as on Lambda; the runtime's packages after it.
    sys.path[:0] = [str(task)]
    sys.path.append(str(runtime))
    working = Runtime(Answers(descriptor), clock, handler)
    while True:
        working.invoke(json.loads(lines.get()))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4])
