"""The HTTP server: moto's application, and beside it the routes of this emulator's own under /_localaws/."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs] moto's own code, not a package root
    DomainDispatcherApplication,
    create_backend_app,
)
from waitress.server import create_server
from werkzeug.wrappers import Request, Response

from localaws.traffic.ports import Ports

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from waitress.server import BaseWSGIServer

    from localaws.clock import Clock

OWN = "/_localaws/"
# Terraform applies ten resources at a time, and its stacks may be applied side by side.
THREADS = 32
CONNECTIONS = 1000
# Longer than clients keep an idle connection (Go 90 s, boto3 60 s): theirs to close, so no request meets a closing one.
IDLE_SECONDS = 180
# An answer goes out in one piece. When its head came apart from its body, Terraform took 6 of 2,700 answers for lost
# and asked again; having taken a lock already, it was then refused by itself.
SEND_BYTES = 65_536
log = logging.getLogger(__name__)


class Application:
    """GET /_localaws/listeners: the real ports. POST /_localaws/clock {"seconds": 30}: move the clock on."""

    def __init__(self, account: str, clock: Clock) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._ports = Ports(account, clock)
        self._clock = clock

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def logged(status: str, *rest: Any) -> Any:
            log.info("%s %s %s", environ["REQUEST_METHOD"], environ["REQUEST_URI"], status)
            return start_response(status, *rest)

        # What moto tells an encoded S3 key by; its usual server says it under this name.
        environ["RAW_URI"] = environ["REQUEST_URI"]
        return self._answer(environ, logged)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
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


def serving(sock: socket.socket, application: Application) -> BaseWSGIServer:
    """A server on the listening socket: `run` it, `close` it."""
    made = create_server(
        application,
        sockets=[sock],
        threads=THREADS,
        connection_limit=CONNECTIONS,
        channel_timeout=IDLE_SECONDS,
        asyncore_use_poll=True,
        send_bytes=SEND_BYTES,
    )
    return cast("BaseWSGIServer", made)  # one socket, so one server


def _json(content: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(json.dumps(content) + "\n", status=status, content_type="application/json")
