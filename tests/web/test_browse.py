"""The HTML index, as programs that follow links read it."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from yarl import URL

from aiomedia.web import browse
from tests.asking import Client, eventually, raw_get
from tests.conftest import Serve

pytestmark = pytest.mark.each_way


class Links(HTMLParser):
    """The targets and the texts of a page's links, and all its tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self._in_link = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "a":
            self._in_link = True
            self.hrefs.append(dict(attrs)["href"] or "")
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._in_link = False

    def handle_data(self, data: str) -> None:
        if self._in_link:
            self.texts[-1] += data


async def page(client: Client, path: str) -> Links:
    async with client.get(URL(path, encoded=True)) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        return Links(await response.text())


async def test_following_relative_links_finds_every_file(root: Path, serve: Serve) -> None:
    names = ["x.mp4", "take:1.mp4", "<b>&'\"%41#?.mp4", "ü 🎬.wav", "a b/y.mp3", "a b/deep:er/z.mkv"]
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    client = await serve(root)
    found = {}
    waiting = ["/browse/"]
    while waiting:
        base = waiting.pop()
        links = await page(client, base)
        for href, text in zip(links.hrefs, links.texts, strict=True):
            url = urljoin(base, href)
            assert not urlsplit(href).scheme
            if url.startswith(base) and url.endswith("/"):
                waiting.append(url)
            elif url.startswith(base):
                async with client.get(URL(url, encoded=True)) as response:
                    assert response.headers["Content-Disposition"].startswith("inline")
                    found[unquote(url.removeprefix("/browse/"))] = await response.read()
                assert unquote(url).endswith(text)
    assert found == {name: name.encode() for name in names}


async def test_a_link_is_taken_as_it_stands_too(root: Path, serve: Serve) -> None:
    (root / "take:1.mp4").write_bytes(b"1")
    client = await serve(root)
    (href,) = (await page(client, "/browse/")).hrefs
    status, body = await raw_get(client, f"/browse/{href}")  # rclone leaves the './' in
    assert (status, body) == (200, b"1")


async def test_times_that_no_calendar_has_are_shown(root: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "x.mp4").touch()
    monkeypatch.setattr(browse, "LAST_SECOND", 0)  # tmpfs keeps times after the year 9999, other file systems don't
    client = await serve(root)
    async with client.get("/browse/") as response:
        assert "1970-01-01" in await response.text()


async def test_a_large_page_holds_every_file(root: Path, serve: Serve) -> None:
    names = [f"{number:04}.mp4" for number in range(2100)]
    for name in names:
        (root / name).touch()
    client = await serve(root)
    assert (await page(client, "/browse/")).texts == names


async def test_names_stay_text(root: Path, serve: Serve) -> None:
    (root / "<script>alert(1)<").mkdir()
    (root / "<img src=x onerror=alert(1)>.mp4").touch()
    client = await serve(root)
    assert not (await page(client, "/browse/")).tags & {"script", "img"}
    assert not (await page(client, "/browse/%3Cscript%3Ealert(1)%3C/")).tags & {"script", "img"}


async def test_a_directory_without_its_slash_leads_to_it(root: Path, serve: Serve) -> None:
    (root / "a b/c d").mkdir(parents=True)
    client = await serve(root)
    for path, url in {"/browse": "/browse/", "/browse/a%20b/c%20d": "/browse/a%20b/c%20d/"}.items():
        async with client.get(URL(path, encoded=True)) as response:
            assert response.status == 200
            assert response.url.raw_path == url


async def test_a_page_answers_304_until_something_changes(root: Path, serve: Serve) -> None:
    client = await serve(root)
    async with client.get("/browse/") as response:
        etag = response.headers["ETag"]

    async def status() -> int:
        async with client.get("/browse/", headers={"If-None-Match": etag}) as response:
            return response.status

    assert await status() == 304
    (root / "x.mp4").touch()
    await eventually(status, lambda status: status == 200)


async def test_what_is_not_there_is_an_error_as_everywhere(root: Path, serve: Serve) -> None:
    client = await serve(root)
    for path in ("/browse/gone/", "/browse/gone.mp4", "/browse/gone"):
        async with client.get(path) as response:
            assert response.status == 404
            assert (await response.json())["code"] == "not_found"
