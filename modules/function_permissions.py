"""A function's policy statements, made from what its handler's calls declare that they need."""

from __future__ import annotations

from modules.policy import Statement, statement
from recovery.permissions import GRANTS, On, Permission

Arns = dict[On, tuple[str, ...]]
"""Kind of resource → ARNs."""


def statements(function: str, arns: Arns) -> list[Statement]:
    """Of one function. Raises KeyError where a kind of resource has no ARN."""
    return [_statement(number, permission, arns) for number, permission in enumerate(GRANTS[function], start=1)]


def _statement(number: int, permission: Permission, arns: Arns) -> Statement:
    service, _, action = permission.actions[0].partition(":")
    conditions = {
        operator: {key: _values(values, arns) for key, values in keys.items()}
        for operator, keys in permission.when.items()
    }
    return statement(
        f"{service.title()}{action}{number}",
        permission.actions,
        ["*"] if permission.on is On.ANY else arns[permission.on],
        conditions=conditions or None,
    )


def _values(values: tuple[str, ...], arns: Arns) -> list[str]:
    return [found for value in values for found in (arns[value] if isinstance(value, On) else (value,))]
