from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hub.console.trace import LEFT, RIGHT, Course, Event, Lane, draw

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
seconds = st.floats(0, 10**7, allow_nan=False)
courses = st.lists(
    st.builds(
        lambda ats, due: Course(
            "Bộ Y tế",
            "G11",
            [Event(NOW + timedelta(seconds=s), "good", "Đã tiếp nhận", "") for s in sorted(ats)],
            NOW + timedelta(seconds=due) if due else None,
        ),
        st.lists(seconds, max_size=12),
        seconds | st.none(),
    ),
    max_size=12,
)


def lies_upon(lane: Lane) -> list[tuple[str, str]]:
    found = []
    labels = [d.label for d in lane.dots if d.label]
    for a, b in pairwise(labels):
        if a.y == b.y and a.anchor == b.anchor == "middle" and b.x - a.x < 6.2 * len(a.text):
            found.append((a.text, b.text))
    return found


@given(courses)
def test_every_event_is_in_the_picture_in_its_order(drawn: list[Course]) -> None:
    trace = draw(drawn, NOW + timedelta(days=1), is_open=True)

    for course, lane in zip(drawn, trace.lanes, strict=True):
        xs = [dot.x for dot in lane.dots]
        assert len(xs) == len(course.events)
        assert xs == sorted(xs)
        assert all(LEFT <= x <= RIGHT for x in xs)


@given(courses)
def test_words_never_lie_upon_words_of_the_same_lane(drawn: list[Course]) -> None:
    trace = draw(drawn, NOW, is_open=False)

    assert [pair for lane in trace.lanes for pair in lies_upon(lane)] == []


def test_what_is_later_on_one_lane_is_further_right_than_what_is_earlier_on_another() -> None:
    first = Course("a", "", [Event(NOW, "good", "", ""), Event(NOW + timedelta(hours=2), "good", "", "")])
    second = Course("b", "", [Event(NOW + timedelta(minutes=1), "good", "", "")])

    trace = draw([first, second], NOW, is_open=False)

    (a, b), (c,) = ([d.x for d in lane.dots] for lane in trace.lanes)
    assert a < c < b


def test_a_document_nothing_has_happened_to_can_be_drawn() -> None:
    assert draw([Course("Trục", "", [])], NOW, is_open=False).lanes[0].dots == ()
