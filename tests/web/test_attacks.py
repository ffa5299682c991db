"""What an attacker tries, over raw sockets: nobody gets a byte from outside the roots, whatever the spelling."""

import asyncio
import json
import os
from pathlib import Path
from urllib.parse import quote

import pytest

from aiomedia.web.serving import Address
from tests.asking import Client, connected, error_of, raw_get
from tests.conftest import Serve
from tests.rfc9112 import MESSAGES

SECRET = b"SECRET"


@pytest.fixture
async def client(root: Path, tmp_path: Path, serve: Serve) -> Client:
    """A root with a file, beside things that must not be reached."""
    (root / "sub").mkdir()
    (root / "x.mp4").write_bytes(b"public")
    (tmp_path / "secret.mp4").write_bytes(SECRET)
    (tmp_path / "media-secret").mkdir()
    (tmp_path / "media-secret/secret.mp4").write_bytes(SECRET)
    (root / ".hidden").mkdir()
    (root / ".hidden/secret.mp4").write_bytes(SECRET)
    (root / ".secret.mp4").write_bytes(SECRET)
    (root / "link.mp4").symlink_to("../secret.mp4")
    (root / "out").symlink_to(tmp_path)
    (root / "etc").symlink_to("/etc")
    os.mkfifo(root / "fifo.mp4")
    (root / "directory.mp4").mkdir()
    return await serve(root, follow_symlinks=True)


TRAVERSALS = [
    "../secret.mp4",
    "sub/../../secret.mp4",
    "..%2fsecret.mp4",
    "..%2Fsecret.mp4",
    "%2e%2e/secret.mp4",
    "%2e%2e%2fsecret.mp4",
    "%2E%2E%2Fsecret.mp4",
    ".%2e/secret.mp4",
    "sub/%2e%2e/%2e%2e/secret.mp4",
    "..\\secret.mp4",
    "..%5csecret.mp4",
    "..%5C..%5Csecret.mp4",
    "./x.mp4",
    "%2e/x.mp4",
    "sub/./x.mp4",
    "sub//x.mp4",
    "/x.mp4",
    "//etc/passwd.mp4",
    "%2fetc%2fpasswd.mp4",
    "%2f%2fetc/x.mp4",
    "x.mp4/",
    "",
    "x.mp4%00",
    "x%00.mp4",
    "%00",
    "x.mp4%00.jpg",
    "%0d%0aSet-Cookie:%20a=b.mp4",
    "x%0a.mp4",
    "x%1b%5b2J.mp4",
    "x%7f.mp4",
    "x%c2%85.mp4",
    "x%e2%80%a8.mp4",
    "%ff.mp4",
    "%c0%ae%c0%ae/secret.mp4",
    "%c0%ae%c0%ae%c0%afsecret.mp4",
    "%ed%a0%80.mp4",
    "../secret.txt",
]


@pytest.mark.parametrize("spelling", TRAVERSALS)
async def test_a_name_that_is_none_is_refused(client: Client, spelling: str) -> None:
    status, body = await raw_get(client, f"/download/video/{spelling}")
    assert status == 400
    assert json.loads(body)["code"] == "invalid_filename"
    assert SECRET not in body


@pytest.mark.parametrize(
    "spelling",
    [
        "%252e%252e%252fsecret.mp4",  # decoded once, it is a name like any other
        "..%252fsecret.mp4",
        "%25ff.mp4",
        "%EF%BC%8E%EF%BC%8E%EF%BC%8Fsecret.mp4",
        "...%2fsecret.mp4",
        "..;/secret.mp4",
        ".hidden/secret.mp4",
        ".secret.mp4",
        "link.mp4",
        "out/secret.mp4",
        "out/media-secret/secret.mp4",
        "etc/x.mp4",
        "fifo.mp4",
        "directory.mp4",
        "X.MP4",
        f"{'x' * 252}.mp4",
        "%" + "%41" * 100 + ".mp4",
    ],
)
async def test_what_is_not_in_the_index_does_not_exist(client: Client, spelling: str) -> None:
    status, body = await raw_get(client, f"/download/video/{spelling}")
    assert (status, json.loads(body)["code"]) == (404, "not_found")
    assert SECRET not in body


async def test_a_root_beside_another_is_not_reached_by_a_prefix_or_in_any_other_way(
    client: Client, root: Path, tmp_path: Path
) -> None:
    answers = set()
    for directory in (
        f"{tmp_path}",
        f"{tmp_path}/media-secret",
        f"{root}-secret",
        f"{root}x",
        f"{tmp_path}/absent",
        "/",
        "/etc",
        "//etc//passwd",
        "/proc/self/cwd",
        "/nonexistent\r\nX: y",
        f"{root}".upper(),
    ):
        for target in ("/list/files", "/list/generated/5", "/download/video/secret.mp4", "/download/generated/video/5"):
            status, body = await raw_get(client, f"{target}?directory={quote(directory, safe='')}")
            assert (status, json.loads(body)["code"]) == (403, "directory_not_allowed")
            answers.add(body)
    assert len(answers) == 1, "they can't be told from each other"


@pytest.mark.parametrize(
    "directory", ["", "media", "..", "{root}/..", "{root}/sub/../..", "{root}%00", "{root}/%2e%2e", "%2e"]
)
@pytest.mark.parametrize("target", ["/list/files", "/download/video/x.mp4"])
async def test_a_directory_that_is_none_is_refused(client: Client, root: Path, directory: str, target: str) -> None:
    status, body = await raw_get(client, f"{target}?directory={directory.format(root=root)}")
    assert (status, json.loads(body)["code"]) == (400, "invalid_directory")


@pytest.mark.parametrize("directory", [".hidden", "out", "etc", "x.mp4", "fifo.mp4", "gone", "sub/gone"])
async def test_a_directory_inside_that_is_not_indexed_is_not_found(client: Client, root: Path, directory: str) -> None:
    assert await error_of(client, f"/list/files?directory={root}/{directory}") == (404, "not_found")


@pytest.mark.parametrize("query", ["directory=%ff", "directory=/a&directory=/b", "directory=%c0%ae"])
async def test_a_query_that_is_no_text_or_says_two_things_is_refused(client: Client, query: str) -> None:
    assert await error_of(client, f"/list/files?{query}") == (400, "invalid_parameter")


@pytest.mark.parametrize("query", ["other=%ff", "other=1&other=2", "%ff=1", "=&&=", "a;b"])
async def test_parameters_that_nobody_asks_for_are_ignored(client: Client, query: str) -> None:
    assert (await raw_get(client, f"/list/files?{query}"))[0] == 200


@pytest.mark.parametrize(
    "spelling", ["/", "sub//", "..", "%2e%2e", "../..", "..%2f..%2f", ".hidden/", ".hidden/secret.mp4", "out/"]
)
async def test_browsing_does_not_lead_outside_either(client: Client, spelling: str) -> None:
    status, body = await raw_get(client, f"/browse/{spelling}")
    assert status in (400, 404)
    assert json.loads(body)["code"] in ("invalid_filename", "not_found")
    assert SECRET not in body


async def test_nothing_but_the_file_itself_is_in_a_listing(client: Client, root: Path) -> None:
    status, body = await raw_get(client, "/list/files?recursive=true")
    assert status == 200
    assert [file["filename"] for file in json.loads(body)["files"]] == ["x.mp4"]


@pytest.mark.parametrize(
    "lines",
    [
        *(message.lines for message in MESSAGES if message.status >= 400),
        [b"GET /\xff\xfe HTTP/1.1", b"Host: a"],
        [b"GET / HTTP/1.1", b"Host: <script>"],
        [b"GET /healthz HTTP/1.1", b"Host: a", b"Expect: <script>"],
        [b"GET /nowhere/<script> HTTP/1.1", b"Host: a"],
        [b"GET /download/video/<script>.mp4 HTTP/1.1", b"Host: a"],
    ],
)
async def test_no_error_shows_what_was_asked(server: Address, lines: list[bytes]) -> None:
    async with connected(server, *lines) as connection:
        answer = await connection.answer()
    answer.error()
    for echo in (b"GARBAGE", b"script", b"yyyy", b"X Y", b"coffee", b"BREW", b"nowhere", b"user@a", b"\\x", b"\xff"):
        assert echo not in answer.body


async def test_the_allowed_methods_are_named(client: Client) -> None:
    async with client.post("/list/files") as response:
        assert response.status == 405
        assert response.headers["Allow"] == "GET,HEAD"


async def test_a_thousand_strange_requests_at_once_leave_the_server_well(client: Client) -> None:
    await asyncio.gather(*(raw_get(client, f"/download/video/{spelling}") for spelling in TRAVERSALS * 10))
    status, body = await raw_get(client, "/download/video/x.mp4")
    assert (status, body) == (200, b"public")
