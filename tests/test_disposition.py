"""Content-Disposition, as RFC 6266 and RFC 8187 have it."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiomedia.disposition import content_disposition

FIELD = re.compile(r'attachment; filename="((?:[^"\\]|\\.)*)"(?:; filename\*=UTF-8\'\'([!#$&+\-.^_`|~0-9A-Za-z%]+))?')


@pytest.mark.parametrize(
    ("name", "fallback", "extended"),
    [
        ("plain name.mp4", "plain name.mp4", None),
        ('say "hi".mp4', r"say \"hi\".mp4", 'say "hi".mp4'),
        ("back\\slash.mp4", r"back\\slash.mp4", "back\\slash.mp4"),
        ("100%41.mp4", "100%41.mp4", "100%41.mp4"),
        ("Ü 🎬.mp4", "_ _.mp4", "Ü 🎬.mp4"),
        ("what? Ü.mp4", "what_ _.mp4", "what? Ü.mp4"),
        ("a;b,c'd.mp4", "a;b,c'd.mp4", None),
        ("evil\u202e4pm.mp4", "evil4pm.mp4", "evil4pm.mp4"),
        ("a\r\nSet-Cookie: b.mp4", "aSet-Cookie: b.mp4", None),
        ("esc\x1b[2J\x7f.mp4", "esc[2J.mp4", None),
        ("byte\udcff.mp4", "byte.mp4", "byte.mp4"),
    ],
)
def test_any_name_has_a_field(name: str, fallback: str, extended: str | None) -> None:
    matched = FIELD.fullmatch(content_disposition("attachment", name))
    assert matched is not None
    assert matched[1] == fallback
    assert (unquote(matched[2]) if matched[2] else None) == extended


@given(st.text(st.characters(), max_size=50))
def test_no_name_breaks_out_of_the_field(name: str) -> None:
    field = content_disposition("attachment", name)
    assert FIELD.fullmatch(field)
    assert field.isascii()
    assert field.isprintable()


def test_it_is_shown_in_the_browser_when_asked_for() -> None:
    assert content_disposition("inline", "x.mp4") == 'inline; filename="x.mp4"'
