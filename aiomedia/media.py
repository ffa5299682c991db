"""Media kinds, extensions and media types, and the names of generated files."""

from typing import Literal, NamedTuple, get_args

from aiomedia.errors import InvalidFileType

Kind = Literal["audio", "video"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class MediaType(NamedTuple):
    """What an extension says of a file."""

    kind: Kind
    content_type: str


# A table of our own: Python's reads the host's /etc/mime.types, and differs from machine to machine.
_BY_EXTENSION: dict[str, MediaType] = {
    "mp4": MediaType("video", "video/mp4"),
    "avi": MediaType("video", "video/x-msvideo"),
    "mov": MediaType("video", "video/quicktime"),
    "mkv": MediaType("video", "video/x-matroska"),
    "wmv": MediaType("video", "video/x-ms-wmv"),
    "flv": MediaType("video", "video/x-flv"),
    "webm": MediaType("video", "video/webm"),
    "wav": MediaType("audio", "audio/wav"),
    "mp3": MediaType("audio", "audio/mpeg"),
    "aac": MediaType("audio", "audio/aac"),
    "flac": MediaType("audio", "audio/flac"),
    "ogg": MediaType("audio", "audio/ogg"),
    "m4a": MediaType("audio", "audio/mp4"),
    "wma": MediaType("audio", "audio/x-ms-wma"),
}


def media_type(filename: str) -> MediaType | None:
    """The media type by the extension, case-insensitive; None for a file of no media kind."""
    _, dot, extension = filename.rpartition(".")
    if not dot:
        return None
    return _BY_EXTENSION.get(extension) or _BY_EXTENSION.get(extension.lower())


def content_types(kind: Kind) -> list[str]:
    """The media types that files of a kind have."""
    return [media.content_type for media in _BY_EXTENSION.values() if media.kind == kind]


def require_kind(filename: str, kind: Kind) -> None:
    """Raises InvalidFileType unless the file name's extension is one of this kind."""
    media = media_type(filename)
    if media is None:
        raise InvalidFileType("The file name's extension is that of no video or audio file.")
    if media.kind != kind:
        raise InvalidFileType(f"This is {media.kind}, not {kind}, by the file name's extension.")


class GeneratedTemplate:
    """How generated files are called: a stem with one place, `{uuid}`, for the identifier.

    `{uuid}output` gives `5output.mp4` for the identifier `5`. Identifiers are compared whole and case-sensitively.
    """

    PLACE = "{uuid}"

    def __init__(self, template: str) -> None:
        if template.count(self.PLACE) != 1 or "/" in template:
            raise ValueError("needs exactly one {uuid} and no '/'")
        self._prefix, self._suffix = template.split(self.PLACE)

    def stem(self, identifier: str) -> str | None:
        """The stem of this identifier's files; None for what can be no identifier."""
        if identifier in ("", ".", "..") or "/" in identifier:
            return None  # a client takes '.' and '..' out of a URL before it asks
        return f"{self._prefix}{identifier}{self._suffix}"
