"""Pauses: longer each time, with chance, and as long as a server asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiomedia.client.errors import GaveUp
from aiomedia.client.retry import Patience, backed_off_s, retry_after_s

NOW = 1_722_852_000  # Mon, 05 Aug 2024 10:00:00 GMT


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses are as they are here."""
    monkeypatch.setattr("aiomedia.client.retry.FIRST_PAUSE_S", 0.5)
    monkeypatch.setattr("aiomedia.client.retry.LONGEST_PAUSE_S", 30.0)


def patience(allowed: int, notices: list[str] | None = None) -> Patience:
    return Patience(allowed, lambda: 1.0, lambda: NOW, ([] if notices is None else notices).append)


def test_pauses_double_until_it_gives_up() -> None:
    notices: list[str] = []
    patient = patience(8, notices)
    pauses = [patient.pause_s("refused", None, 0) for _ in range(8)]
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert notices[1] == "refused: again in 1.0 s"
    with pytest.raises(GaveUp, match=r"9 attempts.*refused"):
        patient.pause_s("refused", None, 0)


def test_new_bytes_begin_the_count_again_and_bytes_that_had_been_there_do_not() -> None:
    patient = patience(1)
    assert [patient.pause_s("cut", None, received) for received in (10, 20, 30)] == [0.5] * 3
    patient.pause_s("cut", None, 30)
    with pytest.raises(GaveUp):
        patient.pause_s("cut", None, 5)


def test_bytes_of_another_version_are_new() -> None:
    patient = patience(1)
    patient.pause_s("cut", None, 30)
    patient.forget()
    patient.pause_s("cut", None, 5)
    patient.pause_s("cut", None, 6)


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_half_of_a_pause_is_left_to_chance(failures: int, chance: float) -> None:
    longest = backed_off_s(failures, 1)
    assert longest / 2 <= backed_off_s(failures, chance) <= longest <= 30


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        (None, None),
        ("0", 0),
        (" 120 ", 120),
        ("Mon, 05 Aug 2024 10:00:30 GMT", 30),
        ("Mon, 05 Aug 2024 09:00:00 GMT", 0),
        ("-1", None),
        ("1.5", None),
        ("1_0", None),
        ("٣", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(field: str | None, seconds: float | None) -> None:
    assert retry_after_s(field, NOW) == seconds


def test_a_server_is_given_the_time_that_it_wants_and_no_eternity() -> None:
    assert patience(3).pause_s("refused", "17", 0) == 17
    with pytest.raises(GaveUp, match="come back in 86400 s"):
        patience(3).pause_s("refused", "86400", 0)
