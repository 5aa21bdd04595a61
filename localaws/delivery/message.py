"""What a target of a rule gets of an event: all of it, a part, a constant, or a template filled in."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = re.compile(r"<([A-Za-z0-9_.-]+)>")
STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(?:'([^']+)'|(\d+))\]")
MISSING = object()


def message(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """EventBridge API, Target: one of Input, InputPath and InputTransformer, or else the whole event, as JSON text."""
    if target.get("Input"):
        return str(target["Input"])
    if target.get("InputPath"):
        found = at_path(event, str(target["InputPath"]))
        return json.dumps(None if found is MISSING else found)
    if target.get("InputTransformer"):
        return transformed(target["InputTransformer"], event, rule_arn)
    return json.dumps(event)


def transformed(transformer: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """EventBridge user guide, "Amazon EventBridge input transformation".

    A variable's value is put in as JSON: a string gets its quotes, unless it stands inside of a string. The names that
    start with aws.events are reserved.
    """
    paths: Mapping[str, str] = transformer.get("InputPathsMap") or {}
    values: dict[str, Any] = {name: at_path(event, path) for name, path in paths.items()}
    values |= {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": event,
        "aws.events.event.json": event,
    }
    template = str(transformer["InputTemplate"])

    def filled(found: re.Match[str]) -> str:
        value = values.get(found[1], MISSING)
        if value is MISSING:
            return "" if _inside_string(template, found.start()) else '""'
        if not _inside_string(template, found.start()):
            return json.dumps(value)
        text = value if isinstance(value, str) else json.dumps(value)
        return json.dumps(text)[1:-1]

    return VARIABLE.sub(filled, template)


def at_path(event: object, path: str) -> Any:
    """The value at a path of names and indices ($.detail.list[0].name), or MISSING."""
    value: Any = event
    for name, quoted, index in STEP.findall(path.removeprefix("$")):
        try:
            value = value[int(index)] if index else value[name or quoted]
        except (KeyError, IndexError, TypeError):
            return MISSING
    return value


def _inside_string(template: str, position: int) -> bool:
    before = re.sub(r"\\.", "", template[:position])
    return before.count('"') % 2 == 1
