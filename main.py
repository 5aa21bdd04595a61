"""The CDKTF app: read one environment's settings, build its stacks, write Terraform JSON.

LASTGOOD_ENV chooses config/<environment>.toml (dev); LASTGOOD_CONFIG and LASTGOOD_OUTDIR move the folders.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from modules import fast_synth
from modules.settings_file import SettingsError, load

ROOT = Path(__file__).resolve().parent


def main() -> int:
    config = Path(os.environ.get("LASTGOOD_CONFIG", ROOT / "config"))
    outdir = Path(os.environ.get("LASTGOOD_OUTDIR", ROOT / "cdktf.out"))
    try:
        loaded = load(config, os.environ.get("LASTGOOD_ENV", "dev"))
        outdir.mkdir(parents=True, exist_ok=True)
        writable = os.access(outdir, os.W_OK)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{outdir}: cannot be written ({error.strerror}); set LASTGOOD_OUTDIR to another folder", file=sys.stderr)
        return 2
    if not writable:
        print(f"{outdir}: cannot be written; set LASTGOOD_OUTDIR to another folder", file=sys.stderr)
        return 2
    fast_synth.enable()
    # After enable(): these import cdktf.
    from cdktf import App  # noqa: PLC0415

    from modules.proof import disproved  # noqa: PLC0415
    from stacks import build  # noqa: PLC0415

    app = App(outdir=str(outdir))
    build(app, loaded)
    app.synth()
    unproven = disproved(outdir / "stacks")
    if unproven:
        print(*unproven, sep="\n", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
