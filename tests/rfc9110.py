"""RFC 9110 on conditions and ranges, row by row: the tests hold the code to it, and docs/http.md shows it.

All rows are of one representation unless they say otherwise: 100 bytes with the validators below.
"""

from collections.abc import Sequence
from typing import NamedTuple

from aiomedia.conditional import NotModified, PreconditionFailed, Selection, Validators
from aiomedia.ranges import Span, Spans, Unsatisfiable, Whole

ETAG = '"current"'
DATE = "Mon, 05 Aug 2024 10:00:00 GMT"
EARLIER = "Mon, 05 Aug 2024 09:59:59 GMT"
LATER = "Mon, 05 Aug 2024 10:00:01 GMT"
VALIDATORS = Validators(ETAG, 1_722_852_000)
LENGTH = 100

WHOLE, NOT_MODIFIED, FAILED, UNSATISFIABLE = Whole(), NotModified(), PreconditionFailed(), Unsatisfiable()


class Row(NamedTuple):
    """A request's fields, what is made of them, and the rule and its section that say so."""

    section: str
    rule: str
    fields: Sequence[tuple[str, str]]
    selection: Selection
    method: str = "GET"
    length: int = LENGTH


def _spans(*positions: tuple[int, int]) -> Spans:
    return Spans(tuple(Span(first, last) for first, last in positions))


def _range(section: str, rule: str, value: str, selection: Selection, length: int = LENGTH) -> Row:
    return Row(section, rule, [("Range", value)], selection, length=length)


def _if_range(rule: str, value: str, selection: Selection) -> Row:
    return Row("13.1.5", rule, [("Range", "bytes=0-9"), ("If-Range", value)], selection)


def _since(rule: str, value: str, selection: Selection) -> Row:
    return Row("5.6.7", rule, [("If-Modified-Since", value)], selection)


PRECONDITIONS = [
    Row("13.1.1", "its own tag", [("If-Match", ETAG)], WHOLE),
    Row("13.1.1", "another tag", [("If-Match", '"other"')], FAILED),
    Row("13.1.1", "any representation", [("If-Match", "*")], WHOLE),
    Row("13.1.1", "a list", [("If-Match", f'"other", {ETAG}')], WHOLE),
    Row("13.1.1", "a list with white space", [("If-Match", f'"a", "b", \t{ETAG} , "c"')], WHOLE),
    Row("5.3", "two lines are one list", [("If-Match", '"other"'), ("If-Match", ETAG)], WHOLE),
    Row("13.1.1", "strong comparison", [("If-Match", f"W/{ETAG}")], FAILED),
    Row("8.8.3", "a tag is quoted", [("If-Match", "current")], FAILED),
    Row("13.1.1", "a list of nothing", [("If-Match", ",")], FAILED),
    Row("13.1.2", "its own tag", [("If-None-Match", ETAG)], NOT_MODIFIED),
    Row("13.1.2", "another tag", [("If-None-Match", '"other"')], WHOLE),
    Row("8.8.3.2", "compared by character", [("If-None-Match", '"Current"')], WHOLE),
    Row("13.1.2", "any representation", [("If-None-Match", "*")], NOT_MODIFIED),
    Row("13.1.2", "weak comparison", [("If-None-Match", f"W/{ETAG}")], NOT_MODIFIED),
    Row("13.1.2", "a list", [("If-None-Match", f'"a", "b", {ETAG} , "c"')], NOT_MODIFIED),
    Row("8.8.3", "a tag may hold a comma", [("If-None-Match", f'"a,b" ,, {ETAG}')], NOT_MODIFIED),
    Row("5.3", "two lines are one list", [("If-None-Match", '"other"'), ("If-None-Match", ETAG)], NOT_MODIFIED),
    Row("8.8.3", "a tag is quoted", [("If-None-Match", "current")], WHOLE),
    Row("8.8.3", "W/ is a capital", [("If-None-Match", f"w/{ETAG}")], WHOLE),
    Row("5.6.1", "a list of nothing", [("If-None-Match", ",")], WHOLE),
    Row("13.1.3", "its own date", [("If-Modified-Since", DATE)], NOT_MODIFIED),
    Row("13.1.3", "a later date", [("If-Modified-Since", LATER)], NOT_MODIFIED),
    Row("13.1.3", "an earlier date", [("If-Modified-Since", EARLIER)], WHOLE),
    Row("13.1.3", "an invalid date is ignored", [("If-Modified-Since", "yesterday")], WHOLE),
    Row("13.1.3", "two dates are ignored", [("If-Modified-Since", DATE), ("If-Modified-Since", DATE)], WHOLE),
    Row("13.1.3", "not with If-None-Match", [("If-None-Match", '"other"'), ("If-Modified-Since", DATE)], WHOLE),
    Row("13.1.4", "its own date", [("If-Unmodified-Since", DATE)], WHOLE),
    Row("13.1.4", "an earlier date", [("If-Unmodified-Since", EARLIER)], FAILED),
    Row("13.1.4", "an invalid date is ignored", [("If-Unmodified-Since", "0")], WHOLE),
    Row("13.1.4", "not with If-Match", [("If-Match", ETAG), ("If-Unmodified-Since", EARLIER)], WHOLE),
    Row("13.2.2", "If-Match comes first", [("If-Match", '"other"'), ("If-None-Match", ETAG)], FAILED),
    Row("13.2.2", "then If-None-Match", [("If-Match", ETAG), ("If-None-Match", ETAG)], NOT_MODIFIED),
    Row("13.2.2", "If-Unmodified-Since too", [("If-Unmodified-Since", EARLIER), ("If-None-Match", ETAG)], FAILED),
    Row("13.2.2", "a range comes last", [("If-None-Match", ETAG), ("Range", "bytes=200-")], NOT_MODIFIED),
]

DATES = [
    _since("IMF-fixdate", DATE, NOT_MODIFIED),
    _since("obsolete, RFC 850", "Monday, 05-Aug-24 10:00:00 GMT", NOT_MODIFIED),
    _since("… a year of two digits is from 1970 to 2069, at any time", "Sunday, 05-Aug-79 10:00:00 GMT", WHOLE),
    _since("obsolete, asctime", "Mon Aug  5 10:00:00 2024", NOT_MODIFIED),
    _since("beyond 2038", "Tue, 19 Jan 2038 03:14:08 GMT", NOT_MODIFIED),
    _since("beyond 2106", "Fri, 25 Feb 2174 09:42:23 GMT", NOT_MODIFIED),
    _since("a leap second", "Sat, 31 Dec 2033 23:59:60 GMT", NOT_MODIFIED),
    _since("another zone is no date", "Mon, 05 Aug 2024 19:00:00 +0900", WHOLE),
    _since("another zone is no date", "Mon, 05 Aug 2024 10:00:00 UTC", WHOLE),
    _since("a day has two digits", "Mon, 5 Aug 2024 10:00:00 GMT", WHOLE),
    _since("case counts", "mon, 05 aug 2024 10:00:00 gmt", WHOLE),
    _since("a day that there is not", "Wed, 30 Feb 2033 10:00:00 GMT", WHOLE),
    _since("an hour that there is not", "Mon, 05 Aug 2033 24:00:00 GMT", WHOLE),
    _since("a second that there is not", "Mon, 05 Aug 2033 10:00:61 GMT", WHOLE),
    _since("digits are ASCII", "Mon, 05 Aug ２０３３ 10:00:00 GMT", WHOLE),
    _since("and nothing else", f"{DATE}; length=100", WHOLE),
]

RANGES = [
    _range("14.1.2", "first and last position", "bytes=0-9", Span(0, 9)),
    _range("14.1.2", "one byte", "bytes=0-0", Span(0, 0)),
    _range("14.1.2", "the last byte", "bytes=99-99", Span(99, 99)),
    _range("14.1.2", "all of it", "bytes=0-99", Span(0, 99)),
    _range("14.1.2", "to the end", "bytes=90-", Span(90, 99)),
    _range("14.1.2", "the last bytes", "bytes=-1", Span(99, 99)),
    _range("14.1.2", "more last bytes than there are", "bytes=-1000", Span(0, 99)),
    _range("14.1.2", "clamped to the end", "bytes=5-1000", Span(5, 99)),
    _range("14.1.2", "however large", f"bytes=50-{'9' * 30}", Span(50, 99)),
    _range("14.1.2", "of any number of digits", f"bytes={'0' * 5000}1-{'9' * 5000}", Span(1, 99)),
    _range("14.1", "a unit in any case", "BYTES=0-9", Span(0, 9)),
    _range("14.1.2", "begins at the end", "bytes=100-", UNSATISFIABLE),
    _range("14.1.2", "lies behind the end", "bytes=100-200", UNSATISFIABLE),
    _range("14.1.2", "begins however far behind it", f"bytes={'9' * 30}-", UNSATISFIABLE),
    _range("14.1.2", "the last none", "bytes=-0", UNSATISFIABLE),
    _range("14.1.2", "of nothing", "bytes=0-", UNSATISFIABLE, length=0),
    _range("14.1.2", "of nothing", "bytes=0-0", UNSATISFIABLE, length=0),
    _range(
        "14.1.2", "… where it would be satisfiable, but no Content-Range says so", "bytes=-1", UNSATISFIABLE, length=0
    ),
    _range("14.2", "an unknown unit", "items=0-9", WHOLE),
    _range("14.1.1", "malformed: the last before the first", "bytes=9-0", WHOLE),
    _range("14.1.1", "… however large they are", f"bytes={'9' * 25}-{'8' * 25}", WHOLE),
    _range("14.1.1", "malformed: no positions", "bytes=-", WHOLE),
    _range("14.1.1", "malformed: no range", "bytes=", WHOLE),
    _range("14.1.1", "malformed: no range", "bytes=,", WHOLE),
    _range("14.1.1", "malformed: no set", "bytes", WHOLE),
    _range("14.1.1", "malformed: no hyphen", "bytes=10", WHOLE),
    _range("14.1.1", "malformed: no digits", "bytes=a-b", WHOLE),
    _range("14.1.1", "malformed: no digits", "bytes=10-a", WHOLE),
    _range("14.1.1", "malformed: a sign", "bytes=+1-2", WHOLE),
    _range("14.1.1", "malformed: not ASCII", "bytes=٣-٤", WHOLE),
    _range("14.1.1", "malformed: an underscore", "bytes=1_0-20", WHOLE),
    _range("14.1.1", "malformed: white space in a range", "bytes=0 - 9", WHOLE),
    _range("14.1.1", "malformed: white space in the unit", "bytes =0-9", WHOLE),
    _range("14.1.1", "malformed: a colon", "bytes: 0-9", WHOLE),
    _range("14.1.1", "malformed: no equals sign", "bytes 0-9", WHOLE),
    _range("14.1.1", "malformed: no comma", "bytes=10-11 12-", WHOLE),
    _range("14.1.1", "malformed: one of several", "bytes=100, 0-50", WHOLE),
    _range("14.1.1", "malformed: one of several", "bytes= - , 0-50", WHOLE),
    _range("14.1.1", "malformed: one of several", "bytes=0-50, abc-def", WHOLE),
    Row("14.2", "for GET alone", [("Range", "bytes=0-9")], WHOLE, method="HEAD"),
    Row("5.3", "a repeated Range is ignored", [("Range", "bytes=0-9"), ("Range", "bytes=0-9")], WHOLE),
]

SEVERAL = [
    _range("14.1.2", "several", "bytes=0-1,5-8", _spans((0, 1), (5, 8))),
    _range("14.1.2", "the first and the last", "bytes=0-0,-2", _spans((0, 0), (98, 99))),
    _range("14.1.2", "clamped to the end", "bytes=0-1,50-1000", _spans((0, 1), (50, 99))),
    _range("15.3.7.2", "in the order asked for", "bytes=0-9, -10, 10-19", _spans((0, 9), (90, 99), (10, 19))),
    _range("15.3.7.2", "overlapping", "bytes=0-10,5-15", _spans((0, 10), (5, 15))),
    _range("15.3.7.2", "as long as the file", "bytes=50-99,0-49", _spans((50, 99), (0, 49))),
    _range("15.3.7.2", "the satisfiable ones", "bytes=0-9, 100-, 90-", _spans((0, 9), (90, 99))),
    _range("15.3.7.2", "only one satisfiable", "bytes=0-9,100-,-0", Span(0, 9)),
    _range("15.5.17", "none satisfiable", "bytes=100-,200-300,-0", UNSATISFIABLE),
    _range("5.6.1", "empty elements", "bytes=,, 0-9 ,", Span(0, 9)),
    _range("5.6.1", "white space", "bytes= 0-1 ,\t5-6 ", _spans((0, 1), (5, 6))),
    _range("14.2", "longer than the file together", "bytes=0-1000, 0-0", WHOLE),
    _range("14.2", "longer than the file together", "bytes=0-,1-,2-,3-,4-", WHOLE),
    _range("14.2", "16", f"bytes={','.join(['0-0'] * 16)}", _spans(*[(0, 0)] * 16)),
    _range("14.2", "more than 16", f"bytes={','.join(['0-0'] * 17)}", WHOLE),
    _range("14.2", "more than 16 in all", f"bytes=0-0{',100-' * 16}", WHOLE),
    _range("14.2", "16 in all", f"bytes=0-0{',100-' * 15}", Span(0, 0)),
    _range("14.2", "more than 16, none satisfiable", f"bytes={','.join(['100-'] * 17)}", WHOLE),
]

IF_RANGES = [
    _if_range("its own tag", ETAG, Span(0, 9)),
    _if_range("another tag", '"other"', WHOLE),
    _if_range("a weak tag never matches", f"W/{ETAG}", WHOLE),
    _if_range("a tag is quoted", "current", WHOLE),
    _if_range("half a tag", '"current', WHOLE),
    _if_range("one tag, no list", f'{ETAG}, "other"', WHOLE),
    _if_range("one tag, no wildcard", "*", WHOLE),
    _if_range("its own date, strong (8.8.2.2) or not", DATE, Span(0, 9)),
    _if_range("a later date", LATER, WHOLE),
    _if_range("an earlier date", EARLIER, WHOLE),
    Row("13.1.5", "not without Range", [("If-Range", ETAG)], WHOLE),
    Row("13.2.2", "an outdated one saves a 416", [("Range", "bytes=200-"), ("If-Range", '"other"')], WHOLE),
]

TABLES = {
    "Preconditions": PRECONDITIONS,
    "Dates": DATES,
    "One range": RANGES,
    "Several ranges": SEVERAL,
    "If-Range": IF_RANGES,
}
