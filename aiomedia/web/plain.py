"""Requests for a file, or for what an identifier has, and for nothing else: recognised by their bytes.

Most are such. aiohttp makes a message, a request and two tasks of each, which takes five times as long as to answer it
from memory. Whatever a request holds that is not known to mean nothing here is aiohttp's to parse.
"""

import re
from collections import Counter
from typing import NamedTuple, TypeVar
from urllib.parse import unquote_to_bytes

from aiomedia.errors import AiomediaError
from aiomedia.media import Kind, require_kind
from aiomedia.names import checked_filename, checked_identifier
from aiomedia.negotiation import accepts_gzip
from aiomedia.web.requests import is_host

T = TypeVar("T")

# How long a request line and its fields may be, in bytes, and how many fields; a program's own with each request are
# shorter. So many of both are remembered, then all are forgotten: 5 MB each.
LINE_MAX, LINES = 512, 10_000
FIELDS_MAX, SETS_OF_FIELDS = 4096, 1_000
FIELD_COUNT_MAX = 64

# Without a query and a fragment.
_LINE = re.compile(
    rb"GET /(?:(list/generated)|(?:download/(generated/)?(video|audio)))/([!\"$->@-~]+) HTTP/1\.1",
)
_FIELD = re.compile(rb"([A-Za-z-]+):[ \t]*([ -~]*)\r\n")
# What a client says of itself and of what it likes, which changes nothing of a file.
_WITHOUT_EFFECT = frozenset(
    {
        b"accept",
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


class File(NamedTuple):
    """A file of the default root, by its path."""

    path: str


class Generated(NamedTuple):
    """An identifier's newest file of this kind, in the default root; without a kind, the listing of its files."""

    kind: Kind | None
    identifier: str


class Fields(NamedTuple):
    """What there is to know of the fields of a request that asks for nothing special."""

    takes_gzip: bool


class Plain(NamedTuple):
    """A request that asks for nothing special."""

    target: File | Generated
    fields: Fields


class PlainRequests:
    """Reads them. A client sends the same fields each time, so what they mean is remembered by their bytes."""

    def __init__(self) -> None:
        self._fields: dict[bytes, Fields] = {}
        self._targets: dict[bytes, File | Generated] = {}

    def __len__(self) -> int:
        """How many things are remembered."""
        return len(self._fields) + len(self._targets)

    def read(self, received: bytes) -> Plain | None:
        """What is asked for; None unless these bytes are the head of just such a request."""
        line, _, rest = received.partition(b"\r\n")
        fields = self._fields.get(rest)
        if fields is None and (fields := _fields(rest)) is not None:
            _remember(self._fields, SETS_OF_FIELDS, rest, fields)
        if fields is None:
            return None
        target = self._targets.get(line)
        if target is None and (target := _target(line)) is not None:
            _remember(self._targets, LINES, line, target)
        return None if target is None else Plain(target, fields)


def _remember(memory: dict[bytes, T], most: int, text: bytes, meaning: T) -> None:
    if len(memory) >= most:
        memory.clear()
    memory[text] = meaning


def _fields(text: bytes) -> Fields | None:
    """What all the fields of a head say, with the empty line after them; None when they may ask for something."""
    if len(text) > FIELDS_MAX:
        return None
    names: Counter[bytes] = Counter()
    position = 0
    codings: list[str] = []
    while (matched := _FIELD.match(text, position)) is not None:
        name, value = matched[1].lower(), matched[2].strip()
        names[name] += 1
        if name == b"host":
            if not is_host(value.decode()):
                return None
        elif name == b"connection":
            if value.lower() != b"keep-alive":
                return None
        elif name == b"accept-encoding":
            codings.append(value.decode())
        elif name not in _WITHOUT_EFFECT:
            return None
        position = matched.end()
    is_one_of_each = names[b"host"] == 1 and names[b"user-agent"] <= 1  # of which aiohttp takes no second
    is_plain = is_one_of_each and names.total() <= FIELD_COUNT_MAX and text[position:] == b"\r\n"
    return Fields(accepts_gzip(codings)) if is_plain else None


def _target(line: bytes) -> File | Generated | None:
    matched = _LINE.fullmatch(line) if len(line) <= LINE_MAX else None
    if matched is None:
        return None
    is_listing, is_generated, kind_name, tail = matched.groups()
    kind: Kind = "video" if kind_name == b"video" else "audio"
    try:
        name = unquote_to_bytes(tail).decode()
        if is_listing or is_generated:
            return Generated(None if is_listing else kind, checked_identifier(name))
        require_kind(checked_filename(name), kind)
    except (UnicodeDecodeError, AiomediaError):
        return None
    return File(name)
