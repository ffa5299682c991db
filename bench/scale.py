"""How much is measured, and the directories that it is measured on."""

import os
from pathlib import Path
from typing import NamedTuple

CONTENT = bytes(64)


class Scale(NamedTuple):
    """How much is measured."""

    files: int  # in the large directory
    listed_files: int  # in the directory whose listing is asked for again and again
    starts: int
    trials: int  # of a file's way into an answer
    whole_trials: int  # of its way into the listing of the whole large directory
    rounds: int
    load_s: int  # of one load
    ranges: int  # that each client asks for
    idle_s: float
    storm: int  # files that come at once; half as many directories, and a tenth of writers


FULL = Scale(
    100_000, 10_000, starts=3, trials=200, whole_trials=50, rounds=3, load_s=5, ranges=40, idle_s=20, storm=20_000
)
QUICK = Scale(10_000, 10_000, starts=1, trials=20, whole_trials=10, rounds=1, load_s=1, ranges=8, idle_s=3, storm=2_000)


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
                (directory / f"{number:06d}output.{extension}").write_bytes(CONTENT)
            os.sync()  # or it is written to the disk while something is measured
        return directory
