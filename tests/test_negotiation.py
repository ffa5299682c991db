"""Content codings: RFC 9110 12.5.3."""

import pytest

from aiomedia.negotiation import accepts_gzip


@pytest.mark.parametrize(
    ("lines", "accepted"),
    [
        ([], False),
        ([""], False),
        (["gzip"], True),
        (["GZIP"], True),
        (["x-gzip"], True),
        (["gzip, deflate, br"], True),
        (["deflate", "gzip"], True),
        (["*"], True),
        (["gzip;q=0"], False),
        (["gzip;q=0.000"], False),
        (["gzip; q=0.5"], True),
        (["gzip;Q=1.000"], True),
        (["*;q=0"], False),
        (["*, gzip;q=0"], False),
        (["identity"], False),
        (["identity, gzip;q=0.5"], False),
        (["identity;q=0.5, gzip"], True),
        (["deflate, br"], False),
        (["gzip;q=2"], False),
        (["gzip;q=nan"], False),
        (["notgzip"], False),
    ],
)
def test_gzip_is_taken_when_the_client_says_so_and_likes_it_no_less(lines: list[str], accepted: bool) -> None:
    assert accepts_gzip(lines) is accepted
