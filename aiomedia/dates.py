"""HTTP dates (RFC 9110 5.6.7), in whole seconds since the epoch."""

import re
from datetime import UTC, datetime
from email.utils import formatdate

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_DAY_NAME = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_LONG_DAY_NAME = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
_MONTH = f"(?P<month>{'|'.join(_MONTHS)})"
_TIME = "(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"

_FORMATS = (
    re.compile(f"{_DAY_NAME}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT"),  # IMF-fixdate
    re.compile(f"{_LONG_DAY_NAME}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT"),  # rfc850-date
    re.compile(f"{_DAY_NAME} {_MONTH} (?P<day>[0-9 ][0-9]) {_TIME} (?P<year>[0-9]{{4}})"),  # asctime-date
)

_CENTURY_TURNS = 70  # as in POSIX: a year of two digits from here on is of the 20th century
_LEAP_SECOND = 60


def http_date(seconds: int) -> str:
    """Writes a date in the one format that is sent, IMF-fixdate."""
    return formatdate(seconds, usegmt=True)


def parse_http_date(text: str) -> int | None:
    """Reads a date in any of the three formats; None for what is no date. It raises nothing."""
    matched = next(filter(None, (form.fullmatch(text) for form in _FORMATS)), None)
    if matched is None:
        return None
    year, day, hour, minute, second = map(int, matched.group("year", "day", "hour", "minute", "second"))
    month = _MONTHS.index(matched["month"]) + 1
    if len(matched["year"]) == 2:
        year += 1900 if year >= _CENTURY_TURNS else 2000
    try:
        whole_minutes = int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp())
    except ValueError:  # such as 30 February
        return None
    return whole_minutes + second if second <= _LEAP_SECOND else None
