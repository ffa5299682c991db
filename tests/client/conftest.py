"""What the tests of the client share."""

from pathlib import Path

import pytest

from tests.client.fetching import Fetch


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between attempts are short."""
    monkeypatch.setattr("aiomedia.client.retry.FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr("aiomedia.client.retry.LONGEST_PAUSE_S", 0.01)


@pytest.fixture
def fetch(tmp_path: Path) -> Fetch:
    """A download to an empty directory."""
    directory = tmp_path / "here"
    directory.mkdir()
    return Fetch(directory / "x.mp4")
