"""The schedule of files that may not be whole yet: when each is looked at again, and when it counts as whole."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aiomedia.index import Settling, Sighting
from aiomedia.settling import BUSY_S, FIRST_S, IDLE_S, Schedule
from tests.samples import resource

PATH = "x.mp4"
WRITTEN = Settling(resource(PATH), has_writer=True)
UNKNOWN = Settling(resource(PATH), has_writer=False)


def looks(schedule: Schedule, seen: Settling, until: float) -> list[float]:
    """The times of all looks, when each sees the same."""
    assert schedule.judged(PATH, seen, 0) == seen
    times = []
    while (due := schedule.next_due()) is not None and due <= until:
        if schedule.due(due):
            times.append(due)
            if schedule.judged(PATH, seen, due) != seen:
                break
    return times


def test_a_file_that_is_being_written_is_looked_at_soon_and_then_more_and_more_rarely() -> None:
    times = looks(Schedule(0.5), WRITTEN, until=100)
    pauses = [round(later - earlier, 6) for earlier, later in pairwise([0, *times])]
    assert pauses[0] == FIRST_S
    assert pauses == sorted(pauses)
    assert max(pauses) == IDLE_S
    assert len(times) > 90


def test_a_file_with_a_writer_is_never_ready_however_long_it_rests() -> None:
    assert len(looks(Schedule(0.5), WRITTEN, until=1000)) > 900


def test_a_file_of_which_nobody_can_tell_is_ready_when_it_was_at_rest() -> None:
    times = looks(Schedule(0.5), UNKNOWN, until=100)
    assert 0.5 <= times[-1] < 0.5 + IDLE_S


def test_a_change_begins_the_rest_anew() -> None:
    schedule = Schedule(0.5)
    for second in range(10):
        grown = Settling(resource(PATH, version=second), has_writer=False)
        assert schedule.judged(PATH, grown, second * 0.4) == grown
    assert schedule.judged(PATH, grown, 9 * 0.4 + 0.51) == grown.resource


def test_what_is_ready_or_gone_is_not_looked_at_again() -> None:
    schedule = Schedule(0.5)
    sightings: list[Sighting] = [resource(PATH), None, {}]
    for seen in sightings:
        schedule.judged(PATH, WRITTEN, 0)
        assert len(schedule) == 1
        assert schedule.judged(PATH, seen, 0) == seen
        assert len(schedule) == 0
        assert schedule.due(1000) == set()
    assert schedule.next_due() is None


def test_an_event_brings_the_next_look_nearer() -> None:
    schedule = Schedule(0.5)
    looks(schedule, WRITTEN, until=10)
    schedule.stir(PATH, 10)
    due = schedule.next_due()
    assert due is not None
    assert due <= 10 + BUSY_S


def test_events_do_not_put_a_look_off() -> None:
    schedule = Schedule(0.5)
    schedule.judged(PATH, WRITTEN, 0)
    for _ in range(100):
        schedule.stir(PATH, FIRST_S / 2)
    assert schedule.next_due() == FIRST_S


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a.mp4", "b.mp4"]), st.sampled_from(["written", "ready", "stir", "due"]), st.integers(0, 9)
        )
    )
)
def test_whatever_is_settling_is_due_within_bounds(steps: list[tuple[str, str, int]]) -> None:
    schedule, now = Schedule(0.5), 0.0
    for path, what, pause in steps:
        now += pause / 10
        if what == "written":
            schedule.judged(path, WRITTEN, now)
        elif what == "ready":
            schedule.judged(path, resource(path), now)
        elif what == "stir":
            schedule.stir(path, now)
        for due in schedule.due(now):
            schedule.judged(due, WRITTEN, now)
    assert len(schedule.due(now + IDLE_S)) == len(schedule)
