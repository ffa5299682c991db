"""Preconditions and ranges: the tables of `rfc9110.py`, and what holds for any request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from aiomedia.conditional import Validators, precondition, select
from aiomedia.ranges import Span, Spans
from tests.rfc9110 import DATE, EARLIER, ETAG, LATER, LENGTH, TABLES, VALIDATORS, Row


@pytest.mark.parametrize("row", [row for rows in TABLES.values() for row in rows], ids=lambda row: row.rule)
def test_the_rfc(row: Row) -> None:
    assert select(row.method, CIMultiDict(row.fields), VALIDATORS, row.length) == row.selection


@pytest.mark.parametrize("row", TABLES["Preconditions"], ids=lambda row: row.rule)
def test_preconditions_hold_for_head_too(row: Row) -> None:
    assert select("HEAD", CIMultiDict(row.fields), VALIDATORS, row.length) == row.selection


@pytest.mark.parametrize("field", ["If-Modified-Since", "If-Unmodified-Since"])
def test_without_a_date_of_its_own_no_date_is_compared(field: str) -> None:
    for date in (EARLIER, DATE, LATER):
        assert precondition(CIMultiDict({field: date}), Validators(ETAG)) is None


def test_without_a_date_of_its_own_no_date_keeps_a_range() -> None:
    fields = CIMultiDict({"Range": "bytes=0-9", "If-Range": DATE})
    assert select("GET", fields, Validators(ETAG), LENGTH) == select("GET", CIMultiDict(), Validators(ETAG), LENGTH)


FIELDS = st.sampled_from(["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range"])
VALUES = st.one_of(
    st.text(max_size=40),
    st.text(alphabet='bytes=0123456789-, "W/*', max_size=40),
    st.from_regex(r"bytes=[0-9]{0,30}-[0-9]{0,30}", fullmatch=True),
    st.lists(st.from_regex(r"[0-9]{1,3}-[0-9]{0,3}|-[0-9]{1,3}", fullmatch=True), max_size=20).map(
        lambda ranges: f"bytes={','.join(ranges)}"
    ),
    st.sampled_from([ETAG, DATE, EARLIER]),
)


@given(st.lists(st.tuples(FIELDS, VALUES), max_size=5), st.integers(0, 200), st.sampled_from(["GET", "HEAD"]))
def test_no_field_value_raises_and_what_is_selected_lies_inside(
    fields: list[tuple[str, str]], length: int, method: str
) -> None:
    selection = select(method, CIMultiDict(fields), VALIDATORS, length)
    spans = selection.spans if isinstance(selection, Spans) else (selection,)
    for span in spans:
        if isinstance(span, Span):
            assert 0 <= span.first <= span.last < length
    if isinstance(selection, Spans):
        assert 2 <= len(spans) <= 16
        assert sum(map(len, selection.spans)) <= length
