"""Preconditions and ranges: each row names the section of RFC 9110 that it is from."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from aiomedia.conditional import (
    NotModified,
    PreconditionFailed,
    Selection,
    Span,
    Unsatisfiable,
    Validators,
    Whole,
    is_known,
    select,
)

ETAG = '"current"'
DATE = "Mon, 05 Aug 2024 10:00:00 GMT"
EARLIER = "Mon, 05 Aug 2024 09:59:59 GMT"
LATER = "Mon, 05 Aug 2024 10:00:01 GMT"
VALIDATORS = Validators(ETAG, 1_722_852_000)
LENGTH = 100

WHOLE, NOT_MODIFIED, FAILED, UNSATISFIABLE = Whole(), NotModified(), PreconditionFailed(), Unsatisfiable()

PRECONDITIONS: list[tuple[str, list[tuple[str, str]], Selection]] = [
    ("13.1.1", [("If-Match", ETAG)], WHOLE),
    ("13.1.1", [("If-Match", "*")], WHOLE),
    ("13.1.1", [("If-Match", '"other"')], FAILED),
    ("13.1.1", [("If-Match", f'"other", {ETAG}')], WHOLE),
    ("13.1.1", [("If-Match", '"other"'), ("If-Match", ETAG)], WHOLE),
    ("13.1.1 strong comparison", [("If-Match", f"W/{ETAG}")], FAILED),
    ("13.1.2", [("If-None-Match", ETAG)], NOT_MODIFIED),
    ("13.1.2", [("If-None-Match", "*")], NOT_MODIFIED),
    ("13.1.2 weak comparison", [("If-None-Match", f"W/{ETAG}")], NOT_MODIFIED),
    ("13.1.2", [("If-None-Match", '"other"')], WHOLE),
    ("13.1.2", [("If-None-Match", f'"a,b" ,, {ETAG}')], NOT_MODIFIED),
    ("13.1.2", [("If-None-Match", '"other"'), ("If-None-Match", ETAG)], NOT_MODIFIED),
    ("8.8.3 a tag is quoted", [("If-None-Match", "current")], WHOLE),
    ("8.8.3 W is upper case", [("If-None-Match", f"w/{ETAG}")], WHOLE),
    ("13.1.3", [("If-Modified-Since", DATE)], NOT_MODIFIED),
    ("13.1.3", [("If-Modified-Since", LATER)], NOT_MODIFIED),
    ("13.1.3", [("If-Modified-Since", EARLIER)], WHOLE),
    ("13.1.3 invalid", [("If-Modified-Since", "yesterday")], WHOLE),
    ("13.1.3 ignored with If-None-Match", [("If-None-Match", '"other"'), ("If-Modified-Since", DATE)], WHOLE),
    ("13.1.4", [("If-Unmodified-Since", DATE)], WHOLE),
    ("13.1.4", [("If-Unmodified-Since", EARLIER)], FAILED),
    ("13.1.4 invalid", [("If-Unmodified-Since", "0")], WHOLE),
    ("13.1.4 ignored with If-Match", [("If-Match", ETAG), ("If-Unmodified-Since", EARLIER)], WHOLE),
    ("13.2.2 If-Match first", [("If-Match", '"other"'), ("If-None-Match", ETAG)], FAILED),
    ("13.2.2 then If-None-Match", [("If-Match", ETAG), ("If-None-Match", ETAG)], NOT_MODIFIED),
    ("5.6.7 obsolete date", [("If-Modified-Since", "Monday, 05-Aug-24 10:00:00 GMT")], NOT_MODIFIED),
    ("5.6.7 obsolete date", [("If-Modified-Since", "Mon Aug  5 10:00:00 2024")], NOT_MODIFIED),
]

RANGES: list[tuple[str, str, Selection]] = [
    ("14.1.2", "bytes=0-9", Span(0, 9)),
    ("14.1.2", "bytes=0-0", Span(0, 0)),
    ("14.1.2", "bytes=90-", Span(90, 99)),
    ("14.1.2", "bytes=-1", Span(99, 99)),
    ("14.1.2", "bytes=-1000", Span(0, 99)),
    ("14.1.2 clamped to the end", "bytes=50-99999999999999999999999999", Span(50, 99)),
    ("14.1.2 any number of digits", f"bytes={'0' * 5000}1-{'9' * 5000}", Span(1, 99)),
    ("14.1.2", "bytes=100-", UNSATISFIABLE),
    ("14.1.2", "bytes=100-200", UNSATISFIABLE),
    ("14.1.2 suffix of nothing", "bytes=-0", UNSATISFIABLE),
    ("14.1.2 malformed", "bytes=9-0", WHOLE),
    ("14.1.2 malformed", "bytes=-", WHOLE),
    ("14.1.2 malformed", "bytes=", WHOLE),
    ("14.1.2 malformed", "bytes", WHOLE),
    ("14.1.2 malformed", "bytes=a-b", WHOLE),
    ("14.1.2 malformed", "bytes=+1-2", WHOLE),
    ("14.1.2 malformed", "bytes=1_0-20", WHOLE),
    ("14.1.2 malformed", "bytes=٣-٤", WHOLE),
    ("14.1.2 malformed", "bytes 0-9", WHOLE),
    ("14.1 units are case-insensitive", "BYTES=0-9", Span(0, 9)),
    ("14.1 unknown unit", "items=0-9", WHOLE),
    ("5.6.1 empty list elements", "bytes=, 0-9 ,", Span(0, 9)),
    ("14.2 several may be ignored", "bytes=0-1,5-6", WHOLE),
]

IF_RANGES: list[tuple[str, str, Selection]] = [
    ("13.1.5 the tag", ETAG, Span(0, 9)),
    ("13.1.5 another tag", '"other"', WHOLE),
    ("13.1.5 weak never matches", f"W/{ETAG}", WHOLE),
    ("13.1.5 the very date", DATE, Span(0, 9)),
    ("13.1.5 a later date", LATER, WHOLE),
    ("13.1.5 an earlier date", EARLIER, WHOLE),
    ("13.1.5 neither", "current", WHOLE),
]


def _select(fields: Sequence[tuple[str, str]], method: str = "GET", length: int = LENGTH) -> Selection:
    return select(method, CIMultiDict(fields), VALIDATORS, length)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("section", "fields", "selection"), PRECONDITIONS)
def test_preconditions(section: str, fields: list[tuple[str, str]], selection: Selection, method: str) -> None:
    assert _select(fields, method) == selection


@pytest.mark.parametrize(("section", "value", "selection"), RANGES)
def test_ranges(section: str, value: str, selection: Selection) -> None:
    assert _select([("Range", value)]) == selection


@pytest.mark.parametrize(("section", "value", "selection"), IF_RANGES)
def test_if_range_keeps_a_range_only_of_the_same_representation(section: str, value: str, selection: Selection) -> None:
    assert _select([("If-Range", value), ("Range", "bytes=0-9")]) == selection


@pytest.mark.parametrize("value", ["bytes=0-0", "bytes=-1", "bytes=0-"])
def test_no_range_of_an_empty_representation_is_satisfiable(value: str) -> None:
    assert _select([("Range", value)], length=0) == UNSATISFIABLE


def test_ranges_are_for_get_alone() -> None:
    assert _select([("Range", "bytes=0-9")], method="HEAD") == WHOLE


def test_a_repeated_range_is_ignored() -> None:
    assert _select([("Range", "bytes=0-9"), ("Range", "bytes=0-9")]) == WHOLE


def test_without_a_date_of_its_own_no_date_is_compared() -> None:
    assert not is_known(CIMultiDict({"If-Modified-Since": LATER}), Validators(ETAG))


FIELDS = st.sampled_from(["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range"])
VALUES = st.one_of(
    st.text(max_size=40),
    st.text(alphabet='bytes=0123456789-, "W/*', max_size=40),
    st.from_regex(r"bytes=[0-9]{0,30}-[0-9]{0,30}", fullmatch=True),
    st.sampled_from([ETAG, DATE, EARLIER]),
)


@given(st.lists(st.tuples(FIELDS, VALUES), max_size=5), st.integers(0, 200), st.sampled_from(["GET", "HEAD"]))
def test_no_field_value_raises_and_what_is_selected_lies_inside(
    fields: list[tuple[str, str]], length: int, method: str
) -> None:
    selection = _select(fields, method, length)
    if isinstance(selection, Span):
        assert 0 <= selection.first <= selection.last < length
