"""One request and its answer."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientError,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ClientTimeout,
    InvalidURL,
    NonHttpUrlClientError,
    TooManyRedirects,
)
from yarl import URL

from aiomedia.client.answer import Asked, Final, Later, Outdated, Part, Whole, meaning
from aiomedia.client.errors import Refused, Unusable

LONGEST_ERROR = 4096  # bytes of an error's body that are read for its message

# What the next attempt would end with too.
_HOPELESS = (
    ClientConnectorCertificateError,
    ClientConnectorSSLError,
    InvalidURL,
    NonHttpUrlClientError,
    TooManyRedirects,
)


class Cut(Exception):
    """This attempt has failed, the next may not. `retry_after` is the field's value if an answer had one."""

    def __init__(self, reason: str, retry_after: str | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Stale(Exception):
    """What is there can't be continued."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a file comes from, and how it is asked for."""

    session: ClientSession
    url: URL
    headers: Mapping[str, str] = field(default_factory=dict)
    silence_s: float = 60.0  # a server that sends nothing for so long is gone


class Answer(NamedTuple):
    """An answer whose body has not been read. Whoever has it closes or releases the response."""

    response: ClientResponse
    meaning: Whole | Part


class _ErrorBody(msgspec.Struct):
    """How our server tells errors, and others do."""

    error: str
    code: str | None = None


async def ask(source: Source, asked: Asked | None) -> Answer:
    """Asks for a part, or with None for the whole. Raises Cut, Stale, Refused and Unusable."""
    headers = {**source.headers, "Accept-Encoding": "identity"}
    if asked is not None:
        headers.update(asked.fields())
    with network():
        response = await source.session.get(
            source.url, headers=headers, timeout=patient(source.silence_s), auto_decompress=False
        )
    try:
        match meaning(asked, response.status, response.headers):
            case Whole() | Part() as usable:
                return Answer(response, usable)
            case Outdated(reason):
                raise Stale(reason)
            case Later(reason, after):
                raise Cut(reason, after)
            case Final(reason):
                if response.ok:
                    raise Unusable(f"{reason[0].upper()}{reason[1:]}.")
                raise await refusal(response)
    except BaseException:
        let_go(response)
        raise


def patient(silence_s: float) -> ClientTimeout:
    """However long it takes, as long as something comes."""
    return ClientTimeout(total=None, sock_connect=silence_s, sock_read=silence_s)


def let_go(response: ClientResponse) -> None:
    """Keeps the connection if the answer was read to its end, and closes it otherwise."""
    if response.content.at_eof():
        response.release()
    else:
        response.close()


@contextmanager
def network() -> Iterator[None]:
    """Raises Cut for what can happen to a connection, and Unusable for what will happen to each."""
    try:
        yield
    except _HOPELESS as error:
        raise Unusable(f"{str(error) or type(error).__name__}.") from error
    except TimeoutError as error:  # aiohttp's too
        raise Cut("the server sent nothing for too long") from error
    except ClientConnectorError as error:
        raise Cut(f"can't connect to {error.host}:{error.port}: {error.os_error.strerror or error.os_error}") from error
    except ClientResponseError as error:  # of the parser, in several lines
        raise Cut(f"the server's answer is no HTTP: {error.message.splitlines()[0]}") from error
    except (ClientError, ConnectionError) as error:
        raise Cut(" ".join(str(error).split()) or type(error).__name__) from error


async def refusal(response: ClientResponse) -> Refused:
    """What an answer says that is an error, in its own words if it says so as ours do."""
    try:
        with network():
            body = await response.content.read(LONGEST_ERROR)
        told = msgspec.json.decode(body, type=_ErrorBody)
    except (Cut, ValueError):
        return Refused(f"The server answered {response.status}.", response.status)
    return Refused(told.error, response.status, told.code)
