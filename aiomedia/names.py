"""What a file, a directory and a path may be called, in the file system and in a request."""

import re

from aiomedia.errors import InvalidDirectory, InvalidFilename, NotFound

# C0, DEL, C1 and the two line separators forge log lines and headers, a backslash is a separator elsewhere, and
# a surrogate is what os.scandir makes of a byte that is not UTF-8.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\\\\\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def is_indexable(name: str) -> bool:
    """Whether a file or directory of this name (one path segment) may be in the index."""
    return not name.startswith(".") and _UNSAFE.search(name) is None


def is_indexable_path(path: str) -> bool:
    """Whether each segment of a path relative to its root may be in the index; the root itself (`""`) may."""
    return _UNSAFE.search(path) is None and not path.startswith(".") and "/." not in path


def is_utf8(name: str) -> bool:
    """False for a name as the file system gave it that holds bytes which are not UTF-8."""
    return _SURROGATE.search(name) is None


def join(directory: str, name: str) -> str:
    """Joins paths relative to a root, where `""` is the root itself."""
    return f"{directory}/{name}" if directory else name


def split(path: str) -> tuple[str, str]:
    """The directory (`""` for the root) and the last segment of a path relative to its root."""
    directory, _, name = path.rpartition("/")
    return directory, name


def checked_filename(filename: str) -> str:
    """Returns a request's decoded file name (`take.mp4`, `sub/take.mp4`) when every segment could be a file's.

    Raises InvalidFilename.
    """
    if _UNSAFE.search(filename):
        raise InvalidFilename("A file name holds no control character and no backslash.")
    segments = filename.split("/")
    if "" in segments:
        raise InvalidFilename("A file name has no empty segment.")
    if "." in segments or ".." in segments:
        raise InvalidFilename("A file name has no '.' and no '..' segment.")
    return filename


def checked_identifier(identifier: str) -> str:
    """Returns a request's decoded identifier when it could be a generated file's. Raises NotFound."""
    if not identifier or "/" in identifier:
        raise NotFound("An identifier is not empty and holds no '/'.")
    return identifier


def normalised_directory(directory: str) -> str:
    """Returns an absolute path without a trailing slash, `//` and `/./`; `/` itself stays.

    Raises InvalidDirectory for an empty or relative path, a `..` segment and a NUL. Nothing is asked of the disk.
    """
    if not directory.startswith("/"):
        raise InvalidDirectory("A directory is given as an absolute path.")
    if "\0" in directory:
        raise InvalidDirectory("A directory's path holds no NUL.")
    segments = [segment for segment in directory.split("/") if segment not in ("", ".")]
    if ".." in segments:
        raise InvalidDirectory("A directory's path has no '..' segment.")
    return "/" + "/".join(segments)
