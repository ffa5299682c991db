"""How far, and how fast."""

from hypothesis import given
from hypothesis import strategies as st

from aiomedia.client.progress import TOLD_EVERY_S, Meter, Progress


def test_the_rate_is_that_of_the_last_seconds() -> None:
    meter = Meter(1000, now=0)
    assert meter.progress(1000, 5000, now=0) == Progress(1000, 5000, 0)
    assert meter.progress(2000, 5000, now=1).rate == 1000
    for second in range(2, 20):
        progress = meter.progress(2000 + 10 * second, None, now=second)
    assert progress.rate == 10
    for second in range(20, 40):
        progress = meter.progress(2190, None, now=second)
    assert progress == Progress(2190, None, 0), "it stands still"


def test_what_began_anew_has_no_rate_below_zero() -> None:
    meter = Meter(0, now=0)
    meter.progress(5000, None, now=1)
    assert meter.progress(10, None, now=2).rate == 5
    assert Meter(5000, now=0).progress(10, None, now=1).rate == 0


def test_it_is_told_a_few_times_a_second() -> None:
    meter = Meter(0, now=0)
    assert meter.is_due(0)
    meter.progress(1, None, now=0)
    assert not meter.is_due(TOLD_EVERY_S / 2)
    assert meter.is_due(TOLD_EVERY_S)


@given(st.lists(st.tuples(st.floats(0.1, 10), st.integers(0, 1000)), min_size=1, max_size=30))
def test_a_rate_is_never_more_than_what_came(steps: list[tuple[float, int]]) -> None:
    meter, now, received = Meter(0, now=0), 0.0, 0
    for pause, arrived in steps:
        now, received = now + pause, received + arrived
        rate = meter.progress(received, None, now).rate
        assert 0 <= rate <= max(arrived / pause for pause, arrived in steps) * 1.001
