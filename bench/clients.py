"""Which of boto3's clients a handler needs: read from the source, so that nobody has to keep a list."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HANDLERS, ADAPTERS = "recovery.handlers", "recovery.aws"
CREATOR = "client"
"""What the adapters get their clients from."""
Adapter = tuple[str, str]
"""A module of the adapters, and a name in it."""


def services(folder: Path, handler: str) -> tuple[str, ...]:
    """The clients that a handler needs, read from the source of the adapters that it uses, method by method."""
    adapters = {name: _class(folder, name) for name in _adapters(folder, f"{HANDLERS}.{handler}")}
    used = _attributes(_tree(folder, f"{HANDLERS}.{handler}"))
    while more := {name for tree in adapters.values() for name in _attributes(_called(tree, used))} - used:
        used |= more
    return tuple(sorted({service for tree in adapters.values() for service in _created(_called(tree, used))}))


def _adapters(folder: Path, module: str) -> set[Adapter]:
    """What a module imports of the adapters, and what those use of each other."""
    found = {
        (node.module, alias.name)
        for node in _tree(folder, module).body
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(f"{ADAPTERS}.")
        for alias in node.names
    }
    return found.union(*(_adapters(folder, inner) for inner, _ in found))


def _class(folder: Path, adapter: Adapter) -> ast.ClassDef:
    module, name = adapter
    found = [one for one in _tree(folder, module).body if isinstance(one, ast.ClassDef) and one.name == name]
    return found[0] if found else ast.ClassDef(name, [], [], [], [])


def _called(adapter: ast.ClassDef, used: set[str]) -> ast.Module:
    """Its constructor, and those of its methods whose names are used."""
    methods = [one for one in adapter.body if isinstance(one, ast.FunctionDef)]
    return ast.Module([one for one in methods if one.name == "__init__" or one.name in used], [])


def _attributes(tree: ast.Module) -> set[str]:
    # The settings have names of their own; every other receiver may be an adapter.
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and not ast.unparse(node.value).endswith("settings")
    }


def _created(tree: ast.Module) -> list[str]:
    found: list[str] = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(service)), *_]) if name == CREATOR:
                found.append(service)
            case _:
                pass
    return found


def _tree(folder: Path, module: str) -> ast.Module:
    return ast.parse((folder / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
