"""What every stack has: provider and tags, remote state and lock, the account guard, readable addresses."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import jsii
from cdktf import DataTerraformRemoteStateS3, S3Backend, TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_partition import DataAwsPartition
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags

from modules.remote_state import RemoteState

if TYPE_CHECKING:
    from cdktf import TerraformElement
    from constructs import Construct

    from modules.naming import Naming
    from modules.settings import Settings


class EnvironmentStack(TerraformStack):
    """A Terraform stack of one environment."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings, naming: Naming) -> None:
        self._addresses: dict[str, str] = {}
        self._root = f"{id_}/"
        super().__init__(scope, id_)
        self.settings = settings
        self.naming = naming
        self._remote_state = RemoteState.of(naming, settings.state.lock)
        AwsProvider(self, "aws", region=naming.region, default_tags=[AwsProviderDefaultTags(tags=naming.tags())])
        S3Backend(self, **self._remote_state.arguments(id_))
        if self._remote_state.use_lockfile:
            # cdktf 0.21 is older than the argument (Terraform 1.10).
            self.add_override("terraform.backend.s3.use_lockfile", True)
        self._guard_account()

    @cached_property
    def dns_suffix(self) -> str:
        """The partition's own, for service principals (amazonaws.com, amazonaws.com.cn)."""
        return DataAwsPartition(self, "partition").dns_suffix

    def outputs_of(self, stack: str) -> DataTerraformRemoteStateS3:
        """Another stack's outputs, read from its remote state."""
        arguments = self._remote_state.arguments(stack)
        # Reading takes no lock, and the state data source knows neither argument.
        for key in ("dynamodb_table", "encrypt"):
            arguments.pop(key, None)
        return DataTerraformRemoteStateS3(self, stack, **arguments)

    def _guard_account(self) -> None:
        caller = DataAwsCallerIdentity(self, "caller")
        account, environment = self.naming.account, self.naming.environment
        output = TerraformOutput(
            self, "account", value=caller.account_id, description="The account that holds this environment"
        )
        # cdktf 0.21 takes `precondition` as an argument and leaves it out of the JSON.
        output.add_override(
            "precondition",
            [
                {
                    "condition": f'${{{caller.fqn}.account_id == "{account}"}}',
                    "error_message": (
                        f"Environment {environment} belongs to account {account} "
                        f"(config/{environment}.toml, aws.account), "
                        f"but the credentials in use are those of account ${{{caller.fqn}.account_id}}. "
                        f"Use credentials of {account}."
                    ),
                }
            ],
        )

    @jsii.member(jsii_name="allocateLogicalId")
    def _allocate_logical_id(self, tf_element: TerraformElement) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Address an element by its path (`blue_group_cpu`), not by a hash of it: a plan's reader knows it again."""
        path = tf_element.node.path
        address = path.removeprefix(self._root).replace("/", "_").replace("-", "_")
        if self._addresses.setdefault(address, path) != path:
            raise ValueError(f"{path} and {self._addresses[address]} would both be called {address}; rename one")
        return address
