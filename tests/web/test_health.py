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
    assert "No such file" in body["roots"][1].pop("reason")
    assert body["roots"] == [
        {"root": str(root), "state": "live", "files": 1, "reason": None},
        {"root": str(absent), "state": "missing", "files": 0},
    ]
    absent.mkdir()
    status, body = await eventually(lambda: ready(client), lambda answer: answer[0] == 200)
    assert body["status"] == "ready"
    assert await ready(client, "/healthz") == (status, body)


async def test_live_is_true_whatever_the_roots_are(tmp_path: Path, serve: Serve) -> None:
    client = await serve(tmp_path / "absent", ready=False)
    async with client.get("/health/live") as response:
        assert response.status == 200
