"""Options that several commands take, each said once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

# Said, `--help` is a bool already. Left out, typer would load pydantic to make one of it, before any command.
UNASKED: dict[str, Any] = {"default_map": {"help": False}}
GROUP: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100, **UNASKED}
"""Of the application and of each group of commands."""
Json = Annotated[bool, typer.Option("--json", help="one JSON line on standard output")]
NoFollow = Annotated[bool, typer.Option("--no-follow", help="return at once; `lastgood runs` shows how it went")]
Run = Annotated[
    str | None, typer.Argument(metavar="RUN", help="only if this run is the one in progress", show_default=False)
]
Environment = Annotated[
    str | None,
    typer.Option("--env", metavar="ENVIRONMENT", help="of this environment, not LASTGOOD_ENV's", show_default=False),
]
Release = Annotated[str, typer.Argument(metavar="RELEASE", help="its fingerprint, or the beginning of it")]
Colour = Literal["blue", "green"]
