"""What `make dist` built, and the image's steps. They install what they need, so `make test` leaves them out."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from aiomedia import __version__
from tests.asking import DEADLINE_S
from tests.dockerfile import PROJECT, Instruction, copy, stages
from tests.processes import SAMPLES, until_ready

pytestmark = pytest.mark.timeout(300)  # installing takes as long as it takes

WHEEL = PROJECT / f"dist/aiomedia-{__version__}-py3-none-any.whl"
SDIST = PROJECT / f"dist/aiomedia-{__version__}.tar.gz"
OF_WHEELS = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}


def tracked(*paths: str) -> set[str]:
    """What git has of the project."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *paths]
    names = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    return set(names.splitlines())


def test_the_wheel_holds_the_package_and_nothing_else() -> None:
    names = set(zipfile.ZipFile(WHEEL).namelist())
    about = f"aiomedia-{__version__}.dist-info"
    assert names == tracked("aiomedia") | {f"{about}/{name}" for name in OF_WHEELS}
    assert {"aiomedia/py.typed", "aiomedia/web/page/index.html", "aiomedia/web/page/reference.css"} <= names


def test_the_sdist_holds_the_project_and_nothing_else() -> None:
    with tarfile.open(SDIST) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names == {name for name in tracked() if not name.startswith(".ci/")} | {"PKG-INFO"}
    assert SDIST.stat().st_size < 2_000_000


@contextmanager
def serving(command: list[str], *, environment: dict[str, str] | None = None, cwd: Path) -> Iterator[str]:
    """A server that was started so, and its URL. It is stopped by SIGTERM, which ends it well."""
    # Neither this environment's packages nor its settings.
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_", "AIOMEDIA_"))}
    with subprocess.Popen(
        command, cwd=cwd, env=clean | (environment or {}), stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            announced = process.stderr.readline()
            found = re.search(r"http://\S+", announced)
            assert found, announced + process.stderr.read()
            yield found[0].replace("0.0.0.0", "127.0.0.1")
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=DEADLINE_S)
            assert process.returncode == 0
        finally:
            process.kill()


def test_the_wheel_serves_where_nothing_else_is_installed(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    programs = tmp_path / "venv/bin"
    subprocess.run([programs / "pip", "install", "--quiet", "--disable-pip-version-check", WHEEL], check=True)
    assert subprocess.run([programs / "pip", "check"], check=False, capture_output=True).returncode == 0
    where = subprocess.run(
        [programs / "python", "-c", "import aiomedia; print(aiomedia.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert where.startswith(str(tmp_path))
    with serving([str(programs / "aiomedia"), "serve", str(SAMPLES), "--port", "0"], cwd=tmp_path) as url:
        until_ready(url)
        for path in ("/", "/page/main.js", "/api", "/openapi.json", "/browse/", "/health/live"):
            with urlopen(f"{url}{path}", timeout=DEADLINE_S) as response:
                assert response.status == 200
        with urlopen(f"{url}/download/video/5output.mp4", timeout=DEADLINE_S) as response:
            assert response.read() == (SAMPLES / "5output.mp4").read_bytes()


def built(instructions: list[Instruction], directory: Path) -> None:
    """Runs a stage's steps within a directory that stands for the image's root.

    Done as they stand there: COPY of the context, RUN, WORKDIR. An absolute path becomes one below the directory.
    """
    working = directory
    places = {place: f"{directory}{place}" for place in ("/opt/aiomedia", "/etc/aiomedia", "/src")}
    for name, argument in instructions:
        shown = argument
        for place, stand_in in places.items():
            shown = shown.replace(place, stand_in)
        if name == "WORKDIR":
            working = Path(shown)
            working.mkdir(parents=True, exist_ok=True)
        elif name == "COPY" and not argument.startswith("--from"):
            copy(argument, working, places)
        elif name == "RUN" and not argument.startswith("useradd"):
            path = f"{Path(sys.base_prefix) / 'bin'}:{os.environ['PATH']}"
            subprocess.run(["sh", "-euc", shown], cwd=working, env={**os.environ, "PATH": path}, check=True)


def probed(words: list[str], path: str) -> int:
    """The exit status of the health check: 0 or 1, for the engine reserves all others."""
    return subprocess.run(words, env={"PATH": path}, capture_output=True, check=False).returncode


def test_the_steps_of_the_image_make_a_server(tmp_path: Path) -> None:
    """No engine is needed: both stages are built in one directory, so what FROM, `COPY --from`, useradd and USER do
    is not done. The entry point, its command and the health check are run as the image has them."""
    first, last = stages((PROJECT / "Dockerfile").read_text())
    image, media = tmp_path / "image", tmp_path / "media"
    image.mkdir()
    shutil.copytree(SAMPLES, media)
    built(first, image)
    built(last, image)
    given = {instruction.name: instruction for instruction in last}
    path = f"{image}/opt/aiomedia/bin:{os.environ['PATH']}"
    program, *arguments = given["ENTRYPOINT"].words + given["CMD"].words
    command = [f"{image}/opt/aiomedia/bin/{program}", *arguments]
    # A free port instead of 5000, and a directory of the test's instead of /media.
    with serving(
        command,
        environment={"PATH": path, "AIOMEDIA_PORT": "0", "AIOMEDIA_ROOTS": str(media)},
        cwd=image / "etc/aiomedia",
    ) as url:
        words = Instruction("CMD", given["HEALTHCHECK"].argument.partition("CMD ")[2]).words
        probe = [word.replace("http://127.0.0.1:5000", url) for word in words]
        assert probe != words
        until_ready(url)
        assert probed(probe, path) == 0
        media.rename(tmp_path / "gone")
        deadline = time.monotonic() + DEADLINE_S
        while probed(probe, path) != 1:
            assert time.monotonic() < deadline, "healthy without its directory"
    workers = [f"{image}/opt/aiomedia/bin/python", "-c", "import gunicorn"]
    assert subprocess.run(workers, cwd=tmp_path, check=False).returncode == 0
