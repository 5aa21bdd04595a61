"""What a parameter's key becomes in Terraform and in an instance's environment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modules.settings import Parameter


def resource_id(key: str) -> str:
    """A parameter's key as an identifier: db/password → db_password. The settings refuse two keys with the same one."""
    return re.sub(r"[^a-z0-9]", "_", key)


def variable_name(key: str) -> str:
    """The Terraform variable that brings a secret in (TF_VAR_secret_db_password)."""
    return f"secret_{resource_id(key)}"


def secret_variables(parameters: Mapping[str, Parameter]) -> dict[str, str]:
    """The variable of each secret parameter, by the parameter's key."""
    return {key: variable_name(key) for key, parameter in parameters.items() if parameter.secret}


def export_name(key: str) -> str:
    """The environment variable that tells an instance which version to read (LASTGOOD_PARAMETER_DB_PASSWORD)."""
    return f"LASTGOOD_PARAMETER_{resource_id(key).upper()}"
