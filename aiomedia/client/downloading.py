"""A download: from a source to a target."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from aiomedia.client.exchange import Source
from aiomedia.client.part import open_part
from aiomedia.client.progress import Progress
from aiomedia.client.transfer import Options, Transfer

LOG = logging.getLogger("aiomedia.client")


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that is there, whole. `etag` is that of the version it is of, if it is strong."""

    path: str
    size: int  # bytes
    etag: str | None


async def download(
    source: Source,
    target: str,
    options: Options,
    notice: Callable[[str], None] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Downloaded:
    """Downloads a file to a path, whose directory is there. What was left of it by an earlier download is continued.

    Until it is whole, it is not there under this path, or what was there before is. Raises DownloadError.
    `notice` is told what goes wrong and is put right; without one it is logged.
    """

    def logged(message: str) -> None:
        LOG.info("%s: %s", target, message)

    with open_part(target) as part:
        version = await Transfer(source, part, options, notice or logged, progress or _unwatched).run()
    assert version.length is not None
    return Downloaded(target, version.length, version.etag)


def _unwatched(progress: Progress) -> None:
    """For those who do not look."""
