"""Load an environment's settings from config/<environment>.toml, with one clear line a problem."""

from __future__ import annotations

import json
import math
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from modules import run_limits
from modules.recovery_budget import METRIC_DELAY_SECONDS, least_deadline
from modules.recovery_rules import rules
from modules.settings import USER_DATA_LIMIT, USER_DATA_SHEBANGS, Settings
from modules.state_machine import definition
from recovery.core.protocol import Function
from recovery.core.signals import PERIOD_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

LATE_MINUTES = METRIC_DELAY_SECONDS // PERIOD_SECONDS
SCHEMA_FILE = "settings.schema.json"


class SettingsError(Exception):
    """Settings that cannot be used. `problems` holds one line each: file, key, value, and what would be right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Loaded:
    """An environment's settings, and the text of its user-data file."""

    settings: Settings
    user_data: str


def environments(folder: Path) -> list[str]:
    """The names of the environments that have a file in `folder`."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def load(folder: Path, environment: str) -> Loaded:
    """Read `folder`/`environment`.toml.

    Raises:
        SettingsError: with every problem of the file at once, one line each.
    """
    path = folder / f"{environment}.toml"
    if not path.is_file():
        known = ", ".join(environments(folder)) or "none"
        raise SettingsError([f"{path}: no such environment; LASTGOOD_ENV may be one of: {known}"])
    settings = _settings(path)
    problems = _name_problems(folder, path, settings)
    user_data = _user_data(path, settings, problems)
    problems += [*_verdict_problems(path, settings), *_cold_problems(path, settings)]
    problems += _history_problems(path, settings)
    if problems:
        raise SettingsError(problems)
    return Loaded(settings, user_data)


def schema() -> str:
    """The JSON Schema of a settings file, as it is committed beside the files (editors complete and check with it)."""
    return json.dumps(Settings.model_json_schema(), indent=2, sort_keys=True) + "\n"


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([f"{path}: not TOML: {error}; correct that line"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path}: cannot be read: {error}"]) from error


def _settings(path: Path) -> Settings:
    document = _document(path)
    try:
        return Settings.model_validate(document)
    except ValidationError as error:
        raise SettingsError([_line(path, problem) for problem in error.errors(include_url=False)]) from error


def _line(path: Path, problem: ErrorDetails) -> str:
    # pydantic puts a union's branch names into the location; a user's file has no such keys.
    branches = {"create", "existing", "[key]"}
    key = ".".join(str(part) for part in problem["loc"] if str(part) not in branches)
    given: object = problem["input"]
    what = f"{key} = {given!r}"
    match problem["type"]:
        case "extra_forbidden":
            what, reason = key, f"unknown key; remove it or correct its spelling ({SCHEMA_FILE} lists all keys)"
        case "missing":
            what, reason = key, "missing; add it"
        case "value_error":
            reason = str(problem["ctx"]["error"]) if "ctx" in problem else problem["msg"]
            # A check of one value says what would be right; one over several says what is wrong with them together.
            if isinstance(given, dict):
                what = key
            else:
                reason = f"must be {reason}"
        case "union_tag_invalid":
            mode = cast("dict[str, object]", given).get("mode")
            what, reason = f"{key}.mode = {mode!r}", 'must be "create" or "existing"'
        case "union_tag_not_found":
            what, reason = f"{key}.mode", 'missing; add mode = "create" or mode = "existing"'
        case "string_type":
            reason = "must be a text; put it in quotes"
        case _:
            reason = problem["msg"].replace("Input should be", "must be")
    return ": ".join(part for part in (str(path), what, reason) if part)


def _name_problems(folder: Path, path: Path, settings: Settings) -> list[str]:
    for other in sorted(folder.glob("*.toml")):
        if other == path:
            continue
        document = _document(other)
        if (document.get("app"), document.get("environment")) == (settings.app, settings.environment):
            reason = f"{other} has the same app and environment; give each environment a name of its own"
            return [f"{path}: environment = {settings.environment!r}: {reason}"]
    if settings.environment != path.stem:
        return [f"{path}: environment = {settings.environment!r}: must be the file's own name, {path.stem!r}"]
    return []


def _verdict_problems(path: Path, settings: Settings) -> list[str]:
    """A breach takes as many minutes to show as a signal's window has; before that, no release passes."""
    recovery, chosen = settings.recovery, rules(settings)
    minutes = recovery.bake_minutes + recovery.evidence_minutes
    window = max(signal.window_minutes for signal in chosen.signals)
    least = window + LATE_MINUTES
    if minutes >= least:
        return []
    reason = f"a verdict takes {window} measured minutes, and metrics come up to {LATE_MINUTES} minutes late"
    together = f"recovery: bake_minutes and evidence_minutes are {minutes} together"
    return [f"{path}: {together}: {reason}; make them {least} or more"]


def _cold_problems(path: Path, settings: Settings) -> list[str]:
    """A rollback starts no launch that its deadline cannot pay for: then each cold one would only page."""
    recovery = settings.recovery
    least = least_deadline(recovery.healthy_seconds, rules(settings).signals)
    over = least - recovery.deadline_seconds
    if over <= 0:
        return []
    what = f"recovery.deadline_seconds = {recovery.deadline_seconds}"
    around = least - recovery.healthy_seconds
    reason = f"instances may take healthy_seconds = {recovery.healthy_seconds} to boot, and {around} s go by around it"
    remedy = f"make it {least} or more, or healthy_seconds {recovery.healthy_seconds - over} or less"
    return [f"{path}: {what}: {reason}; {remedy}"]


def _history_problems(path: Path, settings: Settings) -> list[str]:
    """A run that is watched for too long fills its history, and Step Functions would end it in the middle."""
    recovery = settings.recovery
    most = _most_events(settings, recovery.bake_minutes)
    if most < run_limits.LIMIT:
        return []
    minutes = recovery.bake_minutes + recovery.evidence_minutes + recovery.canary_minutes
    each = _most_events(settings, recovery.bake_minutes + 1) - most
    fitting = minutes - math.ceil((most - run_limits.LIMIT + 1) / each)
    reason = f"a run could write {most} events, and Step Functions ends it at {run_limits.LIMIT}"
    together = f"recovery: bake_minutes, evidence_minutes and canary_minutes are {minutes} together"
    return [f"{path}: {together}: {reason}; make them {fitting} or less"]


def _most_events(settings: Settings, bake_minutes: int) -> int:
    recovery = settings.recovery.model_copy(update={"bake_minutes": bake_minutes})
    chosen = rules(settings.model_copy(update={"recovery": recovery}))
    return run_limits.most_events(definition(chosen, dict.fromkeys(Function, "")))


def _user_data(path: Path, settings: Settings, problems: list[str]) -> str:
    file = path.parent / settings.release.user_data
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        text, reason = "", f"{file} cannot be read ({error.strerror})"
    except UnicodeDecodeError:
        text, reason = "", f"{file} is not UTF-8 text"
    else:
        reason = user_data_problem(text)
    if reason:
        problems.append(f"{path}: release.user_data = {settings.release.user_data!r}: {reason}")
    return text


def user_data_problem(text: str) -> str | None:
    """What is wrong with a user-data script, if anything."""
    if text.partition("\n")[0] not in USER_DATA_SHEBANGS:
        return f"must begin with {' or '.join(USER_DATA_SHEBANGS)}: Lastgood puts its exports behind that line"
    size = len(text.encode())
    if size > USER_DATA_LIMIT:
        return f"{size} bytes; EC2 takes 16 KiB, of which {USER_DATA_LIMIT} are yours: move the rest into the artifact"
    return None
