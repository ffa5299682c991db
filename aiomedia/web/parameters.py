"""What a request asks for: its path's last part and its query, decoded once and strictly."""

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import parse_qsl, unquote_to_bytes

from aiohttp import web

from aiomedia.errors import InvalidFilename, InvalidParameter
from aiomedia.names import is_utf8

T = TypeVar("T")


def path_tail(request: web.Request) -> str:
    """What stands in the URL for the route's last, variable part, percent-decoded once.

    From the raw path: aiohttp's `match_info` leaves `%FF` as it is, so that it can't be told from `%25FF`.
    Raises InvalidFilename when it is not UTF-8.
    """
    resource = request.match_info.route.resource
    assert resource is not None
    segments_before = resource.canonical.partition("{")[0].count("/")
    tail = request.rel_url.raw_path.split("/", segments_before)[segments_before]
    try:
        return unquote_to_bytes(tail).decode()
    except UnicodeDecodeError as error:
        raise InvalidFilename("A URL's path is percent-encoded UTF-8.") from error


class Parameters:
    """The query's parameters. Those that nobody asks for are ignored, whatever they are."""

    def __init__(self, request: web.Request) -> None:
        query = request.rel_url.raw_query_string
        self._given: Mapping[str, list[str]] = _parsed(query) if query else {}

    def text(self, name: str) -> str | None:
        """The parameter's value. Raises InvalidParameter when it is given twice, or is not UTF-8."""
        values = self._given.get(name)
        if values is None:
            return None
        if len(values) > 1:
            raise InvalidParameter(f"'{name}' is given more than once.")
        if not is_utf8(values[0]):
            raise InvalidParameter(f"'{name}' is not percent-encoded UTF-8.")
        return values[0]

    def choice(self, name: str, choices: Mapping[str, T], default: T) -> T:
        """What the parameter's value stands for. Raises InvalidParameter when it is none of the choices."""
        value = self.text(name)
        if value is None:
            return default
        try:
            return choices[value]
        except KeyError:
            raise InvalidParameter(f"'{name}' is one of: {', '.join(choices)}.") from None

    def number(self, name: str, first: int, last: int) -> int | None:
        """The parameter's value as ASCII digits. Raises InvalidParameter unless it is from `first` to `last`."""
        value = self.text(name)
        if value is None:
            return None
        digits = value.isascii() and value.isdecimal() and len(value) <= len(str(last))
        if not digits or not first <= int(value) <= last:
            raise InvalidParameter(f"'{name}' is a number from {first} to {last}.")
        return int(value)


def _parsed(query: str) -> dict[str, list[str]]:
    parameters: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="surrogateescape"):
        parameters.setdefault(name, []).append(value)
    return parameters
