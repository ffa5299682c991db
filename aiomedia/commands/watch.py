"""`aiomedia watch`"""

import sys
from typing import Any

import click
import msgspec

from aiomedia.commands.asking import Asked, asking, printable, run
from aiomedia.resource import ListedFile


@click.command()
@asking
@click.option("--since", help="A cursor to go on from; the present by default.")
@click.option("--type", "type_", type=click.Choice(["video", "audio"]), help="Files of one kind.")
@click.option("--directory", help="A directory of the server's, as an absolute path, without those below it.")
def watch(asked: Asked, since: str | None, type_: Any, directory: str | None) -> None:
    """Print what changes, a line for each change, whatever happens to the connection or the server."""
    run(_watch(asked, since, type_, directory))


async def _watch(asked: Asked, since: str | None, type_: Any, directory: str | None) -> None:
    scope: dict[str, Any] = {"type": type_, "directory": directory, "recursive": directory is None}
    async with asked.client() as client:
        known: list[ListedFile] = []
        if since is None:
            listing = await client.list_files(**scope)
            since, known = listing.cursor, listing.files
        async for change in client.changes(since, known=known, **scope):
            if asked.as_json:
                click.echo(msgspec.json.encode(change._asdict()))
            elif not asked.quiet:
                click.echo(f"{change.op} {printable(change.file.filename)}")
            sys.stdout.flush()
