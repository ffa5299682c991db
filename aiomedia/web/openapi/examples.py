"""Examples of answers: two files as the code shows them."""

from typing import Any, Final

import msgspec

from aiomedia.config import Config
from aiomedia.media import MediaType, media_type
from aiomedia.query import Query
from aiomedia.resource import (
    ChangedFile,
    ChangeListing,
    FileListing,
    GeneratedFile,
    GeneratedListing,
    Links,
    Resource,
    listed_file,
)
from aiomedia.web.events import RETRY_MS
from aiomedia.web.health import Life, Readiness, RootHealth

DIRECTORY: Final = Config().roots[0]
IDENTIFIER: Final = "5"
CURSOR: Final = "k3J9s0aB-18"
ETAG: Final = '"rLmC1cCcT9wPBoY5"'

_LINKS: Final = Links("", None)


def _resource(name: str, size: int, modified: int, etag: str) -> Resource:
    media = media_type(name)
    assert isinstance(media, MediaType)
    return Resource(name, size, modified * 1_000_000_000, etag, media)


SOUND: Final = _resource(f"{IDENTIFIER}output.wav", 524_288, 1_691_234_568, '"0Jd3yEXtI8UyG1pT"')
VIDEO: Final = _resource("scene_one.mp4", 1_048_576, 1_691_234_567, ETAG)

_NEXT: Final = Query(limit=2).url(_LINKS, (0, VIDEO.name))
_LISTED: Final = [listed_file(resource, resource.name, _LINKS) for resource in (SOUND, VIDEO)]
_GENERATED: Final = GeneratedFile(
    type=SOUND.kind,
    filename=SOUND.name,
    path=f"{DIRECTORY}/{SOUND.name}",
    download_url=_LINKS.generated(SOUND.kind, IDENTIFIER),
    size=SOUND.size,
    modified=SOUND.modified,
    etag=SOUND.etag,
)
_ROOT: Final = RootHealth(
    root=DIRECTORY,
    state="live",
    reason=None,
    watch="events",
    files=2,
    settling=0,
    generation=18,
    restarts=0,
    overflows_suspected=0,
    differences_found=0,
    reconciled_s_ago=1.8,
    fully_reconciled_s_ago=12.4,
)
_LOST: Final = msgspec.structs.replace(
    _ROOT, state="missing", reason="No such file or directory", files=0, reconciled_s_ago=None
)

EVENTS: Final = (
    f"retry: {RETRY_MS}\nid: k3J9s0aB-17\n\n"
    f"event: added\nid: {CURSOR}\ndata: {msgspec.json.encode(_LISTED[1]).decode()}\n\n"
    ": nothing new\n\n"
)

_OF_BODIES: Final[dict[type, msgspec.Struct]] = {
    FileListing: FileListing(DIRECTORY, 3, _LISTED, _NEXT),
    GeneratedListing: GeneratedListing(IDENTIFIER, 1, [_GENERATED], "ready"),
    ChangeListing: ChangeListing(CURSOR, [ChangedFile("added", _LISTED[1])]),
    Life: Life(),
    Readiness: Readiness("ready", [_ROOT]),
}
UNREADY: Final = msgspec.to_builtins(Readiness("unavailable", [_LOST]))


def example_of(body: type) -> Any:
    """One of the bodies as JSON."""
    return msgspec.to_builtins(_OF_BODIES[body])
