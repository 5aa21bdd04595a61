"""A customer-managed KMS key with its alias."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

from modules.policy import Statement, account_administers_key, document, statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modules.naming import Naming

DELETION_WINDOW_DAYS = 30


class EncryptionKey(Construct):
    """A key that rotates yearly. `thing` names its alias; `statements` let services use it."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        naming: Naming,
        thing: str,
        purpose: str,
        statements: tuple[Statement, ...],
        protect: bool,
    ) -> None:
        super().__init__(scope, id_)
        key = KmsKey(
            self,
            "key",
            description=f"{naming.prefix}: {purpose}",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=document(account_administers_key(naming.partition, naming.account), *statements),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protect else None,
        )
        KmsAlias(self, "alias", name=f"alias/{naming.name(thing)}", target_key_id=key.key_id)
        self.arn = key.arn


def logs_may_encrypt(naming: Naming, dns_suffix: str) -> Statement:
    """CloudWatch Logs may use the key for this app's log groups only (CloudWatch Logs guide, "Encrypt log data")."""
    return statement(
        "LogsEncrypt",
        [
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
            "kms:GenerateDataKey",
            "kms:DescribeKey",
        ],
        ["*"],
        principals={"Service": f"logs.{naming.region}.{dns_suffix}"},
        conditions={
            "ArnLike": {
                "kms:EncryptionContext:aws:logs:arn": [
                    naming.arn("logs", f"log-group:{naming.log_group('*')}"),
                    naming.arn("logs", f"log-group:/aws/vendedlogs/states/{naming.prefix}-*"),
                ]
            }
        },
    )


def services_may_encrypt(naming: Naming, services: Sequence[str]) -> Statement:
    """EventBridge into an encrypted queue, CloudWatch into an encrypted topic: of this account alone."""
    return statement(
        "ServicesEncrypt",
        ["kms:Decrypt", "kms:GenerateDataKey"],
        ["*"],
        principals={"Service": list(services)},
        conditions={"StringEquals": {"aws:SourceAccount": naming.account}},
    )
