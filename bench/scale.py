"""How much is measured, and the directories that it is measured on."""

import os
import random
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from bench.peers import READY

CONTENT = bytes(64)
PIECE = 1 << 20


class Scale(NamedTuple):
    """How much is measured."""

    files: int  # in the large directory
    million: int  # in the largest
    listed_files: int  # in the directory whose listing is asked for again and again
    starts: int
    trials: int  # of a file's way into an answer
    whole_trials: int  # of its way into the listing of the whole large directory
    rounds: int
    cold_rounds: int  # each takes a second
    load_s: int  # of one load
    peer_load_s: int  # the same, where every peer has its turn
    ranges: int  # that each client asks for
    idle_s: float
    storm: int  # files that come at once; half as many directories, and a tenth of writers
    downloaded: int  # bytes of a large file
    small_files: int  # that are downloaded together


FULL = Scale(
    files=100_000,
    million=1_000_000,
    listed_files=10_000,
    starts=3,
    trials=200,
    whole_trials=50,
    rounds=3,
    cold_rounds=5,
    load_s=5,
    peer_load_s=2,
    ranges=40,
    idle_s=20,
    storm=20_000,
    downloaded=1 << 30,
    small_files=2_000,
)
QUICK = Scale(
    files=10_000,
    million=100_000,
    listed_files=10_000,
    starts=1,
    trials=20,
    whole_trials=10,
    rounds=1,
    cold_rounds=1,
    load_s=1,
    peer_load_s=1,
    ranges=8,
    idle_s=3,
    storm=2_000,
    downloaded=1 << 28,
    small_files=500,
)


class Workspace(NamedTuple):
    """A temporary directory, in which each directory of files is made once."""

    top: Path
    scale: Scale

    def directory(self, files: int) -> Path:
        """A directory of so many files, half video and half audio."""
        directory = self.top / f"{files}-files"
        if not directory.exists():
            directory.mkdir()
            for number in range(files):
                extension = "wav" if number % 2 else "mp4"
                # A hole: blocks for a million files take minutes to write, and again to give back.
                with (directory / f"{number:06d}output.{extension}").open("wb") as file:
                    file.truncate(len(CONTENT))
            os.sync()  # or it is written to the disk while something is measured
        return directory

    def media(self, lengths: Mapping[str, int]) -> Path:
        """A directory of files of these lengths, and of one that tells that a server is ready."""
        directory = self.top / "media"
        directory.mkdir(exist_ok=True)
        (directory / READY).touch()
        piece = random.Random(1).randbytes(PIECE)
        for name, length in lengths.items():
            if not (directory / name).exists():
                with (directory / name).open("wb") as file:
                    for _ in range(length // PIECE):
                        file.write(piece)
                    file.write(piece[: length % PIECE])
        os.sync()
        return directory
