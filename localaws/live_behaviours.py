"""Behaviours that were changed while instances run, so that a release can start failing after it was promoted."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws.behaviour import Behaviour, changed
from localaws.instances import RELEASE_TAG, age_seconds, behaviour, tag

if TYPE_CHECKING:
    from datetime import datetime

    from moto.ec2.models.instances import Instance


@dataclass(frozen=True, slots=True)
class Change:
    """Words on top of what user data says, for one instance or for a release, those of it launched later as well."""

    words: str
    instance: str = ""
    release: str = ""  # the Release tag's value, or the beginning of it

    def concerns(self, instance: Instance) -> bool:
        if self.instance:
            return instance.id == self.instance
        return tag(instance, RELEASE_TAG).startswith(self.release)


@dataclass(frozen=True, slots=True)
class Acting:
    """What an instance does now, and what it did before the last change, which health checks take a while to notice."""

    now: Behaviour
    before: Behaviour
    seconds_since: float


class LiveBehaviours:
    """The changes in force. All are taken back at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changes: tuple[Change, ...] = ()
        self._earlier: tuple[Change, ...] = ()
        self._changed_at: datetime | None = None

    @property
    def changes(self) -> tuple[Change, ...]:
        return self._changes

    def add(self, change: Change, at: datetime) -> None:
        """Raises BehaviourError for words that are not known."""
        changed(Behaviour(), change.words)
        with self._lock:
            self._set((*self._changes, change), at)

    def clear(self, at: datetime) -> None:
        with self._lock:
            self._set((), at)

    def of(self, instance: Instance) -> Behaviour:
        return _on_top(behaviour(instance.user_data), self._changes, instance)

    def acting(self, instance: Instance, at: datetime) -> Acting:
        """One that was launched after the last change has known nothing else."""
        with self._lock:
            changes, earlier, changed_at = self._changes, self._earlier, self._changed_at
        base = behaviour(instance.user_data)
        now = _on_top(base, changes, instance)
        since = (at - changed_at).total_seconds() if changed_at else 0.0
        if changed_at is None or since >= age_seconds(instance, at):
            return Acting(now, now, since)
        return Acting(now, _on_top(base, earlier, instance), since)

    def _set(self, changes: tuple[Change, ...], at: datetime) -> None:
        self._earlier, self._changes, self._changed_at = self._changes, changes, at


def _on_top(base: Behaviour, changes: tuple[Change, ...], instance: Instance) -> Behaviour:
    for change in changes:
        if change.concerns(instance):
            base = changed(base, change.words)
    return base
