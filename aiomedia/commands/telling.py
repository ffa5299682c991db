"""How far downloads are, and what was done: bars on a terminal, lines elsewhere, JSON, or nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import click
import msgspec
from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import (
    Progress as Bars,
)

from aiomedia.client import Downloaded, Mirrored, Progress
from aiomedia.commands.asking import Asked, printable

Notice = Callable[[str], None]
OnProgress = Callable[[Progress], None]


class Teller(Protocol):
    """Tells what a command does."""

    def download(self, name: str) -> tuple[Notice, OnProgress]:
        """What a download of this name is to tell: what goes wrong, and how far it is."""

    def downloaded(self, name: str, done: Downloaded) -> None:
        """A download is there."""

    def mirrored(self, deed: Mirrored) -> None:
        """A mirror has done something."""


@contextmanager
def teller(asked: Asked) -> Iterator[Teller]:
    """How this command tells, where it runs."""
    if asked.as_json:
        yield Json()
    elif asked.quiet:
        yield Quiet()
    elif sys.stderr.isatty():
        with Terminal() as terminal:
            yield terminal
    else:
        yield Lines()


class Quiet:
    """Tells what failed alone."""

    def download(self, name: str) -> tuple[Notice, OnProgress]:
        return _nothing, _nothing

    def downloaded(self, name: str, done: Downloaded) -> None:
        """Says nothing."""

    def mirrored(self, deed: Mirrored) -> None:
        if deed.reason is not None:
            click.echo(f"aiomedia: {printable(deed.filename)}: {printable(deed.reason)}", err=True)


class Lines(Quiet):
    """A line for each file, and for each thing that goes wrong."""

    def download(self, name: str) -> tuple[Notice, OnProgress]:
        return lambda message: click.echo(f"{printable(name)}: {printable(message)}", err=True), _nothing

    def downloaded(self, name: str, done: Downloaded) -> None:
        click.echo(f"{printable(done.path)}  {decimal(done.size)}")

    def mirrored(self, deed: Mirrored) -> None:
        super().mirrored(deed)
        if deed.reason is None:
            click.echo(f"{deed.deed} {printable(deed.filename)}")


class Json(Quiet):
    """An object for each file."""

    def downloaded(self, name: str, done: Downloaded) -> None:
        _print({"path": done.path, "size": done.size, "etag": done.etag})

    def mirrored(self, deed: Mirrored) -> None:
        _print(deed._asdict())


class Terminal(Lines):
    """A bar for each file that is on its way."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "Terminal":
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.stop()

    def download(self, name: str) -> tuple[Notice, OnProgress]:
        return self._notice(name), lambda progress: self.progress(name, progress)

    def progress(self, name: str, progress: Progress) -> None:
        """Shows how far a file is."""
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(escape(printable(name)))
        self._bars.update(self._tasks[name], completed=progress.received, total=progress.length)

    def downloaded(self, name: str, done: Downloaded) -> None:
        self._end(name)
        self._bars.console.print(f"{escape(printable(done.path))}  {decimal(done.size)}")

    def mirrored(self, deed: Mirrored) -> None:
        self._end(deed.filename)
        said = f"{deed.deed} {printable(deed.filename)}" + (f": {printable(deed.reason)}" if deed.reason else "")
        self._bars.console.print(escape(said))

    def _notice(self, name: str) -> Notice:
        return lambda message: self._bars.console.print(escape(f"{printable(name)}: {printable(message)}"))

    def _end(self, name: str) -> None:
        task = self._tasks.pop(name, None)
        if task is not None:
            self._bars.remove_task(task)


def _print(told: dict[str, Any]) -> None:
    click.echo(msgspec.json.encode(told))
    sys.stdout.flush()


def _nothing(_: object) -> None:
    """Is told, and tells nobody."""
