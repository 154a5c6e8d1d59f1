"""An alert is raised once, repeated on a schedule, goes up step by step, and ends by the fact itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain import alert as rules
from hub.domain import deadline
from hub.domain.alert import TABLE, Event, Found, Kind, State, Step
from hub.errors import OutOfTurn

NOW = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)  # 08:00 in Vietnam, a Wednesday
HOUR = timedelta(hours=1)


def pace(rank: int = 3) -> rules.Pace:
    return rules.pace(rank, 4 * HOUR, 8 * HOUR, deadline.STANDARD)


def found(count: int = 3, rank: int = 3) -> Found:
    return Found("H53.1", count, rank, NOW - 5 * HOUR)


def new(kind: Kind = Kind.UNRECEIVED, parent: str | None = "H53", level: str = "commune", rank: int = 3) -> rules.Alert:
    return rules.raised("1", kind, found(rank=rank), level, parent, NOW, pace(rank))


def test_a_new_alert_is_for_the_agency() -> None:
    made = new()

    assert (made.state, made.step, made.reminders) == (State.OPEN, Step.AGENCY, 0)
    assert made.next_at == made.remind_at == datetime(2026, 11, 25, 6, 30, tzinfo=UTC)  # four working hours: 13:30


def test_what_nobody_in_the_directory_answers_for_goes_to_the_operators() -> None:
    assert new(level="").step is Step.OPERATORS
    assert new(Kind.LEDGER).step is Step.OPERATORS
    assert new(Kind.CHANGE_REFUSED).step is Step.GOVERNMENT


def test_it_is_reminded_then_goes_up_to_the_parent_the_operators_and_the_government_office() -> None:
    told = []
    alert, now = new(), NOW
    for _ in range(12):
        now = alert.next_at or now
        alert, event = rules.due(alert, now, pace())
        told.append((event, alert.step))

    assert told[:6] == [
        (Event.REMINDED, Step.AGENCY),
        (Event.ESCALATED, Step.PARENT),
        (Event.REMINDED, Step.PARENT),
        (Event.ESCALATED, Step.OPERATORS),
        (Event.REMINDED, Step.OPERATORS),
        (Event.ESCALATED, Step.GOVERNMENT),
    ]
    assert set(told[6:]) == {(Event.REMINDED, Step.GOVERNMENT)}  # nobody above: only reminders


def test_without_a_parent_it_goes_to_the_operators() -> None:
    alert = replace(new(parent=None), remind_at=None)

    assert rules.due(alert, alert.escalate_at, pace())[0].step is Step.OPERATORS


def test_before_its_time_nobody_is_told() -> None:
    alert = new()

    assert rules.due(alert, alert.next_at - timedelta(seconds=1), pace()) == (alert, None)


def test_flash_alerts_go_up_by_the_clock_on_the_wall() -> None:
    night = datetime(2026, 11, 28, 18, 0, tzinfo=UTC)  # Sunday, one in the morning
    alert = rules.raised("1", Kind.UNRECEIVED, found(rank=0), "commune", "H53", night, pace(0))

    assert alert.remind_at == night + timedelta(minutes=30)
    assert alert.escalate_at == night + HOUR


def test_an_acknowledged_alert_is_quiet_until_it_has_doubled() -> None:
    quiet = rules.acknowledged(new(), "lan", "đã gọi điện", NOW)

    assert quiet.next_at is None
    assert rules.seen(quiet, found(5), NOW, pace())[1] is None
    again, event = rules.seen(quiet, found(6), NOW, pace())
    assert (event, again.state) == (Event.REOPENED, State.OPEN)
    assert again.next_at is not None


def test_an_acknowledged_alert_opens_again_for_something_more_urgent() -> None:
    quiet = rules.acknowledged(new(), "lan", "đã gọi điện", NOW)

    assert rules.seen(quiet, found(3, rank=0), NOW, pace(0))[1] is Event.REOPENED


def test_something_urgent_makes_an_alert_faster_and_never_slower() -> None:
    alert = new()
    faster, event = rules.seen(alert, found(4, rank=0), NOW, pace(0))
    due_now = replace(alert, remind_at=NOW + timedelta(minutes=1))
    kept, _ = rules.seen(due_now, found(4, rank=0), NOW, pace(0))

    assert event is None
    assert faster.next_at == NOW + timedelta(minutes=30)
    assert kept.remind_at == NOW + timedelta(minutes=1)


def test_more_documents_are_the_same_alert() -> None:
    alert, event = rules.seen(new(), found(500), NOW, pace())

    assert (alert.id, alert.count, event) == ("1", 500, None)


def test_a_cleared_alert_is_over() -> None:
    over = rules.cleared(new(), NOW)

    assert (over.state, over.count, over.next_at) == (State.CLEARED, 0, None)
    for event in Event:
        with pytest.raises(OutOfTurn):
            over.after(event)


@given(st.lists(st.sampled_from(sorted(Event)), max_size=20))
def test_no_sequence_of_events_leaves_the_cleared_state_or_the_table(events) -> None:
    alert = new()
    for event in events:
        try:
            state = alert.after(event)
        except OutOfTurn:
            assert event not in TABLE[alert.state]
            continue
        assert alert.state is not State.CLEARED
        alert = replace(alert, state=state)
