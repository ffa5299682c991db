"""What answers mean, by RFC 9110. The parts that are refused are rows of tests/client/test_transfer.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from aiomedia.client.answer import Asked, Final, Later, Outdated, Part, Whole, meaning
from aiomedia.client.version import Version, version_of

ONE = Version('"one"', None, 100, None)
ASKED = Asked(10, 99, ONE)
DATE = {"Date": "Mon, 05 Aug 2024 10:01:00 GMT"}

FIELDS = st.dictionaries(
    st.sampled_from(
        [
            "Content-Range",
            "Content-Length",
            "ETag",
            "Last-Modified",
            "Date",
            "Content-Encoding",
            "Transfer-Encoding",
            "Repr-Digest",
            "Accept-Ranges",
            "Retry-After",
        ]
    ),
    st.text('0123456789bytes */-,:;=W"\u0663', max_size=30)
    | st.sampled_from(['"one"', "bytes 10-99/100", "bytes 10-50/*", "90", "chunked", "identity", "sha-256=:x:"]),
)


@given(st.none() | st.just(ASKED), st.integers(100, 599), FIELDS)
def test_any_answer_means_something_and_a_part_is_what_was_asked_for(
    asked: Asked | None, status: int, fields: dict[str, str]
) -> None:
    match meaning(asked, status, CIMultiDict(fields)):
        case Whole(version):
            assert status == 200
            assert version.length is not None or fields["Transfer-Encoding"].strip().lower() in ("", "chunked")
        case Part(last, length):
            assert asked is not None
            assert status == 206
            assert fields["ETag"] == '"one"'
            assert 10 <= last < 100
            assert length in (None, 100)
        case Outdated() | Later() | Final() as other:
            assert other.reason


@pytest.mark.parametrize(
    ("fields", "validator"),
    [
        ({"ETag": '"a"'}, '"a"'),
        ({"ETag": '""'}, '""'),
        ({"ETag": 'W/"a"'}, None),
        ({"ETag": "a"}, None),
        ({"ETag": '"a'}, None),
        ({"ETag": '"a", "b"'}, None),
        ({"ETag": '"a b"'}, None),
        ({**DATE, "Last-Modified": "Mon, 05 Aug 2024 10:00:00 GMT"}, "Mon, 05 Aug 2024 10:00:00 GMT"),
        ({**DATE, "Last-Modified": "Mon, 05 Aug 2024 10:00:01 GMT"}, None),
        ({**DATE, "Last-Modified": "Mon, 05 Aug 2024 11:00:00 GMT"}, None),
        ({"Last-Modified": "Mon, 05 Aug 2024 10:00:00 GMT"}, None),
        ({**DATE, "Last-Modified": "2024-08-05"}, None),
        ({**DATE, "ETag": 'W/"a"', "Last-Modified": "Mon, 05 Aug 2024 10:00:00 GMT"}, None),
        ({**DATE, "ETag": '"a"', "Last-Modified": "Mon, 05 Aug 2024 10:00:00 GMT"}, '"a"'),
        ({}, None),
    ],
)
def test_a_validator_is_strong_or_none(fields: dict[str, str], validator: str | None) -> None:
    assert version_of(CIMultiDict(fields), 1).validator == validator


@pytest.mark.parametrize(
    ("digest", "known"),
    [
        ("sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:", True),
        ("md5=:1B2M2Y8AsgTpgAmY7PhCfg==:, sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:;x=1", True),
        ("sha-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", False),
        ("xsha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:", False),
        ("sha-256=:47DE:", False),
        ("", False),
    ],
)
def test_a_digest_is_read_from_the_dictionary(digest: str, known: bool) -> None:
    assert (version_of(CIMultiDict({"Repr-Digest": digest}), 1).sha_256 is not None) == known


def test_versions_without_a_validator_are_never_the_same() -> None:
    nothing = Version(None, None, 100, None)
    assert not nothing.is_same_as(nothing)
    assert ONE.is_same_as(Version('"one"', None, None, None))
    assert not ONE.is_same_as(Version('"one"', None, 101, None))
