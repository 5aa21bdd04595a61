"""What any directed graph is asked: its loops, and an order of what has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def loops(ways: Iterable[tuple[str, str]]) -> list[frozenset[str]]:
    """The nodes that lead to each other, for each largest such set, but for single nodes without a way back."""
    following = _following(ways)
    return [
        found for found in _components(following) if len(found) > 1 or any(name in following[name] for name in found)
    ]


def components(ways: Iterable[tuple[str, str]], more: Iterable[str] = ()) -> list[frozenset[str]]:
    """The loops and all single nodes, each behind what leads to it. `more`: nodes that may be on no way."""
    following = _following(ways)
    for name in more:
        following.setdefault(name, [])
    return _components(following)


def cycle(nodes: frozenset[str], ways: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """A shortest way round in a loop, from its first node by name."""
    following = _following((start, to) for start, to in ways if start in nodes and to in nodes)
    first = min(nodes)
    before: dict[str, str] = {}
    waiting = [first]
    for name in waiting:
        for to in following[name]:
            if to == first:
                return _back(name, first, before)
            if to not in before:
                before[to] = name
                waiting.append(to)
    return (first,)


def _back(name: str, first: str, before: Mapping[str, str]) -> tuple[str, ...]:
    way = [name]
    while way[-1] != first:
        way.append(before[way[-1]])
    return tuple(reversed(way))


def reached(start: str, ways: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Every node that a node leads to, itself included."""
    following = _following(ways)
    found = {start}
    waiting = [start]
    while waiting:
        for to in following.get(waiting.pop(), ()):
            if to not in found:
                found.add(to)
                waiting.append(to)
    return frozenset(found)


def _following(ways: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    following: dict[str, list[str]] = {}
    for start, to in ways:
        following.setdefault(start, []).append(to)
        following.setdefault(to, [])
    return following


def _components(following: Mapping[str, list[str]]) -> list[frozenset[str]]:
    """Kosaraju's: against the ways, from what was left last. Without recursion: a machine may be a long one."""
    backward = _following((to, start) for start, ways in following.items() for to in ways)
    backward |= {name: [] for name in following if name not in backward}
    taken: set[str] = set()
    found: list[frozenset[str]] = []
    for root in reversed(_left(following)):
        if root not in taken:
            component = {root}
            waiting = [root]
            while waiting:
                more = [name for name in backward[waiting.pop()] if name not in taken and name not in component]
                component.update(more)
                waiting += more
            taken |= component
            found.append(frozenset(component))
    return found


def _left(following: Mapping[str, list[str]]) -> list[str]:
    """Every node, in the order that a depth-first walk leaves them in."""
    seen: set[str] = set()
    order: list[str] = []
    for root in following:
        work = [] if root in seen else [(root, iter(following[root]))]
        seen.add(root)
        while work:
            name, rest = work[-1]
            to = next((one for one in rest if one not in seen), None)
            if to is None:
                order.append(name)
                work.pop()
            else:
                seen.add(to)
                work.append((to, iter(following[to])))
    return order
