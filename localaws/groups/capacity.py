"""How many instances EC2 has left, on demand: without a word about a type and zone, as many as are asked for."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any, cast

ANY = "*"


@dataclass(frozen=True, slots=True)
class Shortage:
    """So many instances of a type can still be launched in a zone; `*` stands for every one of them."""

    instance_type: str
    zone: str
    available: int

    def concerns(self, instance_type: str, zone: str) -> bool:
        return self.instance_type in (ANY, instance_type) and self.zone in (ANY, zone)

    def shown(self) -> dict[str, str | int]:
        return {"instance_type": self.instance_type, "zone": self.zone, "available": self.available}


def read(rows: object) -> tuple[Shortage, ...]:
    """The shortages that a request asks for. Raises ValueError."""
    if not isinstance(rows, list):
        raise ValueError("a list is needed")  # noqa: TRY004 it is the sender's mistake, not a programmer's
    return tuple(_shortage(row) for row in cast("list[Any]", rows))


def _shortage(row: Any) -> Shortage:
    try:
        shortage = Shortage(str(row["instance_type"]), str(row["zone"]), int(row["available"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{row!r} lacks instance_type, zone or a number that is available") from error
    if shortage.available < 0:
        raise ValueError(f"{shortage.available} instances cannot be available")
    return shortage


class Capacity:
    """The shortages in force."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shortages: tuple[Shortage, ...] = ()

    @property
    def shortages(self) -> tuple[Shortage, ...]:
        return self._shortages

    def limit(self, shortages: tuple[Shortage, ...]) -> None:
        """In the place of those before."""
        with self._lock:
            self._shortages = shortages

    def take(self, instance_type: str, zone: str) -> bool:
        """One instance, if there is one."""
        with self._lock:
            concerned = [one for one in self._shortages if one.concerns(instance_type, zone)]
            if any(not one.available for one in concerned):
                return False
            self._shortages = tuple(
                replace(one, available=one.available - 1) if one in concerned else one for one in self._shortages
            )
            return True
