"""The live page as it goes over HTTP; what it does in a browser is in `tests/test_page_in_browser.py`."""

import re
from importlib.resources import files
from pathlib import Path
from urllib.parse import urljoin

import pytest
from aiohttp import web
from pytest_aiohttp.plugin import AiohttpClient

from aiomedia import Config, create_app
from aiomedia.web.keys import LIBRARY
from tests.asking import Client, error_of, until_live
from tests.conftest import Serve

PAGE = files("aiomedia.web") / "page"
NAMES = sorted(path.name for path in PAGE.iterdir())
CONTENT_TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "media-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
}


def urls_in(base: str, text: str) -> set[str]:
    """What a part of the page refers to: links, styles and scripts in HTML, and modules in JavaScript."""
    found = re.findall(r'(?:href|src)="([^"#]+)"|from "([^"]+)"', text)
    return {urljoin(base, html or module) for html, module in found}


async def crawled(client: Client, base: str) -> dict[str, str]:
    """All that the page is made of as a browser would find it, by URL."""
    texts: dict[str, str] = {}
    waiting = {base}
    while waiting:
        url = waiting.pop()
        async with client.get(url) as response:
            assert response.status == 200, url
            texts[url] = await response.text()
        if "/browse/" not in url:
            waiting |= urls_in(url, texts[url]) - texts.keys()
    return texts


@pytest.mark.parametrize("url", ["/", *(f"/page/{name}" for name in NAMES)])
async def test_every_part_says_what_it_is_and_what_may_be_loaded(root: Path, serve: Serve, url: str) -> None:
    client = await serve(root)
    async with client.get(url) as response:
        assert response.status == 200
        name = url.rpartition("/")[2] or "index.html"
        assert await response.read() == (PAGE / name).read_bytes()
        assert response.headers["Content-Type"] == CONTENT_TYPES[name.rpartition(".")[2]]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-cache"
        assert set(response.headers["Content-Security-Policy"].split("; ")) == POLICY


async def test_the_page_is_there_before_the_index_is(tmp_path: Path, serve: Serve) -> None:
    client = await serve(tmp_path / "missing", ready=False)
    async with client.get("/") as response:
        assert response.status == 200


async def test_a_part_is_sent_once_and_then_answered_with_304(root: Path, serve: Serve) -> None:
    client = await serve(root)
    for url in ("/", "/page/main.js"):
        tags = set()
        for coding in ("identity", "gzip"):
            fields = {"Accept-Encoding": coding}
            async with client.get(url, headers=fields) as response:
                assert response.headers.get("Content-Encoding", "identity") == coding
                assert response.headers["Vary"] == "Accept-Encoding"
                tags.add(response.headers["ETag"])
            fields["If-None-Match"] = response.headers["ETag"]
            async with client.get(url, headers=fields) as response:
                assert response.status == 304
                assert await response.read() == b""
                assert response.headers["ETag"] in tags
        assert len(tags) == 2


async def test_gzip_makes_the_page_smaller(root: Path, serve: Serve) -> None:
    client = await serve(root)

    async def sent(coding: str) -> int:
        total = 0
        for name in NAMES:
            async with client.head(f"/page/{name}", headers={"Accept-Encoding": coding}) as response:
                total += int(response.headers["Content-Length"])
        return total

    assert await sent("gzip") < await sent("identity") / 2


async def test_head_answers_what_get_does_without_content(root: Path, serve: Serve) -> None:
    client = await serve(root)
    async with client.get("/") as get, client.head("/") as head:
        assert head.status == 200
        assert await head.read() == b""
        for name in ("Content-Type", "Content-Length", "ETag", "Content-Security-Policy"):
            assert head.headers[name] == get.headers[name]


async def test_nothing_else_lies_there(root: Path, serve: Serve) -> None:
    (root / "x.mp4").touch()
    client = await serve(root)
    for name in ("nowhere.js", "x.mp4", "..%2Flive.py", "%2e%2e/live.py", ""):
        assert await error_of(client, f"/page/{name}") == (404, "not_found")
    async with client.post("/") as response:
        assert response.status == 405


async def test_the_page_is_whole_wherever_it_is_mounted(root: Path, aiohttp_client: AiohttpClient) -> None:
    app, media = web.Application(), create_app(Config(roots=(str(root),)))
    app.add_subapp("/outer/media", media)
    client: Client = await aiohttp_client(app)
    await until_live(media[LIBRARY])
    found = await crawled(client, "/outer/media/")
    expected = {f"/outer/media/page/{name}" for name in NAMES if name != "index.html"}
    expected |= {f"/outer/media/{name}" for name in ("", "browse/", "api", "openapi.json")}
    assert found.keys() == expected


async def test_the_mount_without_its_slash_leads_to_the_page(root: Path, aiohttp_client: AiohttpClient) -> None:
    app = web.Application()
    app.add_subapp("/outer/media", create_app(Config(roots=(str(root),))))
    client: Client = await aiohttp_client(app)
    async with client.get("/outer/media?q=a%20b", allow_redirects=False) as response:
        assert response.status == 301
        assert response.headers["Location"] == "media/?q=a%20b"  # relative, for a proxy may have put something before
    async with client.get("/outer/media") as response:
        assert response.status == 200
        assert response.url.path == "/outer/media/"


async def test_the_page_has_no_inline_script_or_style_and_no_other_origin(root: Path, serve: Serve) -> None:
    client = await serve(root)
    for url, text in (await crawled(client, "/")).items():
        if "/browse/" in url:
            continue
        urls = set(re.findall(r"https?://[^\s\"'`]+", text)) - {"http://www.w3.org/2000/svg"}
        assert urls == set(), url
        if url == "/":
            assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", text)
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), url


async def test_without_javascript_it_points_to_the_plain_index(root: Path, serve: Serve) -> None:
    client = await serve(root)
    async with client.get("/") as response:
        (hint,) = re.findall(r"<noscript>.*?</noscript>", await response.text(), re.DOTALL)
    assert 'href="browse/"' in hint


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".js")])
def test_a_module_holds_one_idea_of_at_most_250_lines_and_imports_what_it_uses(name: str) -> None:
    text = (PAGE / name).read_text()
    assert len(text.splitlines()) <= 250
    for names in re.findall(r"^import \{ (.*) \} from", text, re.MULTILINE):
        for imported in names.split(", "):
            assert len(re.findall(rf"\b{imported}\b", text)) > 1, imported
