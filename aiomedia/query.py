"""What `/list/files` is asked for, apart from the directory, and the position at which a page ends."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Literal
from urllib.parse import urlencode

import msgspec

from aiomedia.errors import InvalidParameter
from aiomedia.media import Kind
from aiomedia.resource import Links

Sort = Literal["name", "size", "modified"]
Order = Literal["asc", "desc"]
Position = tuple[int, str]
"""Where a page ended: the size or modification time that was sorted by (0 when by name), and the file name."""


class Query(msgspec.Struct, frozen=True):
    """The parameters of a listing."""

    type: Kind | None = None
    recursive: bool = False
    q: str | None = None
    sort: Sort = "name"
    order: Order = "asc"
    limit: int | None = None
    after: Position | None = None

    def whole(self) -> "Query":
        """The query of all pages together."""
        return msgspec.structs.replace(self, limit=None, after=None)

    def url(self, links: Links, after: Position) -> str:
        """The URL of the page after this one."""
        parameters = {
            "directory": links.directory,
            "type": self.type,
            "recursive": "true" if self.recursive else None,
            "q": self.q,
            "sort": self.sort,
            "order": self.order,
            "limit": self.limit,
            "after": encode_position(after),
        }
        given = {name: value for name, value in parameters.items() if value is not None}
        return f"{links.mount}/list/files?{urlencode(given)}"


PLAIN = Query()
"""All files of a directory by name, which is what most ask for."""


def encode_position(position: Position) -> str:
    """The opaque text that `after=` takes."""
    return urlsafe_b64encode(msgspec.json.encode(position)).rstrip(b"=").decode()


def decode_position(text: str) -> Position:
    """Raises InvalidParameter for text that no `next` ever held."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        position: Position = msgspec.json.decode(urlsafe_b64decode(padded), type=Position)
    except (ValueError, msgspec.MsgspecError) as error:
        raise InvalidParameter("'after' is no position that a 'next' gave.") from error
    return position
