"""HTTP dates, beyond the rows of `rfc9110.py`."""

import calendar

from hypothesis import given
from hypothesis import strategies as st

from aiomedia.dates import http_date, parse_http_date


@given(st.integers(0, calendar.timegm((9999, 12, 31, 23, 59, 59))))
def test_a_date_that_is_written_is_read(seconds: int) -> None:
    assert parse_http_date(http_date(seconds)) == seconds


@given(st.text(alphabet="MonSunday,05AugFeb-2024 :GMT69", max_size=40))
def test_no_text_raises(text: str) -> None:
    parse_http_date(text)


def test_the_turn_of_the_century_in_two_digits() -> None:
    assert parse_http_date("Thursday, 01-Jan-70 00:00:00 GMT") == 0
    assert parse_http_date("Tuesday, 01-Jan-69 00:00:00 GMT") == calendar.timegm((2069, 1, 1, 0, 0, 0))
