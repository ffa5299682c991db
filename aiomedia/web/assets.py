"""What the live page is made of, read once when an application is made."""

from importlib.resources import files
from typing import Final, NamedTuple

from aiomedia.encodings import Encoding

CONTENT_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


class Asset(NamedTuple):
    """A file that the page is made of."""

    encoding: Encoding
    content_type: str


def page_assets() -> dict[str, Asset]:
    """All of them by name, the page itself among them."""
    return {
        path.name: Asset(Encoding.of(path.read_bytes()), CONTENT_TYPES[path.name.rpartition(".")[2]])
        for path in (files("aiomedia.web") / "page").iterdir()
    }
