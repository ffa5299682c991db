"""A directory that is made to hold what a server has."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

import pytest

from aiomedia.client import ledger as ledger_module
from aiomedia.client.client import Client
from aiomedia.client.downloading import Downloaded
from aiomedia.client.errors import DiskFull, DownloadError, GaveUp, Refused, TargetLocked
from aiomedia.client.following import Change
from aiomedia.client.ledger import LEDGER, open_ledger
from aiomedia.client.mirror import Mirror, Mirrored, MirrorOptions, MirrorReport, Remote
from aiomedia.client.progress import Progress
from aiomedia.resource import ListedFile
from tests.asking import eventually
from tests.conftest import Serve

Mirrors = Callable[..., Awaitable[MirrorReport]]


@pytest.fixture
async def client(serve: Serve, root: Path) -> AsyncIterator[Client]:
    server = await serve(root)
    async with Client(str(server.make_url("/")), attempts=0) as client:
        yield client


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return tmp_path / "here"


def put(root: Path, name: str, content: bytes = b"content") -> None:
    (root / name).parent.mkdir(exist_ok=True, parents=True)
    (root / ".new").write_bytes(content)
    (root / ".new").rename(root / name)


def files(directory: Path) -> dict[str, bytes]:
    """What there is, but for the ledger."""
    found = {str(path.relative_to(directory)): path for path in directory.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if name != LEDGER}


async def shows(client: Client, root: Path) -> None:
    """Waits until the server lists what is there."""

    async def sizes() -> dict[str, int]:
        return {file.filename: file.size for file in (await client.list_files(recursive=True)).files}

    there = {name: len(content) for name, content in files(root).items() if "/." not in f"/{name}"}
    await eventually(sizes, lambda sizes: sizes == there)


async def test_the_whole_tree_is_mirrored_and_fetched_once(client: Client, root: Path, here: Path) -> None:
    put(root, "a.mp4", b"a")
    put(root, "deep/er/b.wav", b"b")
    await shows(client, root)
    report = await client.mirror(here)
    assert files(here) == files(root)
    assert sorted(report.fetched) == ["a.mp4", "deep/er/b.wav"]
    again = await client.mirror(here)
    assert (again.unchanged, again.fetched) == (2, [])


async def test_what_was_replaced_or_touched_is_fetched_again(client: Client, root: Path, here: Path) -> None:
    put(root, "a.mp4", b"one")
    put(root, "b.mp4", b"one")
    await shows(client, root)
    await client.mirror(here)
    put(root, "a.mp4", b"four")
    (here / "b.mp4").write_bytes(b"own")
    await shows(client, root)
    assert sorted((await client.mirror(here)).fetched) == ["a.mp4", "b.mp4"]
    assert files(here) == files(root)


async def test_only_with_delete_and_only_its_own_files_are_deleted(client: Client, root: Path, here: Path) -> None:
    for name in ("a.mp4", "deep/b.mp4", "changed.mp4"):
        put(root, name)
    await shows(client, root)
    await client.mirror(here)
    (here / "mine.mp4").write_bytes(b"mine")
    (here / "changed.mp4").write_bytes(b"by somebody")
    for name in ("a.mp4", "deep/b.mp4", "changed.mp4"):
        (root / name).unlink()
    await shows(client, root)
    assert (await client.mirror(here)).deleted == []
    dry = await client.mirror(here, delete=True, dry_run=True)
    assert sorted(dry.deleted) == ["a.mp4", "deep/b.mp4"]
    assert "a.mp4" in files(here)
    report = await client.mirror(here, delete=True)
    assert sorted(report.deleted) == ["a.mp4", "deep/b.mp4"]
    assert files(here) == {"mine.mp4": b"mine", "changed.mp4": b"by somebody"}
    assert not (here / "deep").exists()


async def test_a_server_that_can_not_list_costs_no_file(client: Client, root: Path, here: Path) -> None:
    put(root, "a.mp4")
    await shows(client, root)
    await client.mirror(here)
    root.rename(root.with_name("away"))

    async def listed() -> bool:
        try:
            await client.list_files()
        except GaveUp:
            return True
        return False

    await eventually(listed)
    with pytest.raises(DownloadError):
        await client.mirror(here, delete=True)
    assert list(files(here)) == ["a.mp4"]


async def test_a_type_and_globs_choose(client: Client, root: Path, here: Path) -> None:
    for name in ("a.mp4", "a.wav", "b/a.mp4", "b.mp4"):
        put(root, name)
    await shows(client, root)
    await client.mirror(here, type="video", include=["a*", "b/*"])
    assert set(files(here)) == {"a.mp4", "b/a.mp4"}


async def test_a_dry_run_does_nothing(client: Client, root: Path, here: Path) -> None:
    put(root, "a.mp4", b"1234")
    await shows(client, root)
    told: list[Mirrored] = []
    await client.mirror(here, dry_run=True, tell=told.append)
    assert told == [Mirrored("fetched", "a.mp4", 4)]
    assert not here.exists()


async def test_two_mirrors_of_one_directory_do_not_disturb_each_other(client: Client, here: Path) -> None:
    here.mkdir()
    with open_ledger(str(here), dry_run=False), pytest.raises(TargetLocked):
        await client.mirror(here)


async def test_a_watching_mirror_follows(client: Client, root: Path, here: Path) -> None:
    put(root, "a.mp4", b"a")
    await shows(client, root)
    mirroring = asyncio.ensure_future(client.mirror(here, watch=True, delete=True))

    async def same() -> bool:
        return here.exists() and files(here) == files(root)

    try:
        await eventually(same)
        put(root, "b/c.mp4", b"c")
        put(root, "a.mp4", b"another")
        await eventually(same)
        (root / "a.mp4").unlink()
        await eventually(same)
    finally:
        mirroring.cancel()
        await asyncio.gather(mirroring, return_exceptions=True)


class Fake:
    """A server as a mirror asks it, whose files are names with a version, and which fails as it is told."""

    def __init__(self, *names: str) -> None:
        self.files = [listed(name) for name in names]
        self.fails: dict[str, DownloadError] = {}

    def mirror(self, here: Path, delete: bool = False, watch: bool = False) -> Mirror:
        remote = Remote(self._listing, self._fetch, self._changes)
        return Mirror(
            remote, str(here), MirrorOptions(delete=delete, watch=watch), lambda deed: None, lambda name, progress: None
        )

    async def _listing(self) -> tuple[list[ListedFile], str]:
        return self.files, "cursor"

    async def _fetch(self, file: ListedFile, target: str, progress: Callable[[Progress], None]) -> Downloaded:
        filename = file.filename
        if filename in self.fails:
            raise self.fails[filename]
        Path(target).write_bytes(filename.encode())
        return Downloaded(target, len(filename), '"1"')

    async def _changes(self, cursor: str, known: Iterable[ListedFile]) -> AsyncIterator[Change]:
        await asyncio.Event().wait()
        yield Change("added", self.files[0], cursor)


def listed(name: str, etag: str = '"1"') -> ListedFile:
    return ListedFile(name, len(name), "video", 0, name, None, etag, "video/mp4")


@pytest.mark.parametrize("name", ["../x.mp4", "/etc/x.mp4", "a/../../x.mp4", ".ssh/x.mp4", "a\nb.mp4", "x" * 300])
async def test_names_that_lead_elsewhere_are_reported_and_not_written(here: Path, name: str) -> None:
    report = await Fake("good.mp4", name).mirror(here).run()
    assert set(files(here.parent)) == {"here/good.mp4", f"here/{LEDGER}"}
    assert list(report.failed) == [name]


async def test_a_link_below_is_not_followed(here: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    here.mkdir()
    (here / "sub").symlink_to(tmp_path / "elsewhere")
    report = await Fake("sub/x.mp4").mirror(here).run()
    assert "is no directory" in report.failed["sub/x.mp4"]
    assert os.listdir(tmp_path / "elsewhere") == []


async def test_what_fails_of_one_file_is_reported_and_the_others_are_there(here: Path) -> None:
    fake = Fake("a.mp4", "b.mp4")
    fake.fails["a.mp4"] = Refused("There is no such file.", 404)
    report = await fake.mirror(here).run()
    assert report.failed == {"a.mp4": "There is no such file."}
    assert report.fetched == ["b.mp4"]


async def test_a_full_disk_ends_it(here: Path) -> None:
    fake = Fake("a.mp4", "b.mp4")
    fake.fails["a.mp4"] = DiskFull("no room")
    with pytest.raises(DiskFull):
        await fake.mirror(here).run()


async def test_what_fails_while_it_watches_is_tried_again(here: Path) -> None:
    fake = Fake("a.mp4")
    fake.fails["a.mp4"] = GaveUp("nothing")
    mirroring = asyncio.ensure_future(fake.mirror(here, watch=True).run())

    async def there() -> bool:
        return "a.mp4" in files(here)

    await asyncio.sleep(0)
    fake.fails.clear()
    await eventually(there)
    mirroring.cancel()
    await asyncio.gather(mirroring, return_exceptions=True)


async def test_a_directory_may_take_the_place_of_a_file_and_a_file_that_of_a_directory(here: Path) -> None:
    await Fake("a", "b/c").mirror(here, delete=True).run()
    report = await Fake("a/d", "b").mirror(here, delete=True).run()
    assert report.failed == {}
    assert set(files(here)) == {"a/d", "b"}


async def test_a_file_that_was_there_before_it_was_begun_is_nobodys_to_delete(here: Path) -> None:
    here.mkdir()
    (here / "a.mp4").write_bytes(b"mine")
    fake = Fake("a.mp4")
    fake.fails["a.mp4"] = GaveUp("nothing")
    await fake.mirror(here, delete=True).run()
    await Fake().mirror(here, delete=True).run()
    assert files(here) == {"a.mp4": b"mine"}


async def test_a_file_that_was_there_when_the_mirror_was_killed_is_its_own(here: Path) -> None:
    """Killed between the last rename and the line that tells of it."""
    here.mkdir()
    with open_ledger(str(here), dry_run=False) as ledger:
        ledger.begin("a.mp4")
    (here / "a.mp4").write_bytes(b"a.mp4")
    report = await Fake().mirror(here, delete=True).run()
    assert report.deleted == ["a.mp4"]


def test_a_ledger_does_not_grow_without_an_end(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "OUTDATED_LINES", 10)
    here.mkdir()
    with open_ledger(str(here), dry_run=False) as ledger:
        for number in range(100):
            ledger.begin("a.mp4")
            (here / "a.mp4").write_bytes(b"%d" % number)
            ledger.finish("a.mp4", f'"{number}"')
        assert len((here / LEDGER).read_bytes().splitlines()) < 20
    with open_ledger(str(here), dry_run=False) as ledger:
        assert ledger.has("a.mp4", '"99"')


def test_a_ledger_outlives_a_line_that_was_cut(here: Path) -> None:
    here.mkdir()
    with open_ledger(str(here), dry_run=False) as ledger:
        for name in ("a.mp4", "b.mp4"):
            ledger.begin(name)
            (here / name).write_bytes(b"a")
            ledger.finish(name, '"1"')
    content = (here / LEDGER).read_bytes()
    (here / LEDGER).write_bytes(content[:-3])
    with open_ledger(str(here), dry_run=False) as ledger:
        assert ledger.has("a.mp4", '"1"')
        assert not ledger.has("a.mp4", '"2"')
        assert not ledger.has("b.mp4", '"1"')
        assert ledger.owns("b.mp4")
        ledger.forget("b.mp4")
    with open_ledger(str(here), dry_run=False) as ledger:
        assert ledger.names() == ["a.mp4"]
