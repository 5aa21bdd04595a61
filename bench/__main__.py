"""`make bench ARGS="synth --json"`."""

from __future__ import annotations

import argparse
import json

from bench import imports, suite, synth


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="make bench", description="Benchmarks. Compare ratios: times depend on the machine."
    )
    benches = parser.add_subparsers(required=True, dest="what", metavar="WHAT")
    side_by_side = benches.add_parser("synth", help="this project, stock cdktf, cdktn and the AWS CDK side by side")
    side_by_side.add_argument("--rounds", type=int, default=3, metavar="N", help="measured rounds after a warm-up (3)")
    tests = benches.add_parser("tests", help="the test suite by layer")
    handlers = benches.add_parser("lambda", help="cold import of each function, beside boto3 with the same clients")
    handlers.add_argument("--rounds", type=int, default=9, metavar="N", help="measured rounds after a warm-up (9)")
    for bench in (side_by_side, tests, handlers):
        bench.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    arguments = parser.parse_args()
    if arguments.what == "synth":
        result = synth.measure(max(1, arguments.rounds))
        print(json.dumps(result) if arguments.json else synth.table(result))
    elif arguments.what == "lambda":
        imported = imports.measure(max(1, arguments.rounds))
        print(json.dumps(imports.as_json(imported)) if arguments.json else imports.table(imported))
    else:
        layers = suite.measure()
        print(json.dumps(suite.as_json(layers)) if arguments.json else suite.table(layers))


if __name__ == "__main__":
    main()
