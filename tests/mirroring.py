"""A consumer that keeps up with a directory while it is killed and restarted at random."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from tests.asking import Client, eventually

CHANGES = 1_000
TOGETHER = 20  # changes between two moments at which the consumer may die


class Mirror:
    """What a consumer knows, which outlives it: as if it were on its disk."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}  # entity tags by name
        self.cursor: str | None = None

    async def list(self, client: Client) -> None:
        self.files, self.cursor = await _listed(client)

    def take(self, operation: str, file: Mapping[str, Any]) -> None:
        """Does what a change says."""
        if operation == "removed":
            self.files.pop(file["filename"], None)
        else:
            self.files[file["filename"]] = file["etag"]


async def mirrored_through_a_thousand_changes(
    client: Client, root: Path, consume: Callable[[Mirror], Awaitable[None]]
) -> None:
    """Changes the directory while a consumer follows; in the end it must know what is there."""
    chance = random.Random(6)
    mirror = Mirror()
    consuming = asyncio.ensure_future(consume(mirror))
    try:
        for number in range(CHANGES):
            change_something(root, chance, number)
            if number % TOGETHER == 0:
                await asyncio.sleep(chance.random() / 20)
                if chance.random() < 0.5:
                    consuming.cancel()
                    consuming = asyncio.ensure_future(consume(mirror))
        on_disk = {str(path.relative_to(root)) for path in root.rglob("*.mp4")}

        async def files() -> tuple[dict[str, str], dict[str, str]]:
            return mirror.files, (await _listed(client))[0]

        await eventually(files, lambda files: files[0] == files[1] and set(files[1]) == on_disk)
    finally:
        consuming.cancel()


def change_something(root: Path, chance: random.Random, number: int) -> None:
    """What a pipeline does: it creates, replaces, deletes, and moves a directory now and then."""
    directory = root / chance.choice(["", "a", "b"])
    path = directory / f"{chance.randrange(30)}.mp4"
    match chance.randrange(6):
        case 0:
            path.unlink(missing_ok=True)
        case 1 if directory != root and directory.exists():
            directory.rename(root / f"moved{number}")
        case _:
            directory.mkdir(exist_ok=True)
            (root / ".new").write_bytes(b"%d" % number)
            (root / ".new").rename(path)


async def _listed(client: Client) -> tuple[dict[str, str], str]:
    async with client.get("/list/files", params={"recursive": "true"}) as response:
        files = {file["filename"]: file["etag"] for file in (await response.json())["files"]}
        return files, response.headers["Aiomedia-Cursor"]
