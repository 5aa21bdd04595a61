"""What an operator's command needs to know of the control plane: Terraform's `control` output, and a copy of it here.

It is read from Terraform's state, and a copy is kept on this machine, which is all that `lastgood flip` needs when
hardly anything of AWS answers.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cli.errors import CommandError
from cli.project import WORK
from recovery.core.observation import COLOURS
from recovery.settings import PREFIX, Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cli.project import Project
    from modules.naming import Naming

STACK, OUTPUT = "control_plane", "control"
MISSING = "there is no control plane yet; run `lastgood deploy`"


@dataclass(frozen=True, kw_only=True)
class ControlRecord:
    """The output, typed."""

    submit_function: str
    readiness_function: str = ""
    """Empty in a record of a version that had none."""
    environment: Mapping[str, str]
    """Of the functions: everything that they know, the operator's command knows."""
    saved_at: float | None = field(default=None, compare=False)
    """When this machine's copy was written, which may have come from another's; None for one that is no copy."""

    @classmethod
    def of(cls, document: Any, where: str) -> ControlRecord:
        """Raises CommandError when it is no such output; `where` says what was read."""
        try:
            record = cls(
                submit_function=document["submit_function"],
                readiness_function=str(document.get("readiness_function", "")),
                environment=dict(document["environment"]),
                saved_at=None if (at := document.get("saved_at")) is None else float(at),
            )
            _ = record.region, record.target_groups
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise CommandError(f"{where} is no control record of this version; run `lastgood deploy`") from error
        return record

    def document(self) -> dict[str, Any]:
        """What `of` reads."""
        return {
            "submit_function": self.submit_function,
            "readiness_function": self.readiness_function,
            "environment": dict(self.environment),
            "saved_at": self.saved_at,
        }

    @property
    def name(self) -> str:
        """Of the app in its environment."""
        return "-".join(self.environment.get(f"{PREFIX}{part}", "?") for part in ("APP", "ENVIRONMENT"))

    @property
    def rule_arn(self) -> str:
        return self.environment[f"{PREFIX}RULE_ARN"]

    @property
    def change_seconds(self) -> float:
        """For how long a change may still land that a run sent; 0 where the record does not say."""
        return float(self.environment.get(f"{PREFIX}CHANGE_SECONDS", 0))

    @property
    def region(self) -> str:
        """Of the rule, and so of everything."""
        return self.rule_arn.split(":")[3]

    @property
    def target_groups(self) -> dict[str, str]:
        """Colour → ARN."""
        return {colour: self.environment[f"{PREFIX}TARGET_GROUP_{colour.upper()}"] for colour in COLOURS}

    def settings(self) -> Settings:
        """The functions' own. Raises CommandError when they are of another version than this command."""
        try:
            return Settings.from_env(self.environment)
        except SettingsError as error:
            raise CommandError(f"the control plane is of another version ({error}); run `lastgood deploy`") from error


def of_state(text: bytes) -> Any:
    """The output in a state file; None where it has none."""
    return json.loads(text).get("outputs", {}).get(OUTPUT, {}).get("value")


def path(naming: Naming) -> Path:
    """Where this machine keeps its copy."""
    return WORK / naming.prefix / "control.json"


def of_environment(project: Project) -> Path:
    """Where the copy of the chosen environment is. Raises CommandError where its settings do not say what it is."""
    from modules.naming import Naming  # noqa: PLC0415 a settings library, which a record's reader can do without

    try:
        return path(Naming.of(project.settings()))
    except CommandError as error:
        kept = ", ".join(str(file) for file in sorted(WORK.glob("*/control.json"))) or "none here"
        raise CommandError(f"{error}; or name a record with --record FILE ({kept})") from error


def save(record: ControlRecord, file: Path) -> None:
    """Keep a copy, whole or not at all. Where it cannot be kept that is said, and nothing else fails of it."""
    draft = file.with_suffix(".new")
    text = json.dumps(replace(record, saved_at=time.time()).document(), indent=2)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(f"{text}\n", encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        print(f"{file} cannot be written ({error.strerror}): `lastgood flip` lacks a current copy", file=sys.stderr)


def read(file: Path) -> ControlRecord:
    """A copy. Raises CommandError."""
    try:
        document: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise CommandError(
            f"{file} cannot be read ({reason}); name another machine's copy with --record FILE"
        ) from error
    except ValueError as error:
        raise CommandError(f"{file} is not JSON; name another machine's copy with --record FILE") from error
    return ControlRecord.of(document, str(file))


def find(project: Project) -> ControlRecord:
    """From the state, and keep a copy; from the copy when the state cannot be read. Raises CommandError."""
    from cli.aws import Aws  # noqa: PLC0415 `flip` reads a copy, and asks nothing of S3
    from modules.naming import Naming  # noqa: PLC0415 as above
    from modules.remote_state import RemoteState  # noqa: PLC0415 as above

    settings = project.settings()
    naming = Naming.of(settings)
    state, file = RemoteState.of(naming, settings.state.lock), path(naming)
    aws = Aws(naming.region)
    aws.require(naming.account, project.file)
    try:
        text = aws.object(state.bucket, state.key(STACK))
    except CommandError as error:
        if not file.exists():
            raise
        print(f"the state cannot be read ({error}); {file} is used", file=sys.stderr)
        return read(file)
    document = of_state(text) if text else None
    if document is None:
        raise CommandError(MISSING)
    record = ControlRecord.of(document, f"the output {OUTPUT!r} of {state.key(STACK)}")
    save(record, file)
    return record
