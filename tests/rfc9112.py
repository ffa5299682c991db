"""RFC 9112, and RFC 9110 on messages, row by row: requests as they are sent, and what they get."""

from collections.abc import Sequence
from typing import NamedTuple


class Message(NamedTuple):
    """A request as it is sent, and the status that it gets."""

    section: str
    rule: str
    lines: Sequence[bytes]
    status: int


def _get(section: str, rule: str, status: int, *lines: bytes, host: bytes = b"Host: a") -> Message:
    return Message(section, rule, [b"GET /health/live HTTP/1.1", host, *lines], status)


def _host(rule: str, status: int, *lines: bytes) -> Message:
    return Message("9110 7.2", rule, [b"GET /health/live HTTP/1.1", *lines], status)


_POST = [b"POST /list/files HTTP/1.1", b"Host: a"]

MESSAGES = [
    Message("9112 2.2", "empty lines before it", [b"", b"GET /health/live HTTP/1.1", b"Host: a"], 200),
    Message("9112 2.2", "no HTTP", [b"GARBAGE"], 400),
    Message("9112 2.3", "another version", [b"GET /health/live HTTP/2.0", b"Host: a"], 400),
    Message("9112 2.3", "no version", [b"GET /health/live"], 400),
    Message("9112 2.3", "HTTP/1.0", [b"GET /health/live HTTP/1.0"], 200),
    Message("9112 3", "a request line of 9,000 bytes", [b"GET /" + b"y" * 9000 + b" HTTP/1.1", b"Host: a"], 414),
    Message("9112 3.2.2", "absolute-form", [b"GET http://b/health/live HTTP/1.1", b"Host: a"], 200),
    Message("9112 3.2.4", "asterisk-form", [b"OPTIONS * HTTP/1.1", b"Host: a"], 404),
    _host("a name and a port", 200, b"Host: media.example:5000"),
    _host("an address", 200, b"Host: [::1]:5000"),
    _host("an empty one", 200, b"Host:"),
    _host("none", 400),
    _host("two", 400, b"Host: a", b"Host: b"),
    _host("the same twice", 400, b"Host: a", b"Host: a"),
    _host("no host", 400, b"Host: a b"),
    _host("no host", 400, b"Host: user@a"),
    _host("no host", 400, b"Host: a/b"),
    _host("no host", 400, b"Host: [::1"),
    _host("no port", 400, b"Host: a:b"),
    _host("longer than any name", 400, b"Host: " + b"a" * 1000),
    _get("9112 5.1", "white space before the colon", 400, b"X : y"),
    _get("9112 5.2", "a folded line", 400, b"X: y", b" z"),
    _get("9110 5.1", "a name that is no token", 400, b"X Y: z"),
    _get("9110 5.5", "a control character", 400, b"X: y\x00z"),
    Message(
        "9112 6.1", "a way that HTTP/1.0 has not", [b"POST / HTTP/1.0", b"Transfer-Encoding: chunked", b"", b"0"], 400
    ),
    _get("9112 6.1", "both ways to frame content", 400, b"Content-Length: 3", b"Transfer-Encoding: chunked"),
    _get("9110 8.6", "two lengths", 400, b"Content-Length: 3", b"Content-Length: 4"),
    _get("9110 9.3.1", "content to read with", 400, b"Content-Length: 3", b"", b"abc"),
    _get("9110 9.3.1", "content to read with", 400, b"Transfer-Encoding: chunked", b"", b"3", b"abc", b"0"),
    _get("9110 9.3.1", "content of no length", 200, b"Content-Length: 0"),
    _get("9110 10.1.1", "an expectation, and no content", 200, b"Expect: 100-continue"),
    _get("9110 10.1.1", "… and content that would follow", 400, b"Expect: 100-continue", b"Content-Length: 3"),
    _get("9110 10.1.1", "… and bytes that are no text", 200, b"Expect: 100-continue", b"X: \xff"),
    _get("9110 10.1.1", "no expectation", 200, b"Expect:"),
    _get("9110 10.1.1", "another expectation", 417, b"Expect: coffee"),
    Message("9110 10.1.1", "not of HTTP/1.0", [b"GET /health/live HTTP/1.0", b"Expect: coffee"], 200),
    Message("9110 10.1.1", "none but to be told no", [*_POST, b"Expect: 100-continue", b"Content-Length: 3"], 405),
    _get("9110 7.8", "an upgrade is declined", 200, b"Connection: upgrade", b"Upgrade: h2c"),
    Message(
        "9110 9.1",
        "a method that it does not know (501 is asked for)",
        [b"BREW /health/live HTTP/1.1", b"Host: a"],
        400,
    ),
    Message("9110 15.5.6", "a method that this is not for", _POST, 405),
    Message("9110 15.5.6", "a method that this is not for", [b"OPTIONS /list/files HTTP/1.1", b"Host: a"], 405),
    Message("9110 15.5.5", "no such place", [b"GET /nowhere HTTP/1.1", b"Host: a"], 404),
]
