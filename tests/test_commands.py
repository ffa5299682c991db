"""The client's commands, as a shell runs them, against a real server."""

import errno
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from aiomedia.commands.asking import printable
from tests.asking import DEADLINE_S
from tests.processes import Server, running


class Done(NamedTuple):
    status: int
    out: str
    err: str


class Shell:
    """Runs commands in a directory, against one server."""

    def __init__(self, server: Server, root: Path, here: Path) -> None:
        self.server, self.root, self.here = server, root, here

    def start(self, *arguments: object, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "aiomedia", *map(str, arguments)],
            cwd=self.here,
            env={**os.environ, "AIOMEDIA_URL": self.server.url, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: object, **environment: str) -> Done:
        with self.start(*arguments, **environment) as process:
            out, err = process.communicate(timeout=DEADLINE_S * 2)
            return Done(process.returncode, out, err)

    def put(self, name: str, content: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        (self.root / ".new").write_bytes(content)
        (self.root / ".new").rename(path)


@pytest.fixture
def shell(root: Path, tmp_path: Path) -> Iterator[Shell]:
    here = tmp_path / "here"
    here.mkdir()
    (root / "deep").mkdir()
    for name, content in {"a.mp4": b"video", "5output.wav": b"sound", "deep/b é.mp4": b"below"}.items():
        (root / name).write_bytes(content)
    with running(root) as server:
        yield Shell(server, root, here)


def test_ls_lists_for_people_and_for_programs(shell: Shell) -> None:
    done = shell("ls")
    assert (done.status, done.err) == (0, "")
    assert [line.split()[-1] for line in done.out.splitlines()] == ["5output.wav", "a.mp4"]
    files = [json.loads(line) for line in shell("ls", "-r", "--json", "--type", "video").out.splitlines()]
    assert [(file["filename"], file["size"]) for file in files] == [("a.mp4", 5), ("deep/b é.mp4", 5)]
    assert shell("ls", "A.m").out.split()[-1] == "a.mp4"
    assert shell("ls", "-q") == Done(0, "", "")


def test_get_downloads_by_name_url_and_identifier(shell: Shell) -> None:
    assert shell("get", "a.mp4", "deep/b é.mp4") == Done(0, "./a.mp4  5 bytes\n./b é.mp4  5 bytes\n", "")
    assert (shell.here / "a.mp4").read_bytes() == b"video"
    assert (shell.here / "b é.mp4").read_bytes() == b"below"
    assert shell("get", f"{shell.server.url}/download/video/a.mp4", "-o", "c.mp4", "-q") == Done(0, "", "")
    assert (shell.here / "c.mp4").read_bytes() == b"video"
    done = shell("get", "--uuid", "5", "--kind", "audio", "--json")
    assert json.loads(done.out)["path"] == "./5output.wav"
    assert sorted(os.listdir(shell.here)) == ["5output.wav", "a.mp4", "b é.mp4", "c.mp4"]


def test_get_waits_for_a_file(shell: Shell) -> None:
    with shell.start("get", "late.mp4", "--wait", "30") as process:
        shell.put("late.mp4", b"late")
        assert process.wait(DEADLINE_S) == 0
    assert (shell.here / "late.mp4").read_bytes() == b"late"


def test_two_downloads_to_one_file_do_not_disturb_each_other(shell: Shell) -> None:
    with shell.start("get", "late.mp4", "--wait", "30") as first:
        deadline = time.monotonic() + DEADLINE_S
        while not (shell.here / "late.mp4.part").exists():
            assert time.monotonic() < deadline
            assert first.poll() is None
        second = shell("get", "late.mp4", "--wait", "30")
        assert second.status == 5
        assert "somebody else is downloading to it" in second.err
        shell.put("late.mp4", b"late")
        assert first.wait(DEADLINE_S) == 0
    assert os.listdir(shell.here) == ["late.mp4"]
    assert (shell.here / "late.mp4").read_bytes() == b"late"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["get", "nowhere.mp4"], 3, "There is no such file."),
        (["get", "a.mp4", "--directory", "/etc"], 4, "This directory is not served."),
        (["get", "a.mp4", "-o", "no/where/a.mp4"], 5, "No such file or directory"),
        (["get", "notes.txt"], 2, "no video or audio file"),
        (["get"], 2, "Say either names or --uuid"),
        (["get", "a.mp4", "--uuid", "5"], 2, "Say either names or --uuid"),
        (["get", "a.mp4", "b.mp4", "-o", "file"], 2, "no directory"),
        (["ls", "--directory", "relative"], 1, "absolute"),
        (["ls", "--sort", "colour"], 2, "colour"),
        (["mirror", "/proc/no/where"], 5, "/proc/no"),
    ],
)
def test_what_fails_says_so_and_has_its_exit_status(shell: Shell, arguments: list[str], status: int, said: str) -> None:
    done = shell(*arguments)
    assert (done.status, done.out) == (status, "")
    assert said in done.err
    assert "Traceback" not in done.err
    assert os.listdir(shell.here) == []


def test_ctrl_c_keeps_the_part_and_the_same_command_goes_on(shell: Shell) -> None:
    with open(shell.root / "big.mp4", "wb") as file:
        file.write(os.urandom(1024) * 1024 * 64)
    with shell.start("get", "big.mp4", "--wait", "20") as process:
        deadline = time.monotonic() + DEADLINE_S
        while not (shell.here / "big.mp4.part").exists() and process.poll() is None:
            assert time.monotonic() < deadline
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=DEADLINE_S)
        assert process.returncode in (0, 130)
        assert process.returncode == 0 or "goes on from there" in err
    assert shell("get", "big.mp4", "-q") == Done(0, "", "")
    assert (shell.here / "big.mp4").read_bytes() == (shell.root / "big.mp4").read_bytes()
    assert os.listdir(shell.here) == ["big.mp4"]


def test_mirror_makes_it_the_same_and_says_what_it_did(shell: Shell) -> None:
    assert sorted(shell("mirror", "m").out.splitlines()) == [
        "fetched 5output.wav",
        "fetched a.mp4",
        "fetched deep/b é.mp4",
    ]
    (shell.root / "a.mp4").unlink()
    shell.put("c.mp4", b"new")
    deadline = time.monotonic() + DEADLINE_S
    while '"c.mp4"' not in (listing := shell("ls", "--json").out) or '"a.mp4"' in listing:
        assert time.monotonic() < deadline
    done = shell("mirror", "m", "--delete", "--json")
    assert sorted(json.loads(line)["deed"] for line in done.out.splitlines()) == ["deleted", "fetched"]
    assert {path.name for path in (shell.here / "m").rglob("*.*4")} == {"b é.mp4", "c.mp4"}


def test_watch_prints_a_line_a_change(shell: Shell) -> None:
    with shell.start("watch", "--json", "--since", since(shell)) as process:
        try:
            assert process.stdout is not None
            shell.put("new.mp4", b"new")
            told = json.loads(process.stdout.readline())
            assert (told["op"], told["file"]["filename"]) == ("added", "new.mp4")
        finally:
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=DEADLINE_S)
        assert (process.returncode, err) == (130, "aiomedia: interrupted\n")


def test_a_terminal_gets_bars_and_is_left_as_it_was(shell: Shell) -> None:
    for arguments in (["get", "a.mp4"], ["mirror", "m"], ["get", "nowhere.mp4"]):
        master, slave = pty.openpty()
        with subprocess.Popen(
            [sys.executable, "-m", "aiomedia", *arguments],
            cwd=shell.here,
            env={**os.environ, "AIOMEDIA_URL": shell.server.url, "TERM": "xterm"},
            stdout=slave,
            stderr=slave,
        ) as process:
            os.close(slave)
            shown = read_all(master)
            assert process.wait(DEADLINE_S) == (3 if "nowhere.mp4" in arguments else 0)
        hidden, visible = shown.count(b"\x1b[?25l"), shown.count(b"\x1b[?25h")
        assert hidden == visible > 0, "the cursor"
        assert {"get": b"a.mp4", "mirror": b"fetched"}[arguments[0]] in shown or b"There is no such file" in shown


def read_all(descriptor: int) -> bytes:
    """What a terminal was sent until nobody has it open any more."""
    received = b""
    try:
        while some := os.read(descriptor, 65_536):
            received += some
    except OSError as error:
        if error.errno != errno.EIO:  # which is how a terminal ends
            raise
    finally:
        os.close(descriptor)
    return received


def test_a_mirror_tells_what_failed_and_has_a_status_for_it(shell: Shell) -> None:
    (shell.here / "m/a.mp4").mkdir(parents=True)
    done = shell("mirror", "m", "-q")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("aiomedia: a.mp4: ")
    assert "is a directory" in done.err
    assert (shell.here / "m/5output.wav").read_bytes() == b"sound"


def since(shell: Shell) -> str:
    """A cursor of the present."""
    code = """
import os, asyncio, aiomedia
async def main():
    async with aiomedia.Client(os.environ["AIOMEDIA_URL"]) as client:
        print((await client.list_files()).cursor)
asyncio.run(main())
"""
    environment = {**os.environ, "AIOMEDIA_URL": shell.server.url}
    return subprocess.check_output([sys.executable, "-c", code], env=environment, text=True).strip()


def test_the_commands_variables_do_not_disturb_the_server(shell: Shell) -> None:
    assert shell("config", AIOMEDIA_TOKEN="secret").status == 0


def test_a_shell_can_complete() -> None:
    script = subprocess.run(
        [Path(sys.executable).with_name("aiomedia")],
        env={**os.environ, "_AIOMEDIA_COMPLETE": "bash_source"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "_aiomedia_completion" in script.stdout


def test_a_name_does_not_command_the_terminal() -> None:
    assert printable("a\x1b[2Jb\nc é") == "a�[2Jb�c é"
