"""Health: the contract's section 8."""

from pathlib import Path
from typing import Any

from tests.asking import Client, eventually
from tests.conftest import Serve


async def ready(client: Client, path: str = "/health/ready") -> tuple[int, dict[str, Any]]:
    async with client.get(path) as response:
        assert response.headers["Cache-Control"] == "no-store"
        return response.status, await response.json()


def _has_settled(answer: tuple[int, dict[str, Any]]) -> bool:
    return [root["state"] for root in answer[1]["roots"]] == ["live", "missing"]


async def test_ready_says_what_is_known_of_each_root(root: Path, tmp_path: Path, serve: Serve) -> None:
    absent = tmp_path / "absent"
    (root / "x.mp4").touch()
    client = await serve(root, absent, ready=False)
    status, body = await eventually(lambda: ready(client), _has_settled)
    assert status == 503
    assert body["status"] == "unavailable"
    first, second = body["roots"]
    assert (first["root"], first["state"], first["files"], first["reason"]) == (str(root), "live", 1, None)
    assert (second["root"], second["state"], second["files"]) == (str(absent), "missing", 0)
    assert "No such file" in second["reason"]
    absent.mkdir()
    status, body = await eventually(lambda: ready(client), lambda answer: answer[0] == 200)
    assert body["status"] == "ready"
    assert (await ready(client, "/healthz"))[0] == 200


async def test_ready_says_how_well_a_root_is_known(root: Path, serve: Serve) -> None:
    client = await serve(root)
    with (root / "x.mp4").open("wb") as file:
        file.write(b"half")
        file.flush()
        _, body = await eventually(lambda: ready(client), lambda answer: answer[1]["roots"][0]["settling"] == 1)
    (shown,) = body["roots"]
    assert shown["watch"] == "events"
    assert shown["generation"] >= 1
    assert (shown["restarts"], shown["overflows_suspected"], shown["differences_found"]) == (0, 0, 0)
    assert 0 <= shown["reconciled_s_ago"] <= shown["fully_reconciled_s_ago"] < 60


async def test_a_root_that_is_polled_is_ready(root: Path, serve: Serve) -> None:
    client = await serve(root, ready=False, watch="poll")
    _, body = await eventually(lambda: ready(client), lambda answer: answer[0] == 200)
    assert (body["roots"][0]["state"], body["roots"][0]["watch"]) == ("polling", "poll")


async def test_a_root_whose_answers_may_be_too_old_is_not_ready(root: Path, serve: Serve) -> None:
    client = await serve(root, ready=False, watch="poll", max_staleness_s=0.2, poll_s=3600)
    await eventually(lambda: ready(client), lambda answer: answer[1]["roots"][0]["state"] == "polling")
    await eventually(lambda: ready(client), lambda answer: answer[0] == 503)


async def test_live_is_true_whatever_the_roots_are(tmp_path: Path, serve: Serve) -> None:
    client = await serve(tmp_path / "absent", ready=False)
    async with client.get("/health/live") as response:
        assert response.status == 200
