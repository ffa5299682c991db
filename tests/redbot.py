"""What REDbot has to say of a URL. `python -m tests.redbot URL` prints it, for its event loop is a process's."""

import json
import subprocess
import sys
from configparser import ConfigParser
from typing import NamedTuple

import thor
from redbot.resource import HttpResource


class Note(NamedTuple):
    level: str  # GOOD, INFO, WARN or BAD
    name: str
    summary: str


def notes_of(url: str) -> list[Note]:
    """What it notes of the answer, and of those to its requests with ranges, conditions and codings."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.redbot", url],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [Note(*note) for note in json.loads(done.stdout)]


def _main(url: str) -> None:
    config = ConfigParser()
    config.read_dict({"redbot": {"enable_local_access": "True"}})
    resource = HttpResource(config["redbot"])
    resource.set_request(url)
    thor.events.on(resource, "check_done")(thor.stop)
    resource.check()
    thor.run()
    responses = [resource.response, *(check.response for check in resource.subreqs.values())]
    notes = [note for response in responses for note in response.notes]
    print(json.dumps([(note.level.name, type(note).__name__, str(note.summary)) for note in notes]))  # noqa: T201


if __name__ == "__main__":
    _main(sys.argv[1])
