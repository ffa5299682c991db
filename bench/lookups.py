"""Small answers: what is asked most often, beside a server that has its answer ready-made."""

from collections.abc import Iterator

from bench.figures import Figure, Floor, ratio
from bench.load import Load, body, taking_turns
from bench.peers import nginx
from bench.scale import Workspace
from bench.servers import aiomedia

CONNECTIONS = 32
IDENTIFIER = "000010"


def lookups(workspace: Workspace) -> Iterator[Figure]:
    """A look-up by identifier beside nginx's `return 200` of the same bytes, and a file that the client has already."""
    scale = workspace.scale
    directory = workspace.directory(scale.listed_files)
    target, file = f"/list/generated/{IDENTIFIER}", f"{IDENTIFIER}output.mp4"
    with aiomedia(directory) as ours:
        answer, _ = body(ours.url(target))
        assert file.encode() in answer, answer
        with nginx(directory, answer.decode()) as theirs:
            assert body(theirs.url("/answer"))[0] == answer
            our_file, their_file = ours.url(f"/download/video/{file}"), theirs.url(f"/{file}")
            loads = {
                "aiomedia": Load(ours.url(target), CONNECTIONS),
                "nginx": Load(theirs.url("/answer"), CONNECTIONS),
                "aiomedia, 304 of a file": _known(our_file),
                "nginx, 304 of a file": _known(their_file),
            }
            rates = taking_turns(loads, scale.rounds, scale.load_s)
    requests = {name: [rate.requests for rate in samples] for name, samples in rates.items()}
    for name in ("aiomedia", "nginx"):
        yield Figure("look-up by identifier", "requests/s", requests[name], server=name)
    for name in ("aiomedia", "nginx"):
        yield Figure("304 of a file", "requests/s", requests[f"{name}, 304 of a file"], server=name)
    floor = Floor(0.12, "at least", 0.25)
    yield ratio("look-up: aiomedia to nginx with a ready-made answer", requests["aiomedia"], requests["nginx"], floor)
    known = requests["aiomedia, 304 of a file"], requests["nginx, 304 of a file"]
    yield ratio("304 of a file: aiomedia to nginx", *known)


def _known(url: str) -> Load:
    return Load(url, CONNECTIONS, (f"If-None-Match: {body(url)[1]}",))
