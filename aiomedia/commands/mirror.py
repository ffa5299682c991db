"""`aiomedia mirror`"""

import sys
from typing import Any

import click

from aiomedia.client import Progress
from aiomedia.commands.asking import FAILED, Asked, asking, run
from aiomedia.commands.get import KEPT
from aiomedia.commands.telling import Terminal, teller


@click.command()
@asking
@click.argument("dest")
@click.option("--watch", is_flag=True, help="Go on with every change, until it is interrupted.")
@click.option("--delete", is_flag=True, help="Remove files that were mirrored and are gone from the server.")
@click.option("--type", "type_", type=click.Choice(["video", "audio"]), help="Files of one kind.")
@click.option("--include", multiple=True, metavar="GLOB", help="Files whose whole name matches; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--directory", help="A directory of the server's, as an absolute path.")
@click.option("-x", "--connections", type=click.IntRange(1, 32), default=4, show_default=True, help="For a long file.")
def mirror(asked: Asked, dest: str, type_: Any, connections: int, **options: Any) -> None:
    """Make DEST hold what the server has, sub-directories included.

    Files that are there as they were mirrored are not fetched again. The exit status is 1 if any file failed.
    """
    run(_mirror(asked, dest, connections, type=type_, **options), KEPT)


async def _mirror(asked: Asked, dest: str, connections: int, **options: Any) -> None:
    with teller(asked) as tell:

        def progress(filename: str, so_far: Progress) -> None:
            if isinstance(tell, Terminal):
                tell.progress(filename, so_far)

        async with asked.client(connections) as client:
            report = await client.mirror(dest, tell=tell.mirrored, progress=progress, **options)
    if report.failed:
        sys.exit(FAILED)
