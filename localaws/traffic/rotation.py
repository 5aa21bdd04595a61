"""Whose turn it is: a smooth weighted round-robin, so that shares are exact over few requests and repeatable."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Rotation:
    """Turns by name (a rule, a target group). A change of the weights starts the name's turns anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: dict[str, tuple[dict[str, int], dict[str, int]]] = {}

    def choose(self, name: str, weights: Mapping[str, int]) -> str | None:
        """The next key, in proportion to the weights; a weight of 0 never has a turn. None if none has a weight."""
        positive = {key: weight for key, weight in weights.items() if weight > 0}
        if not positive:
            return None
        with self._lock:
            known, credit = self._turns.get(name, ({}, {}))
            if known != positive:
                credit = dict.fromkeys(positive, 0)
                self._turns[name] = (positive, credit)
            for key, weight in positive.items():
                credit[key] += weight
            chosen = max(credit, key=lambda key: credit[key])
            credit[chosen] -= sum(positive.values())
            return chosen
