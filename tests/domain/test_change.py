"""The table of changes: total over what may be asked, and an end is an end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain import report
from hub.domain.change import (
    GIVES_UP,
    TABLE,
    Change,
    Event,
    Outcome,
    after,
    asked,
    event_of,
    moved_by,
    strongest,
)
from hub.domain.delivery import State
from hub.errors import OutOfTurn

changes, events = st.sampled_from(Change), st.sampled_from(Event)


@given(changes, st.lists(events, max_size=8))
def test_a_change_ends_once_and_stays_ended(kind: Change, happened: list[Event]) -> None:
    outcome = Outcome.PENDING
    for event in happened:
        if outcome is Outcome.PENDING and event in TABLE[kind]:
            outcome = after(kind, outcome, event)
            assert outcome is not Outcome.PENDING
        else:
            with pytest.raises(OutOfTurn):
                after(kind, outcome, event)


@given(changes)
def test_every_change_can_be_agreed_to_and_refused(kind: Change) -> None:
    assert after(kind, Outcome.PENDING, Event.AGREED) is Outcome.AGREED
    assert after(kind, Outcome.PENDING, Event.REFUSED) is Outcome.REFUSED


@given(changes, st.sampled_from(State), st.booleans())
def test_what_is_gone_already_is_asked_of_nobody(kind: Change, state: State, is_gone: bool) -> None:  # noqa: FBT001
    outcome = asked(kind, state, is_gone=is_gone)
    if is_gone or state is State.WITHDRAWN:
        assert outcome is (Outcome.OBEYED if kind in GIVES_UP else None)
    else:
        assert outcome is (None if state is State.DEAD else Outcome.PENDING)


@given(changes)
def test_only_what_is_given_up_can_be_withdrawn_by_the_hub(kind: Change) -> None:
    assert (Event.WITHDRAWN in TABLE[kind]) is (kind in GIVES_UP)


@given(st.lists(changes, min_size=1))
def test_of_changes_that_wait_together_giving_up_goes_first(waiting: list[Change]) -> None:
    assert (strongest(waiting) in GIVES_UP) is any(kind in GIVES_UP for kind in waiting)


@given(st.lists(changes, max_size=5), st.sampled_from(["15", "16"]), st.sampled_from(["", "01", "03", "06"]))
def test_a_report_and_the_table_of_changes_say_the_same(kinds: list[Change], code: str, progress: str) -> None:
    pending = strongest(kinds)
    outcome = report.after(progress, pending, code)
    is_gone = bool(kinds) and code == "15" and any(kind in GIVES_UP for kind in kinds)
    assert (outcome.progress == report.WITHDRAWN) is is_gone
    assert outcome.pending is None


@pytest.mark.parametrize("code", sorted(report.NAMES))
def test_a_code_that_says_something_about_a_change_ends_one_alike_for_every_kind_it_may_end(code: str) -> None:
    event = event_of(code)
    if event is None:
        assert code in {"01", "02", "13"}
        return
    assert len({TABLE[kind][event] for kind in moved_by(event)}) == 1
