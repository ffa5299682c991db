"""The client for code without a loop."""

import inspect
import os
import signal
import threading
from pathlib import Path

import pytest

import aiomedia
from aiomedia import sync
from aiomedia.client import Progress, Refused
from tests.processes import SAMPLES
from tests.sync_stub import STUB, stub


def test_every_call_of_the_client_is_there_and_says_the_same() -> None:
    calls = {name: call for name, call in vars(aiomedia.Client).items() if not name.startswith("_")}
    assert {name for name in vars(sync.Client) if not name.startswith("_")} == set(calls)
    for name, call in calls.items():
        assert inspect.signature(getattr(sync.Client, name)) == inspect.signature(call)
        assert getattr(sync.Client, name).__doc__ == call.__doc__


def test_its_types_are_those_of_the_client() -> None:
    assert STUB.read_text() == stub(), "`make docs` brings them up to date"


def test_it_lists_and_downloads(samples_url: str, tmp_path: Path) -> None:
    seen: list[Progress] = []
    with sync.Client(samples_url) as client:
        names = [file.filename for file in client.list_files().files]
        assert names == [file.filename for file in client.iterate_files()]
        done = client.download("scene_one.mp4", tmp_path, progress=seen.append)
        assert client.list_generated("5").total_files == 2
        assert sorted(client.mirror(tmp_path / "m").fetched) == sorted(names)
    assert Path(done.path).read_bytes() == (SAMPLES / "scene_one.mp4").read_bytes()
    assert seen[-1].received == done.size
    assert not [thread for thread in threading.enumerate() if thread.name == "aiomedia.sync"]


def test_errors_are_raised_where_they_are_waited_for(samples_url: str, tmp_path: Path) -> None:
    with sync.Client(samples_url) as client, pytest.raises(Refused) as caught:
        client.download("nowhere.mp4", tmp_path)
    assert caught.value.code == "not_found"


def test_an_iteration_may_be_left(samples_url: str) -> None:
    with sync.Client(samples_url) as client:
        for change in client.changes():
            assert change.op == "added"
            break
        assert next(client.iterate_files()).filename == "5output.mp4"


def test_it_is_used_within_its_block() -> None:
    with pytest.raises(RuntimeError, match="within `with`"):
        sync.Client("http://localhost:1").list_files()


def test_ctrl_c_ends_a_call_and_the_block(samples_url: str) -> None:
    def follow() -> None:
        with sync.Client(samples_url) as client:
            for number, _ in enumerate(client.changes()):
                if number == 0:
                    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        follow()
    assert not [thread for thread in threading.enumerate() if thread.name == "aiomedia.sync"]
