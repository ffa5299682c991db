"""`aiomedia ls`"""

from datetime import UTC, datetime
from typing import Any

import click
import msgspec
from rich.filesize import decimal

from aiomedia.commands.asking import Asked, asking, printable, run
from aiomedia.resource import ListedFile


@click.command()
@asking
@click.argument("pattern", required=False)
@click.option("-r", "--recursive", is_flag=True, help="Files of sub-directories too.")
@click.option("--type", "type_", type=click.Choice(["video", "audio", "all"]), help="Files of one kind.")
@click.option("--sort", type=click.Choice(["name", "size", "modified"]), help="By what they are sorted.")
@click.option("--order", type=click.Choice(["asc", "desc"]), help="In which order.")
@click.option("--limit", type=click.IntRange(1, 10_000), help="No more than the first of them.")
@click.option("--directory", help="A directory of the server's, as an absolute path.")
def ls(asked: Asked, pattern: str | None, type_: Any, **query: Any) -> None:
    """List files: their size, when they were modified, their name.

    PATTERN is a part of the name in any case, or a glob over the whole of it.
    """
    run(_ls(asked, q=pattern, type=type_, **query))


async def _ls(asked: Asked, **query: Any) -> None:
    async with asked.client() as client:
        listing = await client.list_files(**query)
    for file in listing.files:
        if asked.as_json:
            click.echo(msgspec.json.encode(file))
        elif not asked.quiet:
            click.echo(line(file))


def line(file: ListedFile) -> str:
    """A file as people read it."""
    modified = datetime.fromtimestamp(file.modified, UTC).astimezone()
    return f"{decimal(file.size):>10}  {modified:%Y-%m-%d %H:%M}  {printable(file.filename)}"
