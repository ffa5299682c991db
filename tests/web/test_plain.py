"""Which requests ask for a file and for nothing else: all others are aiohttp's to parse."""

import pytest

from aiomedia.web.plain import (
    FIELD_COUNT_MAX,
    FIELDS_MAX,
    LINE_MAX,
    LINES,
    SETS_OF_FIELDS,
    File,
    Generated,
    Plain,
    PlainRequests,
)

LINE, HOST = b"GET /download/video/x.mp4 HTTP/1.1", b"Host: a"


def read(*lines: bytes) -> Plain | None:
    return PlainRequests().read(b"\r\n".join(lines) + b"\r\n\r\n")


def filename(*lines: bytes) -> str | None:
    plain = read(*lines)
    if plain is None:
        return None
    assert isinstance(plain.target, File)
    return plain.target.path


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (b"/download/video/x.mp4", "x.mp4"),
        (b"/download/audio/x.WAV", "x.WAV"),
        (b"/download/video/sub/x.mp4", "sub/x.mp4"),
        (b"/download/video/sub%2Fx.mp4", "sub/x.mp4"),
        (b"/download/video/a%20b%C3%A9%2520.mp4", "a bé%20.mp4"),
        (b"/download/video/a+b;c=d,e'(f)!~.mp4", "a+b;c=d,e'(f)!~.mp4"),
    ],
)
def test_a_request_for_a_file_and_for_nothing_else_is_one(target: bytes, name: str) -> None:
    assert filename(b"GET " + target + b" HTTP/1.1", HOST) == name


@pytest.mark.parametrize(
    "fields",
    [
        [b"Host:a:5000"],
        [b"hOST: \t a  "],
        [HOST, b"User-Agent: curl/8.0", b"Accept: */*"],
        [HOST, b"Accept-Encoding: gzip, deflate, br", b"Accept-Language: de", b"Connection: Keep-Alive"],
        [HOST, b"Sec-Fetch-Mode: navigate", b"Referer: http://a/", b"Want-Digest: SHA-512"],
    ],
)
def test_fields_without_an_effect_make_no_difference(fields: list[bytes]) -> None:
    assert filename(LINE, *fields) == "x.mp4"


@pytest.mark.parametrize(
    "line",
    [
        b"HEAD /download/video/x.mp4 HTTP/1.1",
        b"get /download/video/x.mp4 HTTP/1.1",
        b"GET /download/video/x.mp4 HTTP/1.0",
        b"GET /download/video/x.mp4 HTTP/1.1 ",
        b"GET  /download/video/x.mp4 HTTP/1.1",
        b"GET /download/video/x.mp4",
        b"GET http://a/download/video/x.mp4 HTTP/1.1",
        b"GET /download/video/x.mp4?directory=/a HTTP/1.1",
        b"GET /download/video/x.mp4# HTTP/1.1",
        b"GET /download/video/ HTTP/1.1",
        b"GET /download/video/x.wav HTTP/1.1",
        b"GET /download/video/x.txt HTTP/1.1",
        b"GET /download/audio/x.mp4 HTTP/1.1",
        b"GET /download/video/../x.mp4 HTTP/1.1",
        b"GET /download/video/%2e%2e/x.mp4 HTTP/1.1",
        b"GET /download/video//x.mp4 HTTP/1.1",
        b"GET /download/video/x%00.mp4 HTTP/1.1",
        b"GET /download/video/x%0d%0a.mp4 HTTP/1.1",
        b"GET /download/video/x%5c.mp4 HTTP/1.1",
        b"GET /download/video/x%ff.mp4 HTTP/1.1",
        b"GET /download/video/x\xff.mp4 HTTP/1.1",
        b"GET /download/generated/video/ HTTP/1.1",
        b"GET /download/generated/video/a/b HTTP/1.1",
        b"GET /download/generated/video/a%2Fb HTTP/1.1",
        b"GET /download/generated/5 HTTP/1.1",
        b"GET /list/generated/ HTTP/1.1",
        b"GET /list/generated/a%2Fb HTTP/1.1",
        b"GET /list/generated/5?wait=1 HTTP/1.1",
        b"GET /list/files HTTP/1.1",
        b"\r\nGET /download/video/x.mp4 HTTP/1.1",
    ],
)
def test_another_line_is_for_aiohttp(line: bytes) -> None:
    assert read(line, HOST) is None


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (b"/list/generated/5", Generated(None, "5")),
        (b"/list/generated/a%20b", Generated(None, "a b")),
        (b"/download/generated/video/5", Generated("video", "5")),
        (b"/download/generated/audio/%C3%A9", Generated("audio", "é")),
    ],
)
def test_so_is_one_for_what_an_identifier_has(target: bytes, expected: Generated) -> None:
    plain = read(b"GET " + target + b" HTTP/1.1", HOST)
    assert plain is not None
    assert plain.target == expected


@pytest.mark.parametrize(
    ("fields", "takes_gzip"),
    [
        ([], False),
        ([b"Accept-Encoding: gzip, deflate"], True),
        ([b"Accept-Encoding: gzip;q=0"], False),
        ([b"Accept-Encoding: br", b"Accept-Encoding: gzip"], True),
    ],
)
def test_it_tells_whether_the_client_takes_gzip(fields: list[bytes], takes_gzip: bool) -> None:
    plain = read(b"GET /list/generated/5 HTTP/1.1", HOST, *fields)
    assert plain is not None
    assert plain.fields.takes_gzip == takes_gzip


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [b"Accept: */*"],
        [HOST, HOST],
        [b"Host: a b"],
        [b"Host: " + b"a" * 301],
        [HOST, b"Range: bytes=0-"],
        [HOST, b"If-None-Match: *"],
        [HOST, b"if-match: *"],
        [HOST, b"If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT"],
        [HOST, b"Connection: close"],
        [HOST, b"Connection: keep-alive, Range"],
        [HOST, b"Expect: 100-continue"],
        [HOST, b"Content-Length: 0"],
        [HOST, b"Transfer-Encoding: chunked"],
        [HOST, b"Upgrade: h2c"],
        [HOST, b"Prefer: wait=5"],
        [HOST, b"Authorization: Bearer 1"],
        [HOST, b"Cookie: a=b"],
        [HOST, b"X-Unknown: 1"],
        [HOST, b"User-Agent: a", b"User-Agent: a"],
        [HOST, b" folded"],
        [HOST, b"Accept : */*"],
        [HOST, b"Accept: \x00"],
        [HOST, b"Accept: \xff"],
        [HOST, b"Accept: */*\nRange: bytes=0-"],
        [HOST, b"Accept: */*\rRange: bytes=0-"],
        [HOST, b"", LINE, HOST],
        [HOST, b"", b"content"],
    ],
)
def test_fields_that_may_mean_something_are_for_aiohttp(fields: list[bytes]) -> None:
    assert read(LINE, *fields) is None


def test_what_is_too_much_of_anything_is_for_aiohttp() -> None:
    assert read(LINE, HOST, *[b"DNT: 1"] * (FIELD_COUNT_MAX - 1)) is not None
    assert read(LINE, HOST, *[b"DNT: 1"] * FIELD_COUNT_MAX) is None
    assert read(LINE, HOST, b"Accept: " + b"x" * FIELDS_MAX) is None
    assert read(b"GET /download/video/%b.mp4 HTTP/1.1" % (b"x" * LINE_MAX), HOST) is None


@pytest.mark.parametrize("end", [1, 2, 3, 4, 20])
def test_a_head_that_is_not_whole_is_for_aiohttp(end: int) -> None:
    head = b"\r\n".join([LINE, HOST, b"Accept: */*", b"", b""])
    assert PlainRequests().read(head[:-end]) is None


def test_it_remembers_what_it_read_and_not_without_end() -> None:
    requests = PlainRequests()
    for number in range(LINES + 10):
        head = b"GET /download/video/%d.mp4 HTTP/1.1\r\nHost: a\r\nAccept: %d\r\n\r\n" % (number, number)
        first, second = requests.read(head), requests.read(head)
        assert first == second
        assert first is not None
        assert first.target == File(f"{number}.mp4")
    assert len(requests) <= LINES + SETS_OF_FIELDS
