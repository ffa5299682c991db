"""`python -m bench [--quick] [--json FILE] [MEASUREMENT]…`"""

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from bench.downloads import deciding, ranges
from bench.figures import Figure, as_json, table
from bench.measurements import idle, listing, start
from bench.scale import FULL, QUICK, Workspace
from bench.servers import program
from bench.storms import closed, storms
from bench.visibility import visible

MEASUREMENTS = {
    "start": start,
    "visible": visible,
    "listing": listing,
    "deciding": deciding,
    "ranges": ranges,
    "closed": closed,
    "storms": storms,
    "idle": idle,
}
PROGRAMS = {"listing": ("nginx", "wrk")}


def main() -> int:
    """The exit status: 1 when a floor is not reached."""
    arguments = _arguments()
    # As Ctrl-C does it: servers are stopped and directories removed on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as top:
        workspace = Workspace(Path(top), QUICK if arguments.quick else FULL)
        for name in arguments.measurements or MEASUREMENTS:
            missing = [needed for needed in PROGRAMS.get(name, ()) if program(needed) is None]
            if missing:
                print(f"{name} is skipped: {' and '.join(missing)} not found", file=sys.stderr)
                continue
            print(f"measuring: {name}", file=sys.stderr)
            figures.extend(MEASUREMENTS[name](workspace))
    print(table(figures))
    if arguments.json is not None:
        arguments.json.write_text(as_json(figures))
    return 1 if any(figure.passed is False for figure in figures) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=main.__doc__)
    parser.add_argument("measurements", nargs="*", metavar="MEASUREMENT", help=f"of: {', '.join(MEASUREMENTS)}")
    parser.add_argument("--quick", action="store_true", help="fewer files and rounds, for a first look")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures with all samples there")
    arguments = parser.parse_args()
    if unknown := set(arguments.measurements) - MEASUREMENTS.keys():
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
