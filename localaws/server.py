"""The HTTP server: moto's application, and beside it the routes of this emulator's own under /_localaws/."""

from __future__ import annotations

import json
import socket
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Request, Response

from localaws.process import LOOPBACK
from localaws.traffic.ports import Ports

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from localaws.clock import Clock

OWN = "/_localaws/"


class Application:
    """GET /_localaws/listeners: the real ports. POST /_localaws/clock {"seconds": 30}: move the clock on."""

    def __init__(self, account: str, clock: Clock) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._ports = Ports(account, clock)
        self._clock = clock

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not str(environ.get("PATH_INFO", "")).startswith(OWN):
            answer: Iterable[bytes] = self._moto(environ, start_response)
            return answer
        return self._own(Request(environ))(environ, start_response)

    def _own(self, request: Request) -> Response:
        match request.method, request.path.removeprefix(OWN):
            case "GET", "listeners":
                return _json(self._ports.listing())
            case "POST", "clock":
                return self._advance(request)
            case method, path:
                return _json({"error": f"{method} {OWN}{path} is not known"}, HTTPStatus.NOT_FOUND)

    def _advance(self, request: Request) -> Response:
        try:
            now = self._clock.advance(float(json.loads(request.get_data())["seconds"]))
        except (ValueError, KeyError, TypeError) as error:
            return _json({"error": f'send {{"seconds": 30}}: {error}'}, HTTPStatus.BAD_REQUEST)
        return _json({"now": now.isoformat()})


class QuietRequestHandler(MotoRequestHandler):
    """moto's request handler without a line a request; errors are still logged."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def bind(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 takes a free one. Raises OSError when the port is taken."""
    return socket.create_server((LOOPBACK, port), backlog=256)


def serving(sock: socket.socket, application: Any) -> BaseWSGIServer:
    """A threaded server on the socket. It gets the socket, as binding by itself it would exit on a taken port."""
    host, port = sock.getsockname()[:2]
    return make_server(host, port, application, threaded=True, request_handler=QuietRequestHandler, fd=sock.fileno())
