"""Write the JSON Schema of a settings file beside the settings (`make schema`)."""

from __future__ import annotations

from pathlib import Path

from modules.settings_file import SCHEMA_FILE, schema

(Path(__file__).resolve().parent.parent / "config" / SCHEMA_FILE).write_text(schema(), encoding="utf-8")
