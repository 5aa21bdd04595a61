"""The app's parameters in SSM: SecureStrings under a key of our own, written without a copy anywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle, TerraformStack, TerraformVariable
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from modules.parameter_names import resource_id, variable_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modules.naming import Naming
    from modules.settings import Parameter


class Parameters(Construct):
    """One SSM parameter a setting.

    `references` maps each key to what an instance reads: `name:version` where pinned, the bare name where not.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        naming: Naming,
        parameters: Mapping[str, Parameter],
        key_arn: str,
        protect: bool,
    ) -> None:
        super().__init__(scope, id_)
        self._key_arn = key_arn
        self._lifecycle = TerraformResourceLifecycle(prevent_destroy=True) if protect else None
        self.arns = [naming.arn("ssm", f"parameter{naming.parameter(key)}") for key in parameters]
        self.references: dict[str, str] = {}
        for key, parameter in parameters.items():
            name = naming.parameter(key)
            resource = self._secret(key, name, parameter) if parameter.secret else self._plain(key, name, parameter)
            self.references[key] = f"{name}:{_version(resource, parameter)}" if parameter.pinned else name

    def _secret(self, key: str, name: str, parameter: Parameter) -> SsmParameter:
        # An ephemeral variable is in no plan and no state, nor is a write-only argument (Terraform, "Ephemerality").
        variable = TerraformVariable(
            TerraformStack.of(self),
            variable_name(key),
            type="string",
            sensitive=True,
            nullable=False,
            description=f"The value of {name}. It is written when parameters.{key}.revision grows, else ignored.",
        )
        variable.add_override("ephemeral", True)
        variable.add_override(
            "validation",
            [
                {
                    "condition": f"${{length(var.{variable_name(key)}) > 0}}",
                    "error_message": f"Give the value of {name} in the environment: TF_VAR_{variable_name(key)}.",
                }
            ],
        )
        return SsmParameter(
            self,
            resource_id(key),
            name=name,
            type="SecureString",
            key_id=self._key_arn,
            value_wo=variable.string_value,
            value_wo_version=parameter.revision,
            lifecycle=self._lifecycle,
        )

    def _plain(self, key: str, name: str, parameter: Parameter) -> SsmParameter:
        # insecure_value: a value that stands in a file under version control may be read in the plan as well.
        return SsmParameter(
            self, resource_id(key), name=name, type="String", insecure_value=parameter.value, lifecycle=self._lifecycle
        )


def _version(parameter: SsmParameter, setting: Parameter) -> str:
    """The version that a release pins, unknown in a plan that writes a new one.

    The provider plans the version of before when a value changes; the release would then name the old value, and the
    next plan would not be empty. What it does mark as unknown then is `has_value_wo` of a secret and `value` of the
    others, and a text that hangs on an unknown condition is unknown.
    """
    unknown = f"{parameter.fqn}.has_value_wo" if setting.secret else f'nonsensitive({parameter.fqn}.value) == ""'
    return f'${{{parameter.fqn}.version}}${{{unknown} ? "" : ""}}'
