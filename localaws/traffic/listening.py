"""One TCP port on loopback for one listener. An HTTPS listener is served as plain HTTP: no certificate is shown."""

from __future__ import annotations

import socketserver
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, ClassVar

from localaws.process import LOOPBACK
from localaws.traffic.messages import Answer, Request

if TYPE_CHECKING:
    from localaws.clock import Clock
    from localaws.metrics.balancing import Balancing
    from localaws.traffic.balancer import Balancer


class ListenerServer(socketserver.ThreadingTCPServer):
    """Serves one listener on a free port until it is closed."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, balancer: Balancer, listener_arn: str, clock: Clock, balancing: Balancing) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self._balancer = balancer
        self._listener_arn = listener_arn
        self._clock = clock
        self._balancing = balancing
        # Its own thread, however many connections: the loop only accepts.
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self.socket.getsockname()[1]}"

    def answer(self, request: Request) -> Answer | None:
        """When the app has it. None once the listener is deleted: there is nothing to answer then."""
        listener = self._balancer.listener(self._listener_arn)
        if listener is None:
            return None
        answer = self._balancer.answer(listener, request)
        if answer.after_seconds:
            self._clock.sleep(answer.after_seconds)
        # Before it is sent: who has the answer finds it counted.
        self._balancing.record(listener.load_balancer_arn, answer, self._clock.now())
        return answer

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "awselb/2.0"
    sys_version = ""
    wbufsize = -1  # head and body in one segment
    disable_nagle_algorithm = True
    timeout: ClassVar[float | None] = 60.0  # ELB guide: the default idle timeout is 60 s
    server: ListenerServer  # pyright: ignore[reportIncompatibleVariableOverride] the base class allows any server

    def _serve(self) -> None:
        if self.headers.get("Transfer-Encoding"):
            self.close_connection = True  # its length is unknown, and no rule looks at a body
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        answer = self.server.answer(
            Request(
                method=self.command,
                path=path,
                query=query,
                host=(self.headers.get("Host") or "").partition(":")[0],
                headers={name.lower(): value for name, value in self.headers.items()},
                source=str(self.client_address[0]),
            )
        )
        if answer is None:
            self.close_connection = True
            return
        self._write(answer)

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        bodiless = answer.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        if not bodiless:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD" and not bodiless:
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class names it so
        """Keep quiet: what answered is in the answer."""


for _method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
    setattr(_Handler, f"do_{_method}", vars(_Handler)["_serve"])
