"""The fakes in the place of the real adapters, in one place: by the names that the handlers hold them by."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from recovery.aws import look, parameters, store
from recovery.core import observation, passage, protocol, release
from recovery.core.checkpoint import read
from recovery.core.fingerprint import fingerprint
from recovery.core.moments import seconds
from recovery.handlers import entry, observe, record
from simulator import control_table, leaks, services
from simulator import parameters as fake_parameters
from simulator.engine import HANDLERS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from recovery.settings import Settings

_MISSING = object()
LEVELS = ("debug", "info", "warning", "error", "exception", "critical")
MOST_KEPT = 4096
"""Of the values of a pure function, and no longer than worlds are likely to ask for them again."""


@contextmanager
def installed(settings: Settings, *, logs: bool = False) -> Generator[None]:
    """Handlers that are called inside run on the fakes. `logs`: their lines are kept as well, not only looked at."""
    adapters = (
        services.Archive,
        services.Balancer,
        services.Groups,
        services.Metrics,
        services.Notify,
        fake_parameters.Parameters,
        services.Runs,
        services.Templates,
        services.TestListener,
        services.Topic,
    )
    made: dict[str, Any] = {adapter.__name__: _always(adapter()) for adapter in adapters}
    made |= {"clock": services.Clock, "settings": lambda: settings}
    before: list[tuple[Any, str, Any]] = []

    def put(module: Any, name: str, value: Any) -> None:
        before.append((module, name, getattr(module, name)))
        setattr(module, name, value)

    for module in (*_handlers(), look):
        for name, value in made.items():
            if getattr(module, name, _MISSING) is not _MISSING:
                put(module, name, value)
    put(store, "client", _always(control_table.Typed() if logs else control_table.Dynamo()))
    put(store, "ask", control_table.ask)
    put(parameters, "client", fake_parameters.CLIENTS.__getitem__)
    put(parameters, "ask", fake_parameters.ask)
    if not logs:
        # An item is what DynamoDB's own types would say, written out: it need not be said twice a call.
        put(store, "_written", _as_it_is)
        put(store, "_read", _as_it_is)
        put(store.Store, "get", control_table.got)
    put(release, "fingerprint", _Once(fingerprint))
    put(release.Release, "of", _Once(release.Release.of))
    put(observation.Group, "runs", _method(_Once(observation.Group.runs)))
    for module in (entry, passage):
        put(module, "seconds", lru_cache(4096)(seconds))
    put(protocol, "table", _Once(protocol.table))
    for module in (observe, record):
        # A pure function of a text; one that raises is asked again.
        put(module, "read", lru_cache(read))
    for level in LEVELS:
        put(entry.log, level, leaks.watched(getattr(entry.log, level) if logs else None))
    try:
        yield
    finally:
        for module, name, value in reversed(before):
            setattr(module, name, value)


def _handlers() -> list[Any]:
    """The entry points' modules, and those that they share."""
    package = {handler.__module__.rpartition(".")[0] for handler in HANDLERS.values()}
    return [module for name, module in sorted(sys.modules.items()) if name.rpartition(".")[0] in package]


def _always(value: Any) -> Callable[..., Any]:
    def give(*_arguments: object) -> Any:
        return value

    return give


def _method(value: _Once) -> Callable[[Any], Any]:
    """A function becomes a method where it is a class's own; another callable does not."""

    def method(self: Any) -> Any:
        return value(self)

    return method


def _as_it_is(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return item


class _Once:
    """A pure function of one value, computed once for each: documents are shared, and never changed in place."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function
        self._found: dict[int, tuple[object, Any]] = {}

    def __call__(self, value: Any) -> Any:
        known = self._found.get(id(value))
        if known is None:
            if len(self._found) >= MOST_KEPT:
                self._found.clear()
            # The value is kept with it, so that no other one gets its id.
            known = self._found[id(value)] = (value, self._function(value))
        return known[1]
