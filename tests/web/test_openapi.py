"""The description of the interface: it says what is there, all of it, and nothing else."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from openapi_spec_validator import OpenAPIV31SpecValidator
from pytest_aiohttp.plugin import AiohttpClient
from yarl import URL

from aiomedia import Config, Forbidden, create_app
from aiomedia.errors import Code
from aiomedia.web.keys import LIBRARY
from aiomedia.web.openapi.document import document
from aiomedia.web.openapi.refusals import MEANINGS
from aiomedia.web.serving import Address
from tests.asking import Client, error_of, eventually, raw_answer, until_live
from tests.conforming import DOCUMENT, Described, checked, described, resolved
from tests.conftest import Serve

# The contract's section 4, but for signed URLs and tokens, which are not there yet.
CONTRACT = {
    400: {"invalid_file_type", "invalid_filename", "invalid_directory", "invalid_parameter", "bad_request"},
    403: {"directory_not_allowed", "forbidden"},
    404: {"not_found", "being_written"},
    405: {"method_not_allowed"},
    410: {"cursor_expired"},
    412: {"precondition_failed"},
    416: {"range_not_satisfiable"},
    429: {"too_many_requests"},
    500: {"internal_error"},
    503: {"unavailable"},
}
# A URL of each path that answers 200, with a query to which more can be added.
URLS = {
    "/": "/?",
    "/api": "/api?",
    "/browse": "/browse?",
    "/browse/{path}": "/browse/x.mp4?",
    "/changes": "/changes?",
    "/download/audio/{filename}": "/download/audio/5output.wav?",
    "/download/generated/audio/{uuid}": "/download/generated/audio/5?",
    "/download/generated/video/{uuid}": "/download/generated/video/5?",
    "/download/video/{filename}": "/download/video/x.mp4?",
    "/events": "/events?",
    "/health/live": "/health/live?",
    "/health/ready": "/health/ready?",
    "/healthz": "/healthz?",
    "/list/files": "/list/files?",
    "/list/generated/{uuid}": "/list/generated/5?",
    "/openapi.json": "/openapi.json?",
    "/page/{name}": "/page/main.js?",
}
ALL = list(described())


def those(*codes: str | None, status: int | None = None) -> list[Described]:
    return [each for each in ALL if each.code in codes and status in (None, each.status)]


def test_it_is_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()  # type: ignore[no-untyped-call,unused-ignore]


def test_it_describes_every_route_and_no_other() -> None:
    routes = {(route.method, route.resource.canonical) for route in create_app().router.routes() if route.resource}
    # Where the application is mounted: a description has no path without a slash, so that of "/" tells of it.
    assert {("GET", ""), ("HEAD", "")} <= routes
    paths = {(each.method, each.path) for each in ALL}
    assert paths == routes - {("GET", ""), ("HEAD", "")}


def test_it_has_the_errors_of_the_contract() -> None:
    found: dict[int, set[str]] = {405: {"method_not_allowed"}}
    for each in ALL:
        if each.code is not None:
            found.setdefault(each.status, set()).add(each.code)
    assert found == CONTRACT
    assert set(DOCUMENT["components"]["schemas"]["Error"]["properties"]["code"]["enum"]) == set(get_args(Code))
    assert set(MEANINGS) == set(get_args(Code))


def references(described: Any) -> Iterator[str]:
    if isinstance(described, dict):
        if "$ref" in described:
            yield described["$ref"]
        for value in described.values():
            yield from references(value)
    elif isinstance(described, list):
        for value in described:
            yield from references(value)


def test_what_it_refers_to_is_there_and_all_of_it_is_referred_to() -> None:
    there = {f"#/components/{group}/{name}" for group, named in DOCUMENT["components"].items() for name in named}
    assert set(references(DOCUMENT)) == there - {"#/components/responses/MethodNotAllowed"}


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for methods in DOCUMENT["paths"].values() for operation in methods.values()]
    assert len(set(names)) == len(names)


@pytest.fixture
def media(root: Path) -> Path:
    """A root with something for every path."""
    (root / "sub").mkdir()
    for name in ("x.mp4", "5output.mp4", "5output.wav"):
        (root / name).write_bytes(b"0123456789")
    return root


async def conforming(client: Client, each: Described, url: str, **headers: str) -> None:
    """Asks, and makes sure that the answer is this one, as it is described."""
    asked = {name.replace("_", "-"): value for name, value in headers.items()} | {"Accept-Encoding": "identity"}
    target = URL(url, encoded=True)
    async with client.request(each.method, target, headers=asked, allow_redirects=False) as response:
        is_stream = each.path == "/events" and response.status == 200
        body = await (response.content.readany() if is_stream else response.read())
        try:
            assert response.status == each.status, body
            checked(each.method, each.path, response.status, response.headers, body)
        except Exception as error:
            error.add_note(f"{each} of {url}")
            raise
        if each.code is not None and each.method == "GET":
            assert f'"code":"{each.code}"'.encode() in body


async def test_what_succeeds(media: Path, serve: Serve) -> None:
    client = await serve(media)
    for each in those(None, status=200):
        await conforming(client, each, URLS[each.path])
        await conforming(client, each, URLS[each.path], Prefer="wait=1")
        if each.path == "/list/files":
            await conforming(client, each, "/list/files?limit=1")
        if each.path == "/browse/{path}":
            await conforming(client, each, "/browse/")
    for each in those(None, status=301):
        await conforming(client, each, "/browse" if each.path == "/browse" else "/browse/sub")


CONDITIONAL: dict[int, list[dict[str, str]]] = {
    206: [{"Range": "bytes=0-1"}, {"Range": "bytes=0-1,4-5"}],
    304: [{"If_None_Match": "*"}],
    412: [{"If_Match": '"another"'}],
    416: [{"Range": "bytes=10-"}],
}


async def test_what_conditions_and_ranges_make_of_it(media: Path, serve: Serve) -> None:
    client = await serve(media)
    for each in [each for each in ALL if each.status in CONDITIONAL]:
        for headers in CONDITIONAL[each.status]:
            await conforming(client, each, URLS[each.path], **headers)


def bad_urls(code: str, path: str, media: Path) -> list[str]:
    """URLs of the path that are answered so."""
    there, before = URLS[path], path.partition("{")[0]
    match code:
        case "invalid_file_type":
            return [f"{before}x.txt", f"{before}x.{'wav' if 'video' in path else 'mp4'}"]
        case "invalid_filename":
            return [f"{before}%FF.mp4"]
        case "invalid_directory":
            return [f"{there}directory=here", f"{there}directory=/a/../b"]
        case "invalid_parameter":
            return [f"{there}directory=/a&directory=/b", f"{there}directory=%FF"]
        case "directory_not_allowed":
            return [f"{there}directory=/nowhere", f"{there}directory={media.parent}"]
        case "not_found" if "{" in path and "uuid" not in path:
            return [f"{before}nowhere.{'wav' if 'audio' in path else 'mp4'}"]
        case "not_found" if "uuid" in path:
            return [f"{before}?", f"{there}directory={media}/nowhere"]
        case "not_found":
            return [f"{there}directory={media}/nowhere"]
        case "cursor_expired":
            return [f"{there}since=", f"{there}since=k3J9s0aB-17"]
    raise AssertionError(code)


BY_URL = (
    "invalid_file_type",
    "invalid_filename",
    "invalid_directory",
    "invalid_parameter",
    "directory_not_allowed",
    "not_found",
    "cursor_expired",
)


async def test_what_a_url_is_refused_for(media: Path, serve: Serve) -> None:
    client = await serve(media)
    for each in those(*BY_URL):
        assert each.code is not None
        for url in bad_urls(each.code, each.path, media):
            await conforming(client, each, url)
            await conforming(client, each, f"{url}{'&' if '?' in url else '?'}wait=0.01")


def queried() -> list[tuple[str, str, str]]:
    """Each parameter of a query, with the method and the path."""
    return [
        (method.upper(), path, resolved(parameter)["name"])
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
        for parameter in operation["parameters"]
        if resolved(parameter)["in"] == "query"
    ]


async def test_every_parameter_of_a_query_is_read(media: Path, serve: Serve) -> None:
    client = await serve(media)
    for method, path, name in queried():
        async with client.request(method, f"{URLS[path]}{name}=1&{name}=1") as response:
            assert response.status == 400, f"{path} takes no notice of {name}"
            assert method == "HEAD" or (await response.json())["code"] == "invalid_parameter"


def test_every_parameter_that_is_read_is_described() -> None:
    modules = (files("aiomedia") / "web").iterdir()
    texts = [module.read_text() for module in modules if module.name.endswith(".py")]
    read = {name for text in texts for name in re.findall(r'parameters\.\w+\(\s*"(\w+)"', text)}
    assert read == {name for _, _, name in queried()}


async def test_what_is_no_http(server: Address) -> None:
    for each in those("bad_request"):
        line = f"{each.method} {URLS[each.path]} HTTP/1.1".encode()
        answer = await raw_answer(server, line, b"Host: no host")
        assert answer.status == each.status
        checked(each.method, each.path, answer.status, answer.headers, b"" if each.method == "HEAD" else answer.body)


async def test_a_file_that_is_being_written(media: Path, serve: Serve) -> None:
    names = ("w.mp4", "w.wav", "6output.mp4", "6output.wav")
    files = [(media / name).open("wb") for name in names]
    try:
        client = await serve(media)
        library = client.app[LIBRARY] if client.app else None
        assert library is not None

        async def settling() -> int:
            return len(library.roots[0].settling)

        await eventually(settling, lambda count: count == len(names))
        for each in those("being_written"):
            before = each.path.partition("{")[0]
            name = "6" if "uuid" in each.path else "w.wav" if "audio" in each.path else "w.mp4"
            await conforming(client, each, f"{before}{name}")
    finally:
        for file in files:
            file.close()


async def test_a_file_that_may_not_be_read(media: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_: object) -> None:
        raise Forbidden("The server may not read this file.")

    monkeypatch.setattr("aiomedia.root.Root.open", refused)
    client = await serve(media)
    for each in those("forbidden"):
        await conforming(client, each, URLS[each.path])


async def test_too_many_who_wait(media: Path, serve: Serve) -> None:
    client = await serve(media, max_held=0)
    async with client.get("/changes") as response:
        cursor = (await response.json())["cursor"]
    for each in those("too_many_requests"):
        url = URLS[each.path].replace("5", "7", 1).replace("x.mp4", "y.mp4")
        await conforming(client, each, f"{url}wait=1&since={cursor}", Prefer="wait=1")


async def test_a_root_that_is_missing(tmp_path: Path, serve: Serve) -> None:
    client = await serve(tmp_path / "absent", ready=False)
    for each in [each for each in ALL if each.status == 503]:
        await conforming(client, each, URLS[each.path])


async def test_a_failure_inside(media: Path, aiohttp_client: AiohttpClient) -> None:
    @web.middleware
    async def broken(request: web.Request, handler: Handler) -> web.StreamResponse:
        raise RuntimeError

    app = create_app(Config(roots=(str(media),)))
    app.middlewares.append(broken)
    client: Client = await aiohttp_client(app)
    for each in those("internal_error"):
        await conforming(client, each, URLS[each.path])


def test_every_answer_that_is_described_was_asked_for_above() -> None:
    asked = {*BY_URL, "bad_request", "being_written", "forbidden", "too_many_requests", "unavailable", "internal_error"}
    statuses = {200, 301, 503, *CONDITIONAL}
    assert [each for each in ALL if each.code not in asked and each.status not in statuses] == []


async def test_other_methods_are_told_which_there_are(media: Path, serve: Serve) -> None:
    client = await serve(media)
    described = DOCUMENT["components"]["responses"]["MethodNotAllowed"]
    for path, methods in DOCUMENT["paths"].items():
        async with client.post(URLS[path]) as response:
            assert (response.status, (await response.json())["code"]) == (405, "method_not_allowed")
            assert set(response.headers["Allow"].split(",")) == {method.upper() for method in methods}
            assert described["headers"].keys() <= response.headers.keys()
    assert await error_of(client, "/nowhere") == (404, "not_found")


async def test_it_is_served_as_it_is_made(media: Path, serve: Serve) -> None:
    client = await serve(media)
    for coding in ("identity", "gzip"):
        async with client.get("/openapi.json", headers={"Accept-Encoding": coding}) as response:
            assert await response.json() == DOCUMENT
            assert response.headers.get("Content-Encoding", "identity") == coding


@pytest.mark.parametrize("mounts", [[], ["/media"], ["/media/v1", "/outer"]])
async def test_a_client_finds_the_routes_by_it_wherever_they_are(
    media: Path, aiohttp_client: AiohttpClient, mounts: list[str]
) -> None:
    app = inner = create_app(Config(roots=(str(media),)))
    for mount in mounts:
        outer = web.Application()
        outer.add_subapp(mount, app)
        app = outer
    client: Client = await aiohttp_client(app)
    await until_live(inner[LIBRARY])
    prefix = "".join(reversed(mounts))
    async with client.get(f"{prefix}/openapi.json") as response:
        got = await response.json()
        base = str(response.url.join(URL(got["servers"][0]["url"])))
    assert got["paths"] == document()["paths"]
    path = urlsplit(f"{base.removesuffix('/')}/list/files").path
    async with client.get(path) as response:
        assert response.status == 200


async def test_the_page_to_read_is_whole_without_a_script(media: Path, serve: Serve) -> None:
    client = await serve(media)
    async with client.get("/api") as response:
        text = await response.text()
        policy = response.headers["Content-Security-Policy"]
    assert "script" not in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|https?://", text)
    for path, methods in DOCUMENT["paths"].items():
        assert path.replace("/", "<wbr>/").removeprefix("<wbr>") in text
        assert f"<section id={methods['get']['operationId']} " in text
    for code in get_args(Code):
        assert f"<code>{code}</code>" in text
    ids = set(re.findall(r'\bid="?([\w-]+)', text))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= ids
