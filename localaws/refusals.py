"""An error of AWS's: as moto raises it, and written as the protocol of the service wants it."""

from __future__ import annotations

import json
import uuid
from http import HTTPStatus
from typing import NamedTuple
from xml.sax.saxutils import escape

from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

XML = "text/xml"
REST_JSON = ("lambda", "scheduler")
# The two families of errors that moto's backends raise.
REFUSED = (ServiceException, HTTPException)


class Reason(NamedTuple):
    """Why a call was refused."""

    code: str
    message: str
    status: int


def reason(error: Exception) -> Reason:
    """What one of REFUSED says."""
    code = str(getattr(error, "error_type", "") or getattr(error, "code", "InternalFailure"))
    status = getattr(error, "code", None) if isinstance(error, HTTPException) else getattr(error, "status_code", None)
    message = str(getattr(error, "message", "") or error)
    return Reason(code, message, status if isinstance(status, int) else int(HTTPStatus.BAD_REQUEST))


def refusal(service: str, *, targeted: bool, code: str, status: int, message: str) -> Response:
    """By the protocols of botocore's models: json (its target is in a header), rest-json, rest-xml, ec2 and query."""
    identifier = str(uuid.uuid4())
    headers = {"x-amzn-RequestId": identifier}
    if targeted:
        body = json.dumps({"__type": code, "message": message})
        return Response(body, status, headers, content_type="application/x-amz-json-1.0")
    if service in REST_JSON:
        body = json.dumps({"Type": "Service", "Message": message, "message": message})
        return Response(body, status, {**headers, "x-amzn-ErrorType": code}, content_type="application/json")
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if service == "s3":
        body = f"<Error>{error}<RequestId>{identifier}</RequestId></Error>"
    elif service == "ec2":
        body = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{identifier}</RequestID></Response>"
    else:
        body = f"<ErrorResponse><Error>{error}</Error><RequestId>{identifier}</RequestId></ErrorResponse>"
    return Response(body, status, headers, content_type=XML)
