"""Requests for a file and for nothing else, recognised by their bytes: most downloads begin with one.

aiohttp makes a message, a request and a task of each, which takes four times as long as to answer it from memory.
Whatever a request holds that is not known to mean nothing here is aiohttp's to parse.
"""

import re
from urllib.parse import unquote_to_bytes

from aiomedia.errors import AiomediaError
from aiomedia.media import Kind, require_kind
from aiomedia.names import checked_filename
from aiomedia.web.requests import is_host

LONGEST = 4096  # bytes of a head; what is longer is nothing that a program sends with each request
REMEMBERED = 10_000  # file names, and a tenth as many sets of fields; then all are forgotten

_LINE = re.compile(rb'GET /download/(video|audio)/([!"$->@-~]+) HTTP/1\.1')  # neither a query nor a fragment
_FIELD = re.compile(rb"([A-Za-z-]+):[ \t]*([ -~]*)\r\n")
# What a client says of itself and of what it likes, which changes nothing of a file.
_WITHOUT_EFFECT = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"cache-control",
        b"dnt",
        b"pragma",
        b"priority",
        b"referer",
        b"sec-fetch-dest",
        b"sec-fetch-mode",
        b"sec-fetch-site",
        b"sec-fetch-user",
        b"upgrade-insecure-requests",
        b"user-agent",
        b"want-digest",
    }
)


class PlainRequests:
    """Reads them. A client sends the same fields each time, so what they mean is remembered by their bytes."""

    def __init__(self) -> None:
        self._plain: dict[bytes, bool] = {}
        self._filenames: dict[bytes, str | None] = {}

    def __len__(self) -> int:
        """How many things are remembered."""
        return len(self._plain) + len(self._filenames)

    def filename(self, received: bytes) -> str | None:
        """The name of the file that is asked for; None unless these bytes are the head of just such a request."""
        line, _, fields = received.partition(b"\r\n")
        is_plain = self._plain.get(fields)
        if is_plain is None:
            is_plain = self._remember_fields(fields)
        if not is_plain:
            return None
        try:
            return self._filenames[line]
        except KeyError:
            return self._remember_line(line)

    def _remember_fields(self, fields: bytes) -> bool:
        if len(fields) > LONGEST:
            return False
        if len(self._plain) >= REMEMBERED // 10:
            self._plain.clear()
        self._plain[fields] = is_plain = _are_plain(fields)
        return is_plain

    def _remember_line(self, line: bytes) -> str | None:
        if len(line) > LONGEST:
            return None
        if len(self._filenames) >= REMEMBERED:
            self._filenames.clear()
        self._filenames[line] = filename = _filename(line)
        return filename


def _are_plain(fields: bytes) -> bool:
    """Whether these are all the fields of a head, with the empty line after them, and ask for nothing special."""
    hosts = position = 0
    while (matched := _FIELD.match(fields, position)) is not None:
        name, value = matched[1].lower(), matched[2].strip()
        if name == b"host":
            hosts += 1
            if not is_host(value.decode()):
                return False
        elif name == b"connection":
            if value.lower() != b"keep-alive":
                return False
        elif name not in _WITHOUT_EFFECT:
            return False
        position = matched.end()
    return hosts == 1 and fields[position:] == b"\r\n"


def _filename(line: bytes) -> str | None:
    matched = _LINE.fullmatch(line)
    if matched is None:
        return None
    kind: Kind = "video" if matched[1] == b"video" else "audio"
    try:
        filename = checked_filename(unquote_to_bytes(matched[2]).decode())
        require_kind(filename, kind)
    except (UnicodeDecodeError, AiomediaError):
        return None
    return filename
