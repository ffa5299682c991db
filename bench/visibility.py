"""How long a file that is renamed into a directory takes until a client that keeps asking sees it."""

import random
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from bench.figures import Figure, Floor
from bench.scale import CONTENT, Workspace
from bench.servers import HOST, Server, aiomedia

MEDIAN_MS = Floor(20)
P99_MS = Floor(60)
FIRST_NUMBER = 500_000  # of the files that come and go; the directories' own have lower ones
PAUSE_S = 0.1  # at most, and random: events are gathered in batches, which a trial must meet in any phase
DEADLINE_S = 10.0


class Question(NamedTuple):
    """What a client asks again and again; `{uuid}` and `{name}` stand for the file's."""

    name: str
    target: str


GENERATED = Question("/list/generated/{uuid}", "/list/generated/{uuid}")
PART = Question("/list/files?q=", "/list/files?q={name}")
WHOLE = Question("/list/files", "/list/files")


class Trial(NamedTuple):
    """What one trial took, in ms: until the file was seen, and each answer meanwhile."""

    seen: float
    answers: Sequence[float]


def visible(workspace: Workspace) -> Iterator[Figure]:
    """The time from a rename to the answer that shows the file, in a small and in a large directory."""
    scale = workspace.scale
    for files in (0, scale.files):
        directory = workspace.directory(files)
        with aiomedia(directory) as server:
            for question in (GENERATED, PART, WHOLE):
                is_large_answer = question is WHOLE and files > 0
                trials = scale.whole_trials if is_large_answer else scale.trials
                series = _series(server, directory, question, trials)
                name = f"visible in {question.name} beside {files:,}"
                seen = [trial.seen for trial in series]
                yield Figure(name, "ms", seen, None if is_large_answer else MEDIAN_MS)
                yield Figure(name, "ms", seen, None if is_large_answer else P99_MS, "p99")
                yield Figure(f"{name}: one answer", "ms", [statistics.median(trial.answers) for trial in series])


def _series(server: Server, directory: Path, question: Question, trials: int) -> Sequence[Trial]:
    connection = HTTPConnection(HOST, server.port, timeout=DEADLINE_S)
    connection.connect()
    connection.auto_open = 0  # a connection that does not stay open is a failure, not a slower figure
    try:
        # One more, which is dropped: what only a first question costs, such as encoding all files, says nothing here.
        return [_trial(connection, directory, question, FIRST_NUMBER + number) for number in range(trials + 1)][1:]
    finally:
        connection.close()


def _trial(connection: HTTPConnection, directory: Path, question: Question, number: int) -> Trial:
    name = f"{number}output.mp4"
    target = question.target.format(uuid=number, name=name)
    hidden, shown = directory / f".{name}", directory / name
    renamed_at = 0.0

    def rename() -> None:
        nonlocal renamed_at
        hidden.write_bytes(CONTENT)
        time.sleep(random.uniform(0, PAUSE_S))
        renamed_at = time.perf_counter()
        hidden.rename(shown)

    # In a thread, so that the client asks before, during and after it: the rename meets it in any phase too.
    writer = threading.Thread(target=rename)
    writer.start()
    try:
        answers = _ask_until(connection, target, name, is_there=True)
    finally:
        writer.join()
        hidden.unlink(missing_ok=True)
        shown.unlink(missing_ok=True)
    _ask_until(connection, target, name, is_there=False)
    time.sleep(random.uniform(0, PAUSE_S))
    took = [1000 * (after - before) for before, after in pairwise(answers)]
    return Trial(1000 * (answers[-1] - renamed_at), took)


def _ask_until(connection: HTTPConnection, target: str, name: str, *, is_there: bool) -> list[float]:
    """When each answer was read, up to the first that says of the file what is awaited."""
    wanted = f'"filename":"{name}"'.encode()
    answers: list[float] = []
    while True:
        connection.request("GET", target)
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"{target}: {response.status}")
        is_shown = wanted in body
        answers.append(time.perf_counter())
        if is_shown == is_there:
            return answers
        if answers[-1] - answers[0] > DEADLINE_S:
            raise RuntimeError(f"{target}: {name} was not {'seen' if is_there else 'gone'} within {DEADLINE_S:g} s")
