"""The HTTP server: moto's application, and beside it the routes of this emulator's own under /_localaws/."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs] moto's own code, not a package root
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Request, Response

from localaws.traffic.ports import Ports

if TYPE_CHECKING:
    import socket
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


class PlainRequestHandler(MotoRequestHandler):
    """moto's request handler without colours in its line a request; the logger's level decides if it is written."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        self.log("info", "%s %s %s", self.requestline, code, size)


def serving(sock: socket.socket, application: Any) -> BaseWSGIServer:
    """A threaded server on the socket. It gets the socket, as binding by itself it would exit on a taken port."""
    host, port = sock.getsockname()[:2]
    return make_server(host, port, application, threaded=True, request_handler=PlainRequestHandler, fd=sock.fileno())


def _json(content: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(json.dumps(content) + "\n", status=status, content_type="application/json")
