"""IAM policy documents as pure functions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

Statement = Mapping[str, object]


def statement(
    sid: str,
    actions: Sequence[str],
    resources: Sequence[str],
    *,
    effect: str = "Allow",
    principals: Mapping[str, object] | None = None,
    conditions: Mapping[str, Mapping[str, object]] | None = None,
) -> Statement:
    """One statement; `principals` only in resource policies, e.g. {"Service": "logs.amazonaws.com"}."""
    result: dict[str, object] = {"Sid": sid, "Effect": effect, "Action": list(actions), "Resource": list(resources)}
    if principals is not None:
        result["Principal"] = dict(principals)
    if conditions is not None:
        result["Condition"] = {operator: dict(keys) for operator, keys in conditions.items()}
    return result


def document(*statements: Statement) -> str:
    """A policy document. Compact and in the order given, so that the same settings give the same bytes."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str, *, account: str) -> str:
    """Who may take a role: one service, for this account only (IAM User Guide, "The confused deputy problem")."""
    return document(
        {
            "Sid": "Service",
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": service},
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
    )


def account_administers_key(partition: str, account: str) -> Statement:
    """The account's IAM decides who may use a key; without this nobody could ever change it (KMS Developer Guide)."""
    return statement(
        "AccountAdministersKey",
        ["kms:*"],
        ["*"],
        principals={"AWS": f"arn:{partition}:iam::{account}:root"},
    )
