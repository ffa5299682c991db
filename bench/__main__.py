"""`python -m bench [--quick] [--json FILE] [MEASUREMENT]…`"""

import argparse
import resource
import signal
import sys
import tempfile
import traceback
from pathlib import Path

from bench.clients import client
from bench.cold import cold
from bench.downloads import deciding, ranges
from bench.figures import Figure
from bench.files import files
from bench.listings import changed, listing
from bench.live import events, waits
from bench.lookups import lookups
from bench.peers import PEERS
from bench.report import as_json, machine, table
from bench.scale import FULL, QUICK, Workspace
from bench.servers import program
from bench.slow import slow
from bench.starts import idle, million, start
from bench.storms import closed, storms
from bench.visibility import visible

MEASUREMENTS = {
    "files": files,
    "cold": cold,
    "slow": slow,
    "lookups": lookups,
    "listing": listing,
    "changed": changed,
    "visible": visible,
    "events": events,
    "waits": waits,
    "start": start,
    "deciding": deciding,
    "ranges": ranges,
    "closed": closed,
    "storms": storms,
    "client": client,
    "idle": idle,
    "million": million,
}
PROGRAMS = {
    "files": ("wrk",),
    "cold": ("nginx",),
    "slow": ("nginx", "wrk"),
    "lookups": ("nginx", "wrk"),
    "listing": ("nginx", "wrk"),
    "changed": ("nginx",),
}


def main() -> int:
    """The exit status: 1 when a floor is not reached, or a measurement failed."""
    arguments = _arguments()
    # As Ctrl-C does it: servers are stopped and directories removed on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    _allow_descriptors()
    if absent := [peer.name for peer in PEERS if peer.version() is None]:
        print(f"not compared, for it is not installed: {'; '.join(absent)}", file=sys.stderr)
    measured_on = machine()
    run: dict[str, list[Figure]] = {}
    has_failed = False
    with tempfile.TemporaryDirectory(prefix="bench-") as top:
        workspace = Workspace(Path(top), QUICK if arguments.quick else FULL)
        for name in arguments.measurements or MEASUREMENTS:
            try:
                run[name] = _measure(name, workspace)
            except Exception:  # the others' figures took long too
                traceback.print_exc()
                has_failed = True
    print(table(run))
    if arguments.json is not None:
        arguments.json.write_text(as_json(run, measured_on, is_quick=arguments.quick))
    return 1 if has_failed or any(figure.verdict == "FAIL" for figures in run.values() for figure in figures) else 0


def _measure(name: str, workspace: Workspace) -> list[Figure]:
    missing = [needed for needed in PROGRAMS.get(name, ()) if program(needed) is None]
    if missing:
        print(f"{name} is skipped: {' and '.join(missing)} not found", file=sys.stderr)
        return []
    print(f"measuring: {name}", file=sys.stderr)
    return list(MEASUREMENTS[name](workspace))


def _allow_descriptors() -> None:
    """As many as may be, for a thousand clients and for the servers, which inherit it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


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
