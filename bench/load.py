"""Loads by wrk: each answer is looked at before its load, the loads take turns, and one that fails is no figure."""

import json
import subprocess
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from bench.servers import program

SCRIPT = Path(__file__).with_name("load.lua")
TIMEOUT_S = 60  # of one answer: slow servers take seconds for 256 MB
PIECE = 1 << 20


class Load(NamedTuple):
    """What is asked for again and again, over so many connections."""

    url: str
    connections: int
    fields: tuple[str, ...] = ()


class Rate(NamedTuple):
    """What came of a load."""

    requests: float  # a second
    megabytes: float  # a second, heads included


def body(url: str) -> tuple[bytes, str | None]:
    """An answer's content and its entity tag. Raises OSError unless it is 200."""
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:
        return response.read(), response.headers["ETag"]


def expect(url: str, length: int) -> None:
    """Raises RuntimeError unless the answer is 200 and of this many bytes."""
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:
        received = sum(map(len, iter(lambda: response.read(PIECE), b"")))
        if response.status != 200 or received != length:
            raise RuntimeError(f"{url}: {response.status} with {received} bytes instead of {length}")


def taking_turns(loads: Mapping[str, Load], rounds: int, seconds: int) -> dict[str, list[Rate]]:
    """The rates of each, one a round: what happens to the machine meanwhile happens to all of them alike."""
    rates: dict[str, list[Rate]] = {name: [] for name in loads}
    for _ in range(rounds):
        for name, load in loads.items():
            rates[name].append(rate(load, seconds))
    return rates


def rate(load: Load, seconds: int) -> Rate:
    """Raises RuntimeError when a request fails."""
    headers = [argument for field in load.fields for argument in ("-H", field)]
    limits = ["-t1", f"-c{load.connections}", f"-d{seconds}s", "--timeout", f"{TIMEOUT_S}s"]
    command = [program("wrk") or "wrk", *limits, "-s", str(SCRIPT), *headers, load.url]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    counted = json.loads(printed.strip().rpartition("\n")[2])
    if counted["failures"]:
        raise RuntimeError(f"{load.url}: {counted['failures']} requests failed:\n{printed}")
    return Rate(counted["requests"] / counted["seconds"], counted["bytes"] / counted["seconds"] / 1e6)
