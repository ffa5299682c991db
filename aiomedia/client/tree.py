"""Files in a directory and below it, by names that a server gave: never anywhere else."""

import os
from contextlib import suppress

from aiomedia.client.errors import CannotWrite, UnsafeName
from aiomedia.client.refusals import refusal
from aiomedia.client.safe_name import part_name, safe_path

Path = str | os.PathLike[str]


def is_directory(path: Path) -> bool:
    return os.path.isdir(path)


def absolute(path: Path) -> str:
    return os.path.abspath(path)


def target_at(to: Path, name: str) -> str:
    """Where a file goes: to a path, or into a directory that is there under its own name. Raises UnsafeName."""
    if not os.path.isdir(to):
        return os.fspath(to)
    if "/" in safe_path(name):
        raise UnsafeName(f"{name!r}: is no name in a directory.")
    return os.path.join(to, name)


def directories_for(top: str, filename: str) -> str:
    """The path of a file below `top`, whose directories are made.

    Raises UnsafeName, and CannotWrite: also for a link on the way, which may lead elsewhere.
    """
    *parents, name = safe_path(filename).split("/")
    path = top
    for parent in parents:
        path = os.path.join(path, parent)
        try:
            with suppress(FileExistsError):
                os.mkdir(path)
        except OSError as error:
            raise refusal(error, path) from error
        if os.path.islink(path) or not os.path.isdir(path):
            raise CannotWrite(f"{path}: is no directory.")
    return os.path.join(path, name)


def removed(top: str, filename: str, whole: bool) -> None:
    """Removes what there is of a file that is not whole, and with `whole` the file; then directories that are empty.

    Raises UnsafeName and CannotWrite.
    """
    *parents, name = safe_path(filename).split("/")
    directory = top
    for parent in parents:
        directory = os.path.join(directory, parent)
        if os.path.islink(directory) or not os.path.isdir(directory):
            return
    part = part_name(name)
    try:
        for each in [part, f"{part}.json", f"{part}.json.new", *([name] if whole else [])]:
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(directory, each))
    except OSError as error:
        raise refusal(error, os.path.join(directory, name)) from error
    for depth in range(len(parents), 0, -1):
        try:
            os.rmdir(os.path.join(top, *parents[:depth]))
        except OSError:
            return  # other files are in there
