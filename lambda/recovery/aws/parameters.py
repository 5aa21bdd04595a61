"""The versions of the app's parameters: whether they exist, and the label that keeps them. Never a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recovery.aws.clients import ask, client, code_of
from recovery.errors import AwsError
from recovery.permissions import LABEL_VERSIONS, READ_KEY_STATE, READ_VERSIONS, needs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recovery.settings import Settings

LABEL = "lastgood"
"""A label keeps a version from being pushed out by the 100 newer ones (SSM guide, "Parameter versions")."""
USABLE = "Enabled"


class Parameters:
    """Of one environment."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.parameter_key_arn
        self._ssm = client("ssm")

    @needs(READ_VERSIONS)
    def missing(self, references: Iterable[str]) -> list[str]:
        """Which of `name:version` (or bare names) do not exist. Values are not decrypted, nor looked at."""
        gone: list[str] = []
        for reference in references:
            name, _, version = reference.partition(":")
            versions = self._versions(name)
            if not versions or (version and int(version) not in versions):
                gone.append(reference)
        return gone

    @needs(READ_KEY_STATE)
    def key_works(self) -> bool:
        """Whether the key that the secrets are under can decrypt."""
        return self.key_state() == USABLE

    @needs(READ_KEY_STATE)
    def key_state(self) -> str:
        """`Enabled`, `Disabled`, `PendingDeletion` and others."""
        return str(ask(client("kms").describe_key, KeyId=self._key)["KeyMetadata"]["KeyState"])

    @needs(LABEL_VERSIONS)
    def keep(self, references: Mapping[str, str]) -> list[str]:
        """Label the pinned versions; those that could not be, with AWS's reason."""
        refused: list[str] = []
        for reference in references.values():
            name, _, version = reference.partition(":")
            if not version:
                continue
            answer = ask(self._ssm.label_parameter_version, Name=name, ParameterVersion=int(version), Labels=[LABEL])
            invalid: list[str] = answer.get("InvalidLabels") or []
            refused += [f"{reference}: {one}" for one in invalid]
        return refused

    @needs(READ_VERSIONS)
    def _versions(self, name: str) -> set[int]:
        found: set[int] = set()
        token: dict[str, str] = {}
        while True:
            try:
                page = ask(self._ssm.get_parameter_history, Name=name, WithDecryption=False, **token)
            except AwsError as error:
                if code_of(error) == "ParameterNotFound":
                    return set()
                raise
            found |= {int(one["Version"]) for one in page["Parameters"]}
            if not page.get("NextToken"):
                return found
            token = {"NextToken": page["NextToken"]}
