"""`terraform validate` on every stack of every environment (part of `make lint`)."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from modules.settings_file import environments

ROOT = Path(__file__).resolve().parent.parent
