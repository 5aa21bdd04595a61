"""Replace a method of moto's, or refuse to: a patch that no longer fits must stop the start, not do nothing."""

from __future__ import annotations

import functools
import inspect
from importlib import metadata
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

# The version that the patches were written against; tests/contract holds each of them to AWS's behaviour.
MOTO = "5.2.5"


class PatchError(Exception):
    """moto is not what a patch expects."""


def require_version(installed: str | None = None) -> None:
    found = installed or metadata.version("moto")
    if found != MOTO:
        raise PatchError(f"localaws patches moto {MOTO}, but {found} is installed; install the locked version")


def original(owner: type | ModuleType, name: str, *, needs: tuple[str, ...] = ()) -> Callable[..., Any]:
    """The method as it is, provided that the owner itself defines it with the parameters that a patch relies on."""
    found: object = vars(owner).get(name)
    where = _where(owner, name)
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, staticmethod):
        found = cast("staticmethod[..., Any]", found).__func__
    if not inspect.isfunction(found):
        raise PatchError(f"localaws patches {where}, which moto no longer defines")
    missing = set(needs) - set(inspect.signature(found).parameters)
    if missing:
        raise PatchError(f"localaws patches {where}, which no longer takes {', '.join(sorted(missing))}")
    return found


def replace(owner: type | ModuleType, name: str, new: object, *, needs: tuple[str, ...] = ()) -> None:
    """Put `new` (a function or a property) in the place of a method or property that is there."""
    found = original(owner, name, needs=needs)
    if inspect.isfunction(new):
        functools.update_wrapper(new, found)  # keeps the parameters, which the next patch of it asks for
    setattr(owner, name, new)


def add(owner: type, name: str, new: Callable[..., Any]) -> None:
    """Put in a method that moto lacks, provided that it still does."""
    if name in vars(owner):
        raise PatchError(f"localaws adds {_where(owner, name)}, which moto defines by now")
    setattr(owner, name, new)


def _where(owner: type | ModuleType, name: str) -> str:
    return f"{owner.__module__}.{owner.__qualname__}.{name}" if isinstance(owner, type) else f"{owner.__name__}.{name}"
