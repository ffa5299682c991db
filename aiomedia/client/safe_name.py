"""Names under which files are written, whatever a server calls them."""

from hashlib import blake2b

from aiomedia.client.errors import UnsafeName
from aiomedia.errors import InvalidFilename
from aiomedia.names import checked_filename

LONGEST_NAME = 255  # bytes, on nearly every file system

PART = ".part"
LONGEST_SUFFIX = len(".part.json.new")


def safe_path(filename: str) -> str:
    """A path relative to where files go, whose segments are plain names. Raises UnsafeName for any other.

    No segment is empty, begins with a dot, holds a backslash or a control character, or is longer than 255 bytes.
    """
    try:
        segments = checked_filename(filename).split("/")
    except InvalidFilename as error:
        raise UnsafeName(f"{filename!r}: {error}") from error
    if any(segment.startswith(".") for segment in segments):
        raise UnsafeName(f"{filename!r}: nothing is written under a name that begins with a dot.")
    if any(len(segment.encode()) > LONGEST_NAME for segment in segments):
        raise UnsafeName(f"{filename!r}: a name has at most {LONGEST_NAME} bytes.")
    return filename


def part_name(name: str) -> str:
    """What a file is called while it is not whole. Of a name too long for that, a hash takes the place of its end."""
    if len(name.encode(errors="surrogateescape")) + LONGEST_SUFFIX <= LONGEST_NAME:
        return name + PART
    encoded = name.encode(errors="surrogateescape")
    kept = encoded[: LONGEST_NAME - LONGEST_SUFFIX - 17].decode(errors="ignore")
    return f"{kept}~{blake2b(encoded, digest_size=8).hexdigest()}{PART}"
