"""`make bench ARGS="synth --json"`."""

from __future__ import annotations

import argparse
import json

from bench import synth


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="make bench", description="Benchmarks. Compare ratios: times depend on the machine."
    )
    parser.add_argument(
        "what", choices=["synth"], help="synth: this project, stock cdktf, cdktn and the AWS CDK side by side"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="measured rounds after the warm-up (3)")
    arguments = parser.parse_args()
    result = synth.measure(max(1, arguments.rounds))
    print(json.dumps(result) if arguments.json else synth.table(result))


if __name__ == "__main__":
    main()
