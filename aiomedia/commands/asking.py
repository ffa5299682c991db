"""What the client's commands have in common: whom they ask, how they run, and how they end."""

import asyncio
import functools
import sys
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, NoReturn

import click

from aiomedia.client import CannotWrite, Client, DownloadError, Refused, TargetLocked, UnsafeName
from aiomedia.config import TOKEN_VARIABLE, URL_VARIABLE
from aiomedia.errors import AiomediaError

try:
    import uvloop
except ImportError:  # Windows has none
    LOOP_FACTORY = None
else:
    LOOP_FACTORY = uvloop.new_event_loop  # twice as many requests a second as with asyncio's own

DEFAULT_URL = "http://localhost:5000"

# Exit statuses. 2 is click's, for what is called the wrong way.
FAILED, NOT_THERE, NOT_ALLOWED, CANNOT_WRITE, INTERRUPTED = 1, 3, 4, 5, 130


class Asked(NamedTuple):
    """Whom a command asks, and how it tells."""

    url: str
    token: str | None
    as_json: bool
    quiet: bool

    def client(self, connections: int = 4) -> Client:
        return Client(self.url, token=self.token, connections=connections)


def asking(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every command that asks a server; the command gets them as `asked`."""

    @functools.wraps(command)  # with the parameters that click has put on it
    def wrapped(url: str, token: str | None, as_json: bool, quiet: bool, **rest: Any) -> None:
        command(asked=Asked(url, token, as_json, quiet), **rest)

    for option in (
        click.option("-q", "--quiet", is_flag=True, help="Print errors alone."),
        click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each thing there is to tell."),
        click.option("--token", envvar=TOKEN_VARIABLE, help=f"Sent as a bearer's; {TOKEN_VARIABLE} by default."),
        click.option(
            "--url",
            envvar=URL_VARIABLE,
            default=DEFAULT_URL,
            show_default=True,
            help=f"Where the server is; {URL_VARIABLE} by default.",
        ),
    ):
        wrapped = option(wrapped)
    return wrapped


def run(work: Coroutine[Any, Any, None], kept: str | None = None) -> None:
    """Runs a command's work, and ends the process with a line and a status when it fails.

    `kept` is what is said after Ctrl-C.
    """
    try:
        with asyncio.Runner(loop_factory=LOOP_FACTORY) as runner:
            runner.run(work)
    except KeyboardInterrupt:
        fail(kept or "interrupted", INTERRUPTED)
    except AiomediaError as error:
        fail(str(error), status_of(error))
    except BrokenPipeError:  # nobody reads on
        sys.stderr.close()
        sys.exit(FAILED)


def status_of(error: AiomediaError) -> int:
    """The exit status that says what went wrong."""
    if isinstance(error, Refused):
        return {404: NOT_THERE, 410: NOT_THERE, 401: NOT_ALLOWED, 403: NOT_ALLOWED}.get(error.status, FAILED)
    if isinstance(error, CannotWrite | TargetLocked | UnsafeName):
        return CANNOT_WRITE
    return FAILED if isinstance(error, DownloadError) else 2


def fail(message: str, status: int) -> NoReturn:
    click.echo(f"aiomedia: {printable(message)}", err=True)
    sys.exit(status)


def printable(text: str) -> str:
    """Text that a server gave, without what would command a terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
