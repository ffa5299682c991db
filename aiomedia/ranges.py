"""Which bytes a Range field selects (RFC 9110 section 14)."""

import re
from dataclasses import dataclass
from typing import NamedTuple

MAX_RANGES = 16  # in one request; each costs a part's head and a seek, and a player asks for two or three

# A size has at most 19 digits: a position with more lies behind every end, whatever it is.
_SIZE_DIGITS = 19
_BEYOND = 10**_SIZE_DIGITS

_UNIT = re.compile(r"[ \t]*bytes=", re.IGNORECASE)
# A range-spec (14.1.1), and before it the white space and the empty elements that a list may have (5.6.1.2).
_RANGE = re.compile(r"[ \t,]*+(?:([0-9]++)-([0-9]*+)|-([0-9]++))[ \t]*+(?=,|\Z)")
_REST = re.compile(r"[ \t,]*+\Z")


@dataclass(frozen=True, slots=True)
class Whole:
    """The whole representation: 200."""


@dataclass(frozen=True, slots=True)
class Span:
    """One range of it, its first and last position, both inclusive: 206."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Spans:
    """Several ranges of it, in the order in which they were asked for: 206 in parts."""

    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """No range lies in it: 416."""


class _Range(NamedTuple):
    """What was asked for. Without a first position, the last `last` bytes."""

    first: int | None
    last: int


def in_ranges(value: str, length: int) -> Whole | Span | Spans | Unsatisfiable:
    """What a Range field's value selects of a representation of this length. It raises nothing.

    The whole of it when the set is ignored: because it is of another unit or malformed (14.2), or because it would only
    cost, with more than MAX_RANGES ranges, or with ranges that together are longer than the representation (17.15).
    """
    ranges = _parsed(value)
    if ranges is None:
        return Whole()
    spans = tuple(span for each in ranges if (span := _span(each, length)) is not None)
    if not spans:
        return Unsatisfiable()
    if sum(map(len, spans)) > length:
        return Whole()
    return spans[0] if len(spans) == 1 else Spans(spans)


def _parsed(value: str) -> list[_Range] | None:
    unit = _UNIT.match(value)
    if unit is None:
        return None
    ranges: list[_Range] = []
    position = unit.end()
    while (matched := _RANGE.match(value, position)) is not None:
        digits, last_digits, suffix_digits = matched.groups()
        if len(ranges) == MAX_RANGES or (digits and last_digits and _is_less(last_digits, digits)):
            return None
        first = _number(digits) if digits else None
        last = _number(last_digits or suffix_digits) if last_digits or suffix_digits else _BEYOND
        ranges.append(_Range(first, last))
        position = matched.end()
    return ranges if ranges and _REST.match(value, position) else None


def _is_less(digits: str, others: str) -> bool:
    """Compares numbers of any length."""
    digits, others = digits.lstrip("0"), others.lstrip("0")
    return (len(digits), digits) < (len(others), others)


def _number(digits: str) -> int:
    if len(digits) > _SIZE_DIGITS:
        digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= _SIZE_DIGITS else _BEYOND


def _span(asked: _Range, length: int) -> Span | None:
    """The part that there is of a range; None when there is none."""
    first = max(0, length - asked.last) if asked.first is None else asked.first
    last = length - 1 if asked.first is None else min(asked.last, length - 1)
    return Span(first, last) if first <= last else None
