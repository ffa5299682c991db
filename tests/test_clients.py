"""The programs that people download with, and REDbot, which knows the RFCs."""

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.request import Request, urlopen

import pytest

from tests.asking import DEADLINE_S
from tests.processes import SAMPLES, engine, running
from tests.redbot import notes_of

SIZE = 20_000_000
HALF = SIZE // 2
URL = "/download/video/x.mp4"

# REDbot's sniffing library takes every MP4 and WAV for 'undefined/undefined'.
UNFOUNDED = {"CONTENT_TYPE_MISMATCH"}


class Remote(NamedTuple):
    """A file that is served, and where it lies."""

    url: str
    path: Path

    def replace(self, content: bytes) -> None:
        """Puts another file in its place, and waits until that is what is served."""
        before = self.etag()
        (self.path.parent / ".new").write_bytes(content)
        (self.path.parent / ".new").replace(self.path)
        deadline = time.monotonic() + DEADLINE_S
        while self.etag() == before:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def etag(self) -> str:
        with urlopen(Request(self.url, method="HEAD")) as response:
            etag: str = response.headers["ETag"]
            return etag


@pytest.fixture
def remote(root: Path) -> Iterator[Remote]:
    (root / "x.mp4").write_bytes(os.urandom(SIZE))
    with running(root) as server:
        yield Remote(f"{server.url}{URL}", root / "x.mp4")


Command = Callable[[Remote, str], Sequence[str]]

RESUMING: dict[str, Command] = {
    "curl": lambda remote, field: ["-sS", "-C", "-", *(["-H", field] if field else []), "-O", remote.url],
    "wget": lambda remote, field: ["-q", "-c", *([f"--header={field}"] if field else []), remote.url],
    "aria2c": lambda remote, field: [
        *("-q", "-c", "-x8", "-s8", "-k1M", "--allow-overwrite=true"),
        *([f"--header={field}"] if field else []),
        remote.url,
    ],
}


def run(program: str, arguments: Sequence[str], cwd: Path) -> int:
    return subprocess.run(
        [engine(program), *arguments], cwd=cwd, timeout=60, check=False, capture_output=True
    ).returncode


@pytest.mark.parametrize("program", RESUMING)
def test_a_download_goes_on_where_it_was_cut(remote: Remote, tmp_path: Path, program: str) -> None:
    content = remote.path.read_bytes()
    (tmp_path / "x.mp4").write_bytes(content[:HALF])
    field = f"If-Match: {remote.etag()}"
    assert run(program, RESUMING[program](remote, field), tmp_path) == 0
    assert (tmp_path / "x.mp4").read_bytes() == content


@pytest.mark.parametrize("program", RESUMING)
def test_a_whole_download_has_every_byte(remote: Remote, tmp_path: Path, program: str) -> None:
    assert run(program, RESUMING[program](remote, ""), tmp_path) == 0
    assert (tmp_path / "x.mp4").read_bytes() == remote.path.read_bytes()


@pytest.mark.parametrize("length", [SIZE, SIZE + 1_000_000, HALF // 2], ids=["as long", "longer", "shorter"])
@pytest.mark.parametrize("program", RESUMING)
def test_with_if_match_no_download_goes_on_with_another_file(
    remote: Remote, tmp_path: Path, program: str, length: int
) -> None:
    first_half = remote.path.read_bytes()[:HALF]
    (tmp_path / "x.mp4").write_bytes(first_half)
    field = f"If-Match: {remote.etag()}"
    remote.replace(os.urandom(length))
    assert run(program, RESUMING[program](remote, field), tmp_path) != 0
    assert (tmp_path / "x.mp4").read_bytes() == first_half


def test_with_if_range_curl_refuses_to_join_what_does_not_belong_together(remote: Remote, tmp_path: Path) -> None:
    first_half = remote.path.read_bytes()[:HALF]
    (tmp_path / "x.mp4").write_bytes(first_half)
    field = f"If-Range: {remote.etag()}"
    remote.replace(os.urandom(SIZE))
    cannot_resume = 33
    assert run("curl", RESUMING["curl"](remote, field), tmp_path) == cannot_resume
    assert (tmp_path / "x.mp4").read_bytes() == first_half


@pytest.mark.parametrize("second", ["0", "1.5", "3.2", "5"])
def test_ffmpeg_seeks(samples_url: str, second: str) -> None:
    def frame(source: str) -> bytes:
        arguments = ["-v", "error", "-ss", second, "-i", source, "-frames:v", "1", "-f", "md5", "-"]
        return subprocess.run([engine("ffmpeg"), *arguments], capture_output=True, check=True, timeout=60).stdout

    assert frame(f"{samples_url}/download/video/5output.mp4") == frame(str(SAMPLES / "5output.mp4"))


def test_with_if_match_ffmpeg_does_not_go_on_with_another_file(remote: Remote) -> None:
    etag = remote.etag()
    remote.replace((SAMPLES / "5output.mp4").read_bytes())
    arguments = ["-v", "error", "-headers", f"If-Match: {etag}\r\n", "-i", remote.url, "-f", "null", "-"]
    done = subprocess.run([engine("ffmpeg"), *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert re.search("412|4XX", done.stderr)


@pytest.mark.parametrize(
    ("path", "supported"),
    [
        ("/download/video/scene_one.mp4", {"INM_304", "IMS_304", "RANGE_CORRECT"}),
        ("/download/audio/5output.wav", {"INM_304", "IMS_304", "RANGE_CORRECT"}),
        ("/download/generated/video/5", {"INM_304", "IMS_304", "RANGE_CORRECT"}),
        ("/browse/scene_one.mp4", {"INM_304", "IMS_304", "RANGE_CORRECT"}),
        ("/list/files", {"INM_304", "CONNEG_GZIP_GOOD"}),
        ("/list/generated/5", {"INM_304", "CONNEG_GZIP_GOOD"}),
        ("/", {"INM_304", "CONNEG_GZIP_GOOD"}),
        ("/page/main.js", {"INM_304", "CONNEG_GZIP_GOOD"}),
        ("/browse/", {"INM_304", "CONNEG_GZIP_GOOD"}),
        ("/health/ready", set()),
        ("/download/video/nowhere.mp4", set()),
        ("/nowhere", set()),
    ],
)
def test_redbot_has_no_complaint(samples_url: str, path: str, supported: set[str]) -> None:
    notes = notes_of(f"{samples_url}{path}")
    assert [note for note in notes if note.level in ("WARN", "BAD") and note.name not in UNFOUNDED] == []
    assert {note.name for note in notes if note.level == "GOOD"} >= {"DATE_CORRECT", "CL_CORRECT", *supported}
