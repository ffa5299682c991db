"""Downloads: the contract's section 2, over real sockets."""

import os
import re
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote

import pytest
from multidict import CIMultiDictProxy
from yarl import URL

from tests.asking import Client, error_of, eventually
from tests.conftest import Serve

pytestmark = pytest.mark.each_way

CONTENT = bytes(range(256)) * 400


async def fetch(client: Client, url: str, **headers: str) -> tuple[int, CIMultiDictProxy[str], bytes]:
    async with client.get(URL(url, encoded=True), headers=headers) as response:
        return response.status, response.headers, await response.read()


@pytest.mark.parametrize(
    ("kind", "name", "content_type"), [("video", "x.mp4", "video/mp4"), ("audio", "y.WAV", "audio/wav")]
)
async def test_a_download_has_every_field_of_the_contract(
    root: Path, serve: Serve, kind: str, name: str, content_type: str
) -> None:
    (root / name).write_bytes(CONTENT)
    client = await serve(root)
    status, headers, body = await fetch(client, f"/download/{kind}/{name}")
    assert status == 200
    assert body == CONTENT
    assert headers["Content-Type"] == content_type
    assert headers["Content-Length"] == str(len(CONTENT))
    assert headers["Accept-Ranges"] == "bytes"
    assert re.fullmatch(r'"[\x21\x23-\x7e]+"', headers["ETag"])
    assert headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert headers["Cache-Control"] == "no-cache"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert parsedate_to_datetime(headers["Last-Modified"]) <= parsedate_to_datetime(headers["Date"])
    assert parsedate_to_datetime(headers["Last-Modified"]).timestamp() == int((root / name).stat().st_mtime)


async def test_an_empty_file_and_one_with_a_future_time_are_sent(root: Path, serve: Serve) -> None:
    (root / "x.mp4").touch()
    os.utime(root / "x.mp4", (2**33, 2**33))
    client = await serve(root)
    status, headers, body = await fetch(client, "/download/video/x.mp4")
    assert (status, headers["Content-Length"], body) == (200, "0", b"")
    assert parsedate_to_datetime(headers["Last-Modified"]) <= parsedate_to_datetime(headers["Date"])


async def test_a_resumed_download_of_a_file_that_was_replaced_is_the_whole_new_one(root: Path, serve: Serve) -> None:
    (root / "x.mp4").write_bytes(CONTENT)
    client = await serve(root)
    _, headers, _ = await fetch(client, "/download/video/x.mp4", Range="bytes=0-99")
    status, _, body = await fetch(client, "/download/video/x.mp4", Range="bytes=100-", **{"If-Range": headers["ETag"]})
    assert (status, body) == (206, CONTENT[100:])
    times = (root / "x.mp4").stat()
    (root / "new").write_bytes(CONTENT[::-1])
    os.utime(root / "new", ns=(times.st_atime_ns, times.st_mtime_ns))
    (root / "new").replace(root / "x.mp4")
    for validator in (headers["ETag"], f"W/{headers['ETag']}"):
        status, _, body = await fetch(client, "/download/video/x.mp4", Range="bytes=100-", **{"If-Range": validator})
        assert (status, body) == (200, CONTENT[::-1])


async def test_a_file_in_a_sub_directory_is_asked_for_with_a_slash_or_its_code(root: Path, serve: Serve) -> None:
    (root / "a b/ü").mkdir(parents=True)
    (root / "a b/ü/x.mp4").write_bytes(b"deep")
    client = await serve(root)
    for path in ("a%20b/%C3%BC/x.mp4", "a%20b%2F%C3%BC%2fx.mp4"):
        status, headers, body = await fetch(client, f"/download/video/{path}")
        assert (status, body) == (200, b"deep")
        assert headers["Content-Disposition"] == 'attachment; filename="x.mp4"'


async def test_directory_names_another_root_or_a_directory_below_one(root: Path, tmp_path: Path, serve: Serve) -> None:
    other = tmp_path / "other"
    (other / "sub").mkdir(parents=True)
    (root / "x.mp4").write_bytes(b"default")
    (other / "x.mp4").write_bytes(b"other")
    (other / "sub/x.mp4").write_bytes(b"sub")
    client = await serve(root, other)
    for directory, content in {
        f"{root}": b"default",
        f"{other}/": b"other",
        f"/{other}//sub/./": b"sub",
    }.items():
        async with client.get("/download/video/x.mp4", params={"directory": directory}) as response:
            assert await response.read() == content


async def test_disposition_is_chosen(root: Path, serve: Serve) -> None:
    (root / "x.mp4").touch()
    client = await serve(root)
    _, headers, _ = await fetch(client, "/download/video/x.mp4?disposition=inline")
    assert headers["Content-Disposition"] == 'inline; filename="x.mp4"'
    assert await error_of(client, "/download/video/x.mp4?disposition=Inline") == (400, "invalid_parameter")


@pytest.mark.parametrize(
    "name",
    [
        '"quoted" & <b>.mp4',
        "100% + #1?.mp4",
        "ü🎬.mp4",
        "caf\u00e9.mp4",
        "cafe\u0301.mp4",
        "%ff.mp4",
        "x" * 251 + ".mp4",
        " .mp4",
    ],
)
async def test_any_name_that_is_listed_is_downloaded_by_its_url(root: Path, serve: Serve, name: str) -> None:
    (root / name).write_bytes(name.encode())
    client = await serve(root)
    async with client.get("/list/files") as response:
        (file,) = (await response.json())["files"]
    assert file["filename"] == name
    status, _, body = await fetch(client, file["download_url_video"])
    assert (status, body) == (200, name.encode())


@pytest.mark.parametrize(
    "path", ["video/x.wav", "audio/x.mp4", "video/x.txt", "video/x", "audio/gone.mp4", "video/.mp3"]
)
async def test_a_name_of_another_kind_is_refused_whether_or_not_it_exists(root: Path, serve: Serve, path: str) -> None:
    for name in ("x.wav", "x.mp4", "x.txt", "x"):
        (root / name).touch()
    client = await serve(root)
    assert await error_of(client, f"/download/{path}") == (400, "invalid_file_type")


@pytest.mark.parametrize(
    "path", ["video/gone.mp4", "video/sub/gone.mp4", "audio/.hidden.wav", f"video/{'x' * 300}.mp4"]
)
async def test_a_file_that_is_not_there_is_not_found(root: Path, serve: Serve, path: str) -> None:
    (root / "sub").mkdir()
    (root / ".hidden.wav").touch()
    client = await serve(root)
    assert await error_of(client, f"/download/{path}") == (404, "not_found")


async def test_a_file_that_was_just_put_there_is_found_without_waiting_for_its_event(root: Path, serve: Serve) -> None:
    client = await serve(root, watch_step_ms=1000)
    (root / "x.mp4").write_bytes(b"new")
    status, _, body = await fetch(client, "/download/video/x.mp4")
    assert (status, body) == (200, b"new")


async def test_the_newest_generated_file_of_a_kind_is_sent(root: Path, serve: Serve) -> None:
    for position, name in enumerate(("5output.mp4", "5output.webm", "5output.wav", "15output.mkv", "5OUTPUT.avi")):
        (root / name).write_bytes(name.encode())
        os.utime(root / name, ns=(position, position))
    client = await serve(root)
    for kind, identifier, expected in [
        ("video", "5", b"5output.webm"),
        ("audio", "5", b"5output.wav"),
        ("video", "15", b"15output.mkv"),
    ]:
        status, _, body = await fetch(client, f"/download/generated/{kind}/{identifier}")
        assert (status, body) == (200, expected)
    os.utime(root / "5output.mp4", ns=(1, 1))
    os.utime(root / "5output.webm", ns=(1, 1))

    async def sent() -> bytes:
        return (await fetch(client, "/download/generated/video/5"))[2]

    assert await eventually(sent, lambda body: body == b"5output.mp4"), "of two with the same time the first by name"


async def test_task_id_is_tried_when_the_identifier_has_no_file_of_the_kind(root: Path, serve: Serve) -> None:
    for name in ("5output.wav", "7output.mp4", "7output.wav"):
        (root / name).write_bytes(name.encode())
    client = await serve(root)
    for path, expected in {
        "video/5?task_id=7": b"7output.mp4",
        "audio/5?task_id=7": b"5output.wav",
        "audio/6?task_id=7": b"7output.wav",
    }.items():
        status, _, body = await fetch(client, f"/download/generated/{path}")
        assert (status, body) == (200, expected)
    assert await error_of(client, "/download/generated/video/6?task_id=5") == (404, "not_found")


async def test_a_generated_file_is_directly_in_the_directory(root: Path, serve: Serve) -> None:
    (root / "sub").mkdir()
    (root / "sub/5output.mp4").write_bytes(b"sub")
    client = await serve(root)
    assert await error_of(client, "/download/generated/video/5") == (404, "not_found")
    status, _, body = await fetch(client, f"/download/generated/video/5?directory={root}/sub")
    assert (status, body) == (200, b"sub")


@pytest.mark.parametrize("identifier", ["", "a/b", "a%2Fb", "5o", "05", "*", "..", "%2e%2e", "5%00"])
async def test_an_identifier_is_compared_whole(root: Path, serve: Serve, identifier: str) -> None:
    (root / "5output.mp4").touch()
    client = await serve(root)
    for query in ("", "?task_id=5" if not identifier or "/" in unquote(identifier) else ""):
        assert await error_of(client, f"/download/generated/video/{identifier}{query}") == (404, "not_found")


async def test_the_template_is_configured(root: Path, serve: Serve) -> None:
    (root / "out-ab.c.mp4").write_bytes(b"1")
    client = await serve(root, generated_template="out-{uuid}")
    status, _, body = await fetch(client, "/download/generated/video/ab.c")
    assert (status, body) == (200, b"1")
