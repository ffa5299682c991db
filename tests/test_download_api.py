"""Checks a running server endpoint by endpoint: `python tests/test_download_api.py [http://localhost:5000]`.

It needs nothing but Python, changes nothing, and asks only for what the server lists: whatever is missing there, such
as a generated file, is said and left out. pytest runs the same checks against a server that it starts on the samples.
"""

import gzip
import json
import re
import sys
from collections.abc import Callable
from email.message import Message
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

ENOUGH = 1_000_000  # bytes of a file: the first ones and the last ones say as much as all of them


class Missing(Exception):
    """The server holds nothing that this check could be made with."""


class Answer(NamedTuple):
    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        assert self.headers.get_content_type() == "application/json", self.headers["Content-Type"]
        return json.loads(self.body)

    def error(self) -> tuple[int, str]:
        return self.status, self.json()["code"]


class Api:
    """The server at this URL."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(self.url + path, headers=fields, method=method)
        try:
            with urlopen(request, timeout=30) as response:
                return Answer(response.status, response.headers, response.read())
        except HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def files(self, kind: str = "all") -> list[dict[str, Any]]:
        """The smallest files that are listed."""
        listing = self.get(f"/list/files?type={kind}&sort=size&limit=100").json()
        return [file for file in listing["files"] if file["size"] > 1]

    def one_of(self, kind: str) -> dict[str, Any]:
        for file in self.files(kind):
            return file
        raise Missing(f"no {kind}")

    def identifier_of(self, kind: str) -> str:
        for file in self.files(kind):
            if matched := re.fullmatch(r"(.+)output\.\w+", file["filename"]):
                return quote(matched[1], safe="")
        raise Missing(f"no generated {kind}: a file called like 5output.mp4")


def check_health(api: Api) -> str:
    assert api.get("/health/live").status == 200
    assert api.get("/healthz").status == 200
    answer = api.get("/health/ready")
    assert answer.status == 200, answer.body
    return f"{sum(root['files'] for root in answer.json()['roots'])} files are known"


def check_list_files(api: Api) -> str:
    listing = api.get("/list/files").json()
    assert list(listing) == ["directory", "total_files", "files", "next"]
    assert listing["total_files"] == len(listing["files"])
    names = [file["filename"] for file in listing["files"]]
    assert names == sorted(names)
    for file in listing["files"]:
        url, other = file["download_url_video"], file["download_url_audio"]
        if file["type"] == "audio":
            url, other = other, url
        assert url
        assert other is None
    return f"{len(names)} in {listing['directory']}"


def check_list_files_by_type_and_page(api: Api) -> str:
    whole = api.get("/list/files").json()["files"]
    for kind in ("video", "audio"):
        of_kind = api.get(f"/list/files?type={kind}").json()["files"]
        assert of_kind == [file for file in whole if file["type"] == kind]
    path: str | None = "/list/files?limit=2&sort=size&order=desc"
    sizes: list[int] = []
    pages = 0
    while path is not None and pages < 10:
        page = api.get(path).json()
        sizes += [file["size"] for file in page["files"]]
        path = page["next"]
        pages += 1
    assert sizes == sorted(sizes, reverse=True)
    return f"{pages} pages of the largest files"


def check_list_files_unchanged(api: Api) -> str:
    plain = api.get("/list/files", Accept_Encoding="identity")
    compressed = api.get("/list/files", Accept_Encoding="gzip")
    assert gzip.decompress(compressed.body) == plain.body
    assert compressed.headers["ETag"] != plain.headers["ETag"]
    assert api.get("/list/files", If_None_Match=plain.headers["ETag"]).status == 304
    return f"304, and gzip of {len(plain.body)} bytes in {len(compressed.body)}"


def check_download(api: Api, kind: str) -> str:
    file = api.one_of(kind)
    url = file[f"download_url_{kind}"]
    head = api.get(url, method="HEAD")
    assert head.status == 200
    assert head.body == b""
    assert head.headers["Content-Length"] == str(file["size"])
    assert head.headers["Content-Type"] == file["content_type"]
    assert head.headers["ETag"] == file["etag"]
    assert head.headers["Accept-Ranges"] == "bytes"
    assert head.headers["Content-Disposition"].startswith("attachment; filename=")
    if file["size"] <= ENOUGH:
        whole = api.get(url)
        assert whole.status == 200
        assert len(whole.body) == file["size"]
        middle = file["size"] // 2
        first = api.get(url, Range=f"bytes=0-{middle - 1}")
        rest = api.get(url, Range=f"bytes={middle}-", If_Range=first.headers["ETag"])
        assert first.status == rest.status == 206
        assert first.body + rest.body == whole.body
    return f"{file['filename']}, {file['size']} bytes"


def check_download_video(api: Api) -> str:
    return check_download(api, "video")


def check_download_audio(api: Api) -> str:
    return check_download(api, "audio")


def check_ranges_and_conditions(api: Api) -> str:
    file = api.files()[0] if api.files() else None
    if file is None:
        raise Missing("no file")
    url = file["download_url_video"] or file["download_url_audio"]
    last = api.get(url, Range="bytes=-1")
    assert last.status == 206
    assert last.headers["Content-Range"] == f"bytes {file['size'] - 1}-{file['size'] - 1}/{file['size']}"
    beyond = api.get(url, Range=f"bytes={file['size']}-")
    assert beyond.error() == (416, "range_not_satisfiable")
    assert beyond.headers["Content-Range"] == f"bytes */{file['size']}"
    assert api.get(url, If_None_Match=file["etag"]).status == 304
    assert api.get(url, If_Match='"another"').error() == (412, "precondition_failed")
    replaced = api.get(url, Range="bytes=0-0", If_Range='"another"')
    assert replaced.status == 200
    return "206, 304, 412, 416"


def check_generated(api: Api, kind: str) -> str:
    identifier = api.identifier_of(kind)
    listing = api.get(f"/list/generated/{identifier}").json()
    assert list(listing) == ["uuid", "total_files", "generated_files", "state"]
    assert listing["state"] == "ready"
    newest = next(file for file in listing["generated_files"] if file["type"] == kind)
    assert newest["download_url"].partition("?")[0] == f"/download/generated/{kind}/{identifier}"
    head = api.get(newest["download_url"], method="HEAD")
    assert head.status == 200
    assert head.headers["ETag"] == newest["etag"]
    by_task = api.get(f"/download/generated/{kind}/there-is-no-such-one?task_id={identifier}", method="HEAD")
    assert by_task.headers["ETag"] == newest["etag"]
    return f"{identifier} is {newest['filename']}"


def check_generated_video(api: Api) -> str:
    return check_generated(api, "video")


def check_generated_audio(api: Api) -> str:
    return check_generated(api, "audio")


def check_unknown_identifier(api: Api) -> str:
    listing = api.get("/list/generated/there-is-no-such-one").json()
    assert listing == {"uuid": "there-is-no-such-one", "total_files": 0, "generated_files": [], "state": "unknown"}
    assert api.get("/download/generated/video/there-is-no-such-one").error() == (404, "not_found")
    return "unknown, and 404"


def check_errors(api: Api) -> str:
    expected = {
        "/download/video/there-is-no-such-one.mp4": (404, "not_found"),
        "/download/video/sound.wav": (400, "invalid_file_type"),
        "/download/audio/text.txt": (400, "invalid_file_type"),
        "/download/video/..%2f..%2fetc%2fpasswd.mp4": (400, "invalid_filename"),
        "/list/files?directory=etc": (400, "invalid_directory"),
        "/list/files?directory=/etc": (403, "directory_not_allowed"),
        "/list/files?type=text": (400, "invalid_parameter"),
        "/list/files?limit=0": (400, "invalid_parameter"),
        "/nowhere": (404, "not_found"),
    }
    for path, error in expected.items():
        assert api.get(path).error() == error, path
    assert api.get("/list/files", method="DELETE").error() == (405, "method_not_allowed")
    return f"{len(expected) + 1} of them"


def check_browse(api: Api) -> str:
    page = api.get("/browse/")
    assert page.status == 200
    assert page.headers.get_content_type() == "text/html"
    links = re.findall(r"href='(\./[^']+[^/])'", page.body.decode())
    for link in links[:3]:
        assert api.get(f"/browse/{link.removeprefix('./')}", method="HEAD").status == 200
    return f"{len(links)} links to files"


CHECKS: list[Callable[[Api], str]] = [
    check_health,
    check_list_files,
    check_list_files_by_type_and_page,
    check_list_files_unchanged,
    check_download_video,
    check_download_audio,
    check_ranges_and_conditions,
    check_generated_video,
    check_generated_audio,
    check_unknown_identifier,
    check_errors,
    check_browse,
]


def pytest_generate_tests(metafunc: Any) -> None:
    if "check" in metafunc.fixturenames:
        metafunc.parametrize("check", CHECKS)


def test_a_running_server_passes(check: Callable[[Api], str], samples_url: str) -> None:
    assert check(Api(samples_url))


def main(url: str = "http://localhost:5000") -> int:
    """Prints a line for each check, and returns how many failed."""
    failed = 0
    for check in CHECKS:
        name = check.__name__.removeprefix("check_").replace("_", " ")
        try:
            print(f"ok    {name}: {check(Api(url))}")
        except Missing as missing:
            print(f"-     {name}: left out, {missing}")
        except Exception as error:
            failed += 1
            print(f"FAIL  {name}: {type(error).__name__} {error}")
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return failed


if __name__ == "__main__":
    sys.exit(min(1, main(*sys.argv[1:2])))
