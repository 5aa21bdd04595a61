"""The HTTP server: moto's application, and beside it the routes of this emulator's own under /_localaws/."""

from __future__ import annotations

import io
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

from localaws import fleet_routes, operations
from localaws.faults import TWICE, repeated
from localaws.functions.routes import routes
from localaws.refusals import refusal
from localaws.traffic.ports import Ports

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from waitress.server import BaseWSGIServer

    from localaws.compute import Compute
    from localaws.faults import Fault
    from localaws.fleet import Fleet
    from localaws.operations import Call

OWN = "/_localaws/"
ALL = ("GET", "PUT", "DELETE")
# Terraform applies ten resources at a time, and its stacks may be applied side by side.
THREADS = 32
CONNECTIONS = 1000
# Longer than clients keep an idle connection (Go 90 s, boto3 60 s): theirs to close, so no request meets a closing one.
IDLE_SECONDS = 180
# An answer goes out in one piece. When its head came apart from its body, Terraform took 6 of 2,700 answers for lost
# and asked again; having taken a lock already, it was then refused by itself.
SEND_BYTES = 65_536
log = logging.getLogger(__name__)


class Dispatcher(DomainDispatcherApplication):
    """moto's choice of a service, once a host: it lists the folder of its own modules for each request."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._chosen: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """The service's name."""
        if host not in self._chosen:
            self._chosen[host] = super().get_backend_for_host(host)
        return self._chosen[host]


class Application:
    """Under /_localaws/, each with JSON.

    GET listeners: the real ports; GET routes: the same for a function's connections.
    POST clock {"seconds": 30}: move the clock on.
    GET, PUT, DELETE behaviour, capacity: see localaws.fleet_routes.
    GET, PUT, DELETE faults: a list of faults (localaws.faults.Fault), each with its hits when it is read.
    GET, PUT, DELETE delivery {"paused": true}: hold events back. POST redeliver {"count": 2}: the last events again.
    """

    def __init__(self, account: str, compute: Compute, fleet: Fleet) -> None:
        self._moto = Dispatcher()
        self._ports = Ports(account, fleet)
        self._account = account
        self._compute = compute
        self._fleet = fleet
        self._routes: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "listeners"): lambda _: _json(self._ports.listing()),
            ("GET", "routes"): lambda _: _json(routes(self._account, self._ports)),
            ("POST", "clock"): self._advance,
            ("POST", "redeliver"): self._redeliver,
            **{(method, "behaviour"): self._of_fleet for method in ALL},
            **{(method, "capacity"): self._of_fleet for method in ALL},
            **{(method, "faults"): self._set_faults for method in ALL},
            **{(method, "delivery"): self._hold for method in ALL},
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def logged(status: str, *rest: Any) -> Any:
            log.info("%s %s %s", environ["REQUEST_METHOD"], environ["REQUEST_URI"], status)
            return start_response(status, *rest)

        # What moto tells an encoded S3 key by; its usual server says it under this name.
        environ["RAW_URI"] = environ["REQUEST_URI"]
        return self._answer(environ, logged)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if str(environ.get("PATH_INFO", "")).startswith(OWN):
            return self._own(Request(environ))(environ, start_response)
        # A call of a busy machine's would look to its caller as if AWS had thought about it for a minute.
        with self._compute.clock.at_real_pace():
            return self._called(environ, start_response)

    def _called(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        call, fault = self._met(request)
        if fault is None or call is None:
            answer: Iterable[bytes] = self._moto(environ, start_response)
            return answer
        if fault.effect == TWICE:
            return repeated(fault, lambda: self._of_moto(request))(environ, start_response)
        if fault.effect == "lost":
            b"".join(self._moto(environ, _unheard))
        return _refused(request, call, fault)(environ, start_response)

    def _of_moto(self, request: Request) -> Response:
        """Its answer to the request as it came: it may come again."""
        environ = dict(request.environ) | {"wsgi.input": io.BytesIO(request.get_data())}
        return Response.from_app(self._moto, environ, buffered=True)

    def _met(self, request: Request) -> tuple[Call | None, Fault | None]:
        """The fault that a call meets; the body is put back for moto to read it."""
        if not self._compute.faults.any():
            return None, None
        request.environ["wsgi.input"] = io.BytesIO(request.get_data())
        call = operations.call(request)
        return call, self._compute.faults.meet(call) if call else None

    def _own(self, request: Request) -> Response:
        path = request.path.removeprefix(OWN)
        found = self._routes.get((request.method, path))
        if found is None:
            return _json({"error": f"{request.method} {OWN}{path} is not known"}, HTTPStatus.NOT_FOUND)
        return found(request)

    def _of_fleet(self, request: Request) -> Response:
        path = request.path.removeprefix(OWN)
        return _json(*fleet_routes.answer(self._fleet, request.method, path, request.get_data()))

    def _advance(self, request: Request) -> Response:
        try:
            now = self._fleet.advance(float(json.loads(request.get_data())["seconds"]))
        except (ValueError, KeyError, TypeError) as error:
            return _json({"error": f'send {{"seconds": 30}}: {error}'}, HTTPStatus.BAD_REQUEST)
        return _json({"now": now.isoformat()})

    def _set_faults(self, request: Request) -> Response:
        faults = self._compute.faults
        try:
            if request.method != "GET":
                faults.replace(json.loads(request.get_data()) if request.method == "PUT" else [])
        except (ValueError, TypeError) as error:
            return _json({"error": str(error)}, HTTPStatus.BAD_REQUEST)
        return _json(faults.listing())

    def _hold(self, request: Request) -> Response:
        deliveries = self._compute.deliveries
        try:
            held = request.method == "PUT" and bool(json.loads(request.get_data())["paused"])
        except (ValueError, KeyError, TypeError) as error:
            return _json({"error": f'send {{"paused": true}}: {error}'}, HTTPStatus.BAD_REQUEST)
        if held:
            deliveries.pause()
        elif request.method != "GET":
            deliveries.resume()
        return _json(deliveries.state())

    def _redeliver(self, request: Request) -> Response:
        try:
            count = int(json.loads(request.get_data())["count"])
        except (ValueError, KeyError, TypeError) as error:
            return _json({"error": f'send {{"count": 1}}: {error}'}, HTTPStatus.BAD_REQUEST)
        return _json({"events": self._compute.deliveries.redeliver(count)})


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


def _unheard(*_: object) -> Any:
    """Starts no response: the answer gets lost."""


def _refused(request: Request, call: Call, fault: Fault) -> Response:
    return refusal(
        call.service,
        targeted="X-Amz-Target" in request.headers,
        code=fault.code,
        status=fault.status,
        message=f"localaws was told that {call.service} is {fault.effect} for {call.operation}",
    )


def _json(content: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(json.dumps(content) + "\n", status=status, content_type="application/json")
