"""A Dockerfile as its instructions, and what a build context holds."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).parents[1]


class Instruction(NamedTuple):
    """`RUN` and what it is given, on one line."""

    name: str
    argument: str

    @property
    def words(self) -> list[str]:
        """The exec form."""
        words: list[str] = json.loads(self.argument)
        return words


def stages(text: str) -> list[list[Instruction]]:
    """The instructions of each stage; each begins with its FROM."""
    lines = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    instructions = [Instruction(*line.split(maxsplit=1)) for line in lines if line.strip()]
    found: list[list[Instruction]] = []
    for instruction in instructions:
        if instruction.name == "FROM":
            found.append([])
        found[-1].append(instruction)
    return found


def copy(argument: str, working: Path, places: Mapping[str, str]) -> None:
    """COPY of the context into a directory, or into what stands for an absolute path."""
    *sources, target = argument.split()
    for place, stand_in in places.items():
        target = target.replace(place, stand_in)
    for source in sources:
        origin, destination = PROJECT / source, working / target
        if origin.is_dir():
            shutil.copytree(origin, destination, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            is_directory = target.endswith("/") or len(sources) > 1
            destination = destination / origin.name if is_directory else destination
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(origin, destination)
