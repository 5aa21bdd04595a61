"""A group's desired capacity lies between its minimum and its maximum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup

from localaws.patches.replacing import original, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

SIZES = ("desired_capacity", "min_size", "max_size")


def apply() -> None:
    """Auto Scaling API, UpdateAutoScalingGroup and SetDesiredCapacity; user guide, "Set scaling limits".

    Desired must be within the limits; a minimum raised over it, or a maximum lowered under it, takes it along. moto
    accepts anything.
    """
    _patch_create()
    _patch_update()
    _patch_set_desired_capacity()
    _patch_delete()


def _patch_create() -> None:
    create = original(AutoScalingBackend, "create_auto_scaling_group", needs=SIZES)

    def created(self: AutoScalingBackend, **settings: Any) -> FakeAutoScalingGroup:
        minimum, maximum, desired = (_number(settings, key) for key in ("min_size", "max_size", "desired_capacity"))
        if minimum is None or maximum is None:
            raise ValidationError("MinSize and MaxSize are required")
        _require_within(minimum if desired is None else desired, minimum, maximum)
        return create(self, **settings)

    replace(AutoScalingBackend, "create_auto_scaling_group", created)


def _patch_update() -> None:
    update = original(FakeAutoScalingGroup, "update", needs=SIZES)

    def updated(self: FakeAutoScalingGroup, **changes: Any) -> None:
        minimum, maximum = _number(changes, "min_size"), _number(changes, "max_size")
        minimum = self.min_size or 0 if minimum is None else minimum
        maximum = self.max_size or 0 if maximum is None else maximum
        desired = _number(changes, "desired_capacity")
        if desired is None:
            desired = self.desired_capacity or 0
            if minimum <= maximum:
                desired = min(max(desired, minimum), maximum)
        _require_within(desired, minimum, maximum)
        update(self, **{**changes, "desired_capacity": desired})

    replace(FakeAutoScalingGroup, "update", updated)


def _patch_set_desired_capacity() -> None:
    set_desired = original(AutoScalingBackend, "set_desired_capacity", needs=("group_name", "desired_capacity"))

    def desired_set(self: AutoScalingBackend, group_name: str, desired_capacity: int | None) -> None:
        group = self.autoscaling_groups.get(group_name)
        if group is None:
            raise ValidationError(f"AutoScalingGroup name not found - {group_name}")
        if desired_capacity is not None and desired_capacity > (group.max_size or 0):
            raise ValidationError(
                f"New SetDesiredCapacity value {desired_capacity} is above max value {group.max_size} "
                "for the AutoScalingGroup."
            )
        if desired_capacity is not None and desired_capacity < (group.min_size or 0):
            raise ValidationError(
                f"New SetDesiredCapacity value {desired_capacity} is below min value {group.min_size} "
                "for the AutoScalingGroup."
            )
        set_desired(self, group_name, desired_capacity)

    replace(AutoScalingBackend, "set_desired_capacity", desired_set)


def _patch_delete() -> None:
    delete = original(AutoScalingBackend, "delete_auto_scaling_group", needs=("group_name",))

    def deleted(self: AutoScalingBackend, group_name: str) -> None:
        group = self.autoscaling_groups.get(group_name)
        if group:
            group.min_size = 0  # moto deletes by scaling to 0, which is no request of the user's to be refused
            group.suspended_processes = []
        delete(self, group_name)
        for name, policy in list(self.policies.items()):
            if policy.auto_scaling_group_name == group_name:
                del self.policies[name]

    replace(AutoScalingBackend, "delete_auto_scaling_group", deleted)


def _number(settings: Mapping[str, Any], key: str) -> int | None:
    value = settings.get(key)
    return None if value is None else int(value)


def _require_within(desired: int, minimum: int, maximum: int) -> None:
    if minimum > maximum:
        raise ValidationError(f"Max bound, {maximum}, must be greater than or equal to min bound, {minimum}")
    if not minimum <= desired <= maximum:
        raise ValidationError(
            f"Desired capacity:{desired} must be between the specified min size:{minimum} and max size:{maximum}"
        )
