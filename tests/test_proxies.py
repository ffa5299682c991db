"""The server behind the proxies of docs/deploy.md, configured as it says."""

import os
import re
import select
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.request import Request, urlopen

import pytest

from aiomedia.web.events import RETRY_MS
from tests.asking import DEADLINE_S
from tests.processes import SAMPLES, engine, running
from tests.test_deployment import blocks

VIDEO = SAMPLES / "5output.mp4"


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def nginx(directory: Path, port: int, behind: int) -> list[str]:
    (snippet,) = blocks("nginx")
    snippet = snippet.replace("127.0.0.1:5000", f"127.0.0.1:{behind}").replace(
        "listen 80;", f"listen 127.0.0.1:{port};"
    )
    file = directory / "nginx.conf"
    file.write_text(
        f"daemon off;\nmaster_process off;\npid {directory}/nginx.pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\nproxy_temp_path {directory}/kept;\n{snippet}\n}}\n"
    )
    return [engine("nginx"), "-p", str(directory), "-c", str(file)]


def caddy(directory: Path, port: int, behind: int) -> list[str]:
    (snippet,) = blocks("caddyfile")
    snippet = snippet.replace("127.0.0.1:5000", f"127.0.0.1:{behind}").replace("media.example.com", f"http://:{port}")
    file = directory / "Caddyfile"
    file.write_text(f"{{\nadmin off\n}}\n{snippet}")
    return [engine("caddy"), "run", "--adapter", "caddyfile", "--config", str(file)]


class Proxied(NamedTuple):
    """A proxy, the port at which it listens, and the directory that is served behind it."""

    port: int
    media: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(params=[nginx, caddy], ids=["nginx", "caddy"])
def proxied(request: pytest.FixtureRequest, tmp_path: Path, root: Path) -> Iterator[Proxied]:
    configured: Callable[[Path, int, int], list[str]] = request.param
    shutil.copy(VIDEO, root)
    with running(root) as server:
        port = free_port()
        assert server.port is not None
        with started(configured(tmp_path, port, server.port), tmp_path, port):
            yield Proxied(port, root)


@contextmanager
def started(command: list[str], directory: Path, port: int) -> Iterator[None]:
    environment = os.environ | {"XDG_CONFIG_HOME": str(directory), "XDG_DATA_HOME": str(directory)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + DEADLINE_S
            while not _listens(port):
                assert process.poll() is None, process.communicate()[1]
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield
        finally:
            process.terminate()
            process.communicate(timeout=DEADLINE_S)


def _listens(port: int) -> bool:
    with socket.socket() as connecting:
        return connecting.connect_ex(("127.0.0.1", port)) == 0


def test_a_download_is_resumed_through_it(proxied: Proxied) -> None:
    url, content = f"{proxied.url}/download/video/{VIDEO.name}", VIDEO.read_bytes()
    with urlopen(url) as whole:
        assert whole.read() == content
        tag = whole.headers["ETag"]
    with urlopen(Request(url, headers={"Range": "bytes=1000-", "If-Range": tag})) as rest:
        assert (rest.status, rest.read()) == (206, content[1000:])


def test_a_listing_keeps_its_strong_tag_and_its_coding(proxied: Proxied) -> None:
    with urlopen(Request(f"{proxied.url}/list/files", headers={"Accept-Encoding": "gzip"})) as listing:
        assert listing.headers["Content-Encoding"] == "gzip"
        assert re.fullmatch(r'"[\w-]+-gzip"', listing.headers["ETag"])
        assert listing.headers["Aiomedia-Cursor"]


def test_a_wait_ends_when_the_file_is_there(proxied: Proxied) -> None:
    connection = HTTPConnection("127.0.0.1", proxied.port, timeout=DEADLINE_S)
    try:
        connection.request("GET", "/download/generated/video/42", headers={"Prefer": "wait=15"})
        assert not select.select([connection.sock], [], [], 0.3)[0], "it is held"
        shutil.copy(VIDEO, proxied.media / ".new")
        (proxied.media / ".new").rename(proxied.media / "42output.mp4")
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, VIDEO.read_bytes())
        assert response.headers["Preference-Applied"] == "wait=15"
    finally:
        connection.close()


def test_events_come_as_they_happen(proxied: Proxied) -> None:
    connection = HTTPConnection("127.0.0.1", proxied.port, timeout=10)  # less than the next comment takes
    try:
        connection.request("GET", "/events")
        stream = connection.getresponse()
        assert stream.readline() == b"retry: %d\n" % RETRY_MS
        (proxied.media / VIDEO.name).rename(proxied.media / "renamed.mp4")
        told: set[bytes] = set()
        while len(told) < 2:
            line = stream.readline()
            told |= {line} if line.startswith(b"event: ") else set()
        assert told == {b"event: added\n", b"event: removed\n"}
    finally:
        connection.close()
