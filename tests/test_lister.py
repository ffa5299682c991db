"""The lister: what it keeps, and that a directory which goes away meanwhile harms no other listing."""

import asyncio
import json
from pathlib import Path

import pytest

from aiomedia import Config, NotFound
from aiomedia import offload as offload_module
from aiomedia.blocks import Blocks
from aiomedia.library import Library
from aiomedia.query import PLAIN, Query
from tests.asking import eventually, until_live


async def test_listings_of_directories_that_come_and_go_fail_alone(root: Path) -> None:
    (root / "x.mp4").touch()
    library = Library(Config(roots=(str(root),)))
    async with library.following():
        await until_live(library)
        index = library.roots[0].index
        for number in range(50):
            index.apply("sub", {"sub": {}})
            place = library.place(f"{root}/sub")
            queries = (PLAIN, Query(limit=number + 1), Query(recursive=True, limit=number + 1))
            asked = [asyncio.create_task(library.lister.list_files(place, query, "")) for query in queries]
            await asyncio.sleep(0)
            index.apply("sub", None)
            for answer in await asyncio.gather(*asked, return_exceptions=True):
                assert not isinstance(answer, BaseException) or isinstance(answer, NotFound)
            encoding = await library.lister.list_files(library.place(None), Query(limit=number + 1), "")
            assert json.loads(b"".join(encoding.plain()))["total_files"] == 1


async def test_after_a_change_only_what_changed_is_made_anew(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    class Counting(Blocks):
        def __init__(self, *arguments: object) -> None:
            made.append(arguments)
            super().__init__(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("aiomedia.lister.Blocks", Counting)
    monkeypatch.setattr(offload_module, "IN_THREAD", 2)
    for number in range(5):
        (root / f"{number}.mp4").touch()
    library = Library(Config(roots=(str(root),)))
    place = library.place(None)

    async def names() -> list[str]:
        encoding = await library.lister.list_files(place, PLAIN, "")
        return [file["filename"] for file in json.loads(b"".join(encoding.plain()))["files"]]

    async with library.following():
        await until_live(library)
        assert len(await names()) == 5
        for number in range(5):
            (root / f"{number}.mp4").unlink()
            await eventually(names, lambda names, left=4 - number: len(names) == left)  # type: ignore[misc]
    assert len(made) == 1
