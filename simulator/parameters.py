"""Fakes of SSM and KMS behind the parameters' own adapter, which is real: what it does with a value is looked at."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from recovery.aws import parameters
from recovery.aws.clients import translated
from simulator.calls import STAGE
from simulator.site import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simulator.paths import Doc

CIPHERTEXT = "AQICAHh...not-decrypted"
"""A SecureString's value where nobody asks for it to be decrypted (SSM API, GetParameterHistory)."""


class Ssm:
    """The client that the real Parameters asks: every version that was ever made is there, and its value with it."""

    def get_parameter_history(self, *, Name: str, WithDecryption: bool = False, **_: Any) -> Doc:  # noqa: N803
        value = SECRET if WithDecryption else CIPHERTEXT
        versions = self._versions(Name, "GetParameterHistory")
        return {
            "Parameters": [{"Name": Name, "Type": "SecureString", "Version": one, "Value": value} for one in versions]
        }

    def label_parameter_version(self, *, Name: str, ParameterVersion: int, **_: Any) -> Doc:  # noqa: N803
        if ParameterVersion not in self._versions(Name, "LabelParameterVersion"):
            raise _refused("ParameterVersionNotFound", "LabelParameterVersion")
        return {"InvalidLabels": [], "ParameterVersion": ParameterVersion}

    @staticmethod
    def _versions(name: str, operation: str) -> Sequence[int]:
        try:
            return STAGE.engine.world.site.parameters[name]
        except KeyError:
            raise _refused("ParameterNotFound", operation) from None


class Kms:
    """Its key works."""

    def describe_key(self, **_: Any) -> Doc:
        return {"KeyMetadata": {"KeyState": parameters.USABLE}}


def _refused(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)


CLIENTS: Mapping[str, Any] = {"ssm": Ssm(), "kms": Kms()}
"""Service → the client of it, in the place of recovery.aws.clients.client for the parameters."""


def ask(method: Callable[..., Any], **arguments: Any) -> Any:
    """In the place of recovery.aws.clients.ask, for the parameters and their key."""
    service = "kms" if method.__name__ == "describe_key" else "ssm"
    try:
        return STAGE.call(service, partial(method, **arguments), write=method.__name__.startswith("label"))
    except ClientError as error:
        raise translated(error) from error


class Parameters(parameters.Parameters):
    """The real adapter, on those clients: what it asks for and what it does with a value is looked at."""

    def __init__(self) -> None:
        self._key, self._ssm = "the-key", CLIENTS["ssm"]
