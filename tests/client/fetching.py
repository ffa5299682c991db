"""Downloads for tests: without long pauses, and with what was noticed."""

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from yarl import URL

from aiomedia.client.downloading import Downloaded, download
from aiomedia.client.exchange import Source
from aiomedia.client.progress import Progress
from aiomedia.client.transfer import Options


def content_of(size: int, seed: int = 0) -> bytes:
    """Bytes of which no part looks like another."""
    return random.Random(seed).randbytes(size)


@dataclass
class Fetch:
    """A download to `target`, which can be tried again and again."""

    target: Path
    connections: int = 1
    parallel_from: int = 0
    attempts: int = 4
    silence_s: float = 10.0
    headers: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)

    async def __call__(self, url: str, **session: Any) -> Downloaded:
        async with ClientSession(**session) as client:
            return await download(
                Source(client, URL(url), self.headers, self.silence_s),
                str(self.target),
                Options(self.connections, self.parallel_from, self.attempts),
                self.notices.append,
                self.progress.append,
            )

    @property
    def beside(self) -> list[str]:
        """What else is in the target's directory."""
        return sorted(path.name for path in self.target.parent.iterdir() if path != self.target)
