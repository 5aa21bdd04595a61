"""Requests through the test listener, from inside the VPC. Asks AWS nothing, and so needs no permission."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import TYPE_CHECKING, Any

from recovery.core.smoking import Reply

if TYPE_CHECKING:
    from recovery.settings import Settings

HEADER = "X-Lastgood-Group"
TIMEOUT_SECONDS = 3.0
BODY_LIMIT = 65_536


class TestListener:
    """Of one environment's load balancer."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def ask(self, node: str, colour: str) -> Reply:
        """One request to one node; what goes wrong is in the reply."""
        try:
            connection = self._connection(node)
            try:
                headers = {HEADER: colour, "Host": self._settings.host or node, "User-Agent": "lastgood-smoke"}
                connection.request("GET", self._settings.health_path, headers=headers)
                response = connection.getresponse()
                body = response.read(BODY_LIMIT)
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            return Reply(0, "", f"no answer from {node}: {type(error).__name__}: {error}")
        return Reply(response.status, _release(body))

    def _connection(self, node: str) -> http.client.HTTPConnection:
        port = int(self._settings.test_port)
        if not self._settings.host:
            return http.client.HTTPConnection(node, port, timeout=TIMEOUT_SECONDS)
        return _ByName(node, port, self._settings.host)


class _ByName(http.client.HTTPSConnection):
    """Connects to an address, and asks for the certificate of a name."""

    def __init__(self, node: str, port: int, name: str) -> None:
        super().__init__(node, port, timeout=TIMEOUT_SECONDS)
        self._name = name

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self._name)


def _release(body: bytes) -> str:
    """What the app says that it is: `{"release": "<fingerprint>"}`."""
    try:
        document: Any = json.loads(body)
        return str(document["release"])
    except (ValueError, KeyError, TypeError):
        return ""
