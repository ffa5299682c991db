"""`aiomedia get`"""

import os
from typing import Any

import click

from aiomedia.client import Client, Downloaded
from aiomedia.commands.asking import Asked, asking, run
from aiomedia.commands.telling import teller

KEPT = "interrupted; what was received is kept, and the same command goes on from there"


@click.command()
@asking
@click.argument("names", nargs=-1, metavar="[NAME|URL]...")
@click.option("--uuid", help="A generated file, by its identifier.")
@click.option(
    "--kind", type=click.Choice(["video", "audio"]), default="video", show_default=True, help="Of which kind."
)
@click.option("-o", "--output", default=".", show_default=True, help="The file, or the directory for it.")
@click.option("-x", "--connections", type=click.IntRange(1, 32), default=4, show_default=True, help="For a long file.")
@click.option("--wait", type=click.FloatRange(0), help="Seconds to wait for a file that is not there yet.")
@click.option("--directory", help="A directory of the server's, as an absolute path.")
def get(asked: Asked, names: tuple[str, ...], uuid: str | None, output: str, connections: int, **options: Any) -> None:
    """Download files: by NAME as `aiomedia ls` shows it, from any URL, or by --uuid.

    A file is there under its name when it is whole. What a download leaves that was interrupted, the same command goes
    on from.

    \b
    Exit status: 0, or
      1  gave up          3  no such file      5  can't write
      2  usage            4  not allowed     130  interrupted
    """
    if bool(names) == bool(uuid):
        raise click.UsageError("Say either names or --uuid.")
    if len(names) > 1 and not os.path.isdir(output):
        raise click.UsageError(f"{output}: is no directory for several files.")
    run(_get(asked, names, uuid, output, connections, **options), KEPT)


async def _get(
    asked: Asked, names: tuple[str, ...], uuid: str | None, output: str, connections: int, kind: Any, **options: Any
) -> None:
    with teller(asked) as tell:
        async with asked.client(connections) as client:
            for name in names or (f"{uuid} ({kind})",):
                notice, progress = tell.download(name)
                told: dict[str, Any] = {"notice": notice, "progress": progress}
                if uuid is not None:
                    done = await client.download_generated(uuid, kind, output, **options, **told)
                else:
                    done = await _by_name(client, name, output, options, told)
                tell.downloaded(name, done)


async def _by_name(client: Client, name: str, output: str, options: dict[str, Any], told: dict[str, Any]) -> Downloaded:
    if name.startswith(("http://", "https://")):
        return await client.download_url(name, output, **told)
    return await client.download(name, output, **options, **told)
