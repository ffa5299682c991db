"""README's screenshot of the live page, taken of the real one: `make screenshot`."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import expect

from tests.browser import LivePage, chromium
from tests.processes import engine, running

MINUTE, HOUR, DAY = 60, 3_600, 86_400

# Name, size in bytes, age in seconds.
BEFORE = [
    ("scene_03_harbour.mp4", 48_913_400, 9 * MINUTE),
    ("scene_03_voice.wav", 7_340_116, 11 * MINUTE),
    ("scene_02_market.mp4", 52_077_301, 26 * MINUTE),
    ("scene_02_music.flac", 23_114_009, 27 * MINUTE),
    ("scene_01_dawn.mp4", 44_210_772, HOUR),
    ("scene_01_voice.wav", 6_021_554, HOUR + 4 * MINUTE),
    ("storyboard_take_12.mov", 118_400_231, 3 * HOUR),
    ("storyboard_take_11.mov", 121_077_914, 5 * HOUR),
    ("theme_draft.mp3", 4_403_118, DAY),
]
ARRIVING = [("scene_05_voice.wav", 6_870_332, 3), ("scene_05_storm.mp4", 39_514_870, 1)]
PLAYED = "scene_04_lighthouse.mp4"


def take(picture: str) -> None:
    root = Path(tempfile.gettempdir()) / "renders"
    root.mkdir()
    try:
        _make_film(root / PLAYED)
        for name, size, age in BEFORE:
            _make(root / name, size, age)
        with running("--no-access-log", root) as server, chromium() as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 680}, color_scheme="light")
            live = LivePage(page, server.url)
            live.open()
            live.row(PLAYED).click()
            expect(page.locator("video")).to_have_js_property("ended", True)
            for name, size, age in ARRIVING:
                _make(root / name, size, age)
                live.row(name).wait_for()
            page.mouse.move(0, 0)
            page.wait_for_timeout(1_000)  # until what slides in has arrived
            page.screenshot(path=f"{picture}.whole.png")
    finally:
        for path in root.iterdir():
            path.unlink()
        root.rmdir()
    _shrink(f"{picture}.whole.png", picture)


def _make(path: Path, size: int, age: float) -> None:
    """A file of this size and age, renamed into place; it takes no room on the disk."""
    new = path.parent / ".new"
    new.touch()
    os.truncate(new, size)
    os.utime(new, (time.time() - age,) * 2)
    new.rename(path)


def _make_film(path: Path) -> None:
    source = "gradients=s=1280x720:c0=0x10203c:c1=0x2b4a6f:c2=0xe2694b:c3=0xf6c177:n=4:seed=7:speed=0.02:r=24:d=3"
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "2", "-pix_fmt", "yuv420p"]
    subprocess.run([engine("ffmpeg"), "-v", "error", "-f", "lavfi", "-i", source, *coding, path], check=True)
    os.utime(path, (time.time() - 2 * MINUTE,) * 2)


def _shrink(whole: str, picture: str) -> None:
    """256 colours are enough for a page, and a third of the bytes."""
    palette = "split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none"
    subprocess.run([engine("ffmpeg"), "-v", "error", "-y", "-i", whole, "-vf", palette, picture], check=True)
    Path(whole).unlink()


if __name__ == "__main__":
    take(sys.argv[1])
