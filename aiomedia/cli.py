"""The commands."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, NoReturn

import click
import tomli_w
from msgspec.structs import asdict
from rich.console import Console
from rich.logging import RichHandler

from aiomedia import __version__
from aiomedia.commands.asking import LOOP_FACTORY
from aiomedia.commands.get import get
from aiomedia.commands.ls import ls
from aiomedia.commands.mirror import mirror
from aiomedia.commands.watch import watch
from aiomedia.config import FILE_VARIABLE, Config, Effective, Source, combine, environment_source, file_source
from aiomedia.errors import ConfigError
from aiomedia.web.serving import CannotListen
from aiomedia.web.serving import serve as run_server

USAGE_ERROR = 2  # the exit status of a bad flag, and of a bad configuration
DEFAULT_FILE = "config.toml"  # read from the current directory when it is there


def _configuration(command: Callable[..., None]) -> Callable[..., None]:
    """The arguments that make up a configuration."""
    for option in reversed(
        [
            click.argument("roots", nargs=-1, metavar="[DIR]...", type=click.Path()),
            click.option("--host", help="Address to listen on."),
            click.option("--port", help="Port to listen on; 0 picks a free one."),
            click.option("--workers", help="How many processes serve; more than one need gunicorn."),
            click.option("--log-level", help="debug, info, warning or error."),
            click.option("--access-log/--no-access-log", default=None, help="Whether to log a line a request."),
            click.option(
                "--follow-symlinks/--no-follow-symlinks", default=None, help="Whether to follow links inside."
            ),
            click.option(
                "--config",
                "config_file",
                envvar=FILE_VARIABLE,
                metavar="FILE",
                help=f"TOML file; {DEFAULT_FILE} of the current directory by default.",
            ),
        ]
    ):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aiomedia")
def main() -> None:
    """Serve a directory of video and audio, from an index that is always true; and download from one."""


for command in (ls, get, watch, mirror):
    main.add_command(command)


@main.command()
@_configuration
def serve(config_file: str | None, **flags: Any) -> None:
    """Serve each DIR and all below it; the first is the default root.

    A key that no flag sets comes from its AIOMEDIA_... variable, then from the configuration file.
    """
    config = _effective(config_file, flags).config
    _log_to_stderr(config)

    def announce(url: str) -> None:
        click.echo(f"aiomedia serves {', '.join(config.roots)} on {url}", err=True)

    try:
        if config.workers > 1:
            _workers().serve(config, announce)
        with asyncio.Runner(loop_factory=LOOP_FACTORY) as runner:
            runner.run(run_server(config, announce))
    except CannotListen as error:
        _fail(f"can't listen on {error}", status=1)


@main.command()
@_configuration
def config(config_file: str | None, **flags: Any) -> None:
    """Print the effective configuration as TOML, each value below where it comes from."""
    effective = _effective(config_file, flags)
    for key, value in asdict(effective.config).items():
        click.echo(f"# {effective.origins[key]}\n{tomli_w.dumps({key: value})}", nl=False)


def _effective(config_file: str | None, flags: dict[str, Any]) -> Effective:
    """The configuration by its order: flag, environment, file, default. Ends the process when it is a bad one."""
    given = {key: value for key, value in flags.items() if value not in (None, ())}
    if "roots" in given:
        given["roots"] = [os.path.abspath(root) if root else root for root in given["roots"]]
    path = config_file or (DEFAULT_FILE if os.path.exists(DEFAULT_FILE) else None)
    try:
        files = [] if path is None else [file_source(path)]
        return combine(Source("flag", given, strict=False), environment_source(os.environ), *files)
    except ConfigError as error:
        _fail(str(error), status=USAGE_ERROR)


def _workers() -> ModuleType:
    """The module for several processes, which few need and nobody can import without gunicorn."""
    if find_spec("gunicorn") is None:
        _fail("workers: more than 1 need gunicorn: pip install 'aiomedia[workers]'", status=USAGE_ERROR)
    return import_module("aiomedia.web.workers")


def _fail(message: str, status: int) -> NoReturn:
    click.echo(f"aiomedia: {message}", err=True)
    sys.exit(status)


def _log_to_stderr(config: Config) -> None:
    if sys.stderr.isatty():
        handler: logging.Handler = RichHandler(console=Console(stderr=True), show_path=False)
        form = "%(message)s"
    else:
        handler = logging.StreamHandler()
        form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=config.log_level.upper(), format=form, handlers=[handler])
    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it tells each batch of changes
