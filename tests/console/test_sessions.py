from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.console.sessions import LASTS, Sessions, new_secret
from hub.console.throttle import Throttle
from hub.trust.seal import load_or_make

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Sessions:
    return Sessions(load_or_make(tmp_path_factory.mktemp("home")))


def test_a_session_says_the_name_it_was_begun_with(sessions: Sessions) -> None:
    session = sessions.read(sessions.begin("Nguyễn Văn A", NOW), NOW)

    assert session
    assert (session.name, session.expires_at) == ("Nguyễn Văn A", NOW + LASTS)


def test_every_process_of_a_hub_reads_its_sessions_and_no_other_hub_does(tmp_path: Path) -> None:
    here, again = (Sessions(load_or_make(tmp_path / "one")) for _ in range(2))
    elsewhere = Sessions(load_or_make(tmp_path / "two"))
    cookie = here.begin("a", NOW)

    assert again.read(cookie, NOW)
    assert elsewhere.read(cookie, NOW) is None


@given(place=st.integers(0, 200), letter=st.sampled_from("AZaz09-_.~"))
def test_a_cookie_with_one_letter_changed_is_nobodys(sessions: Sessions, place: int, letter: str) -> None:
    cookie = sessions.begin("somebody", NOW)
    place %= len(cookie)
    changed = cookie[:place] + letter + cookie[place + 1 :]

    # the last letter of 43 carries four bits of the mark: others of the same four are the same mark
    assert changed == cookie or sessions.read(changed, NOW) is None


@given(st.text(max_size=60))
def test_whatever_else_a_cookie_says_is_nobodys(sessions: Sessions, cookie: str) -> None:
    assert sessions.read(cookie, NOW) is None


def test_a_form_token_is_no_session(sessions: Sessions) -> None:
    payload = sessions.begin("a", NOW).partition(".")[0]

    assert sessions.read(f"{payload}.{sessions.form_token(payload)}", NOW) is None


def test_a_form_token_belongs_to_one_secret(sessions: Sessions) -> None:
    mine, other = new_secret(), new_secret()

    assert sessions.is_own_form(mine, sessions.form_token(mine))
    assert not sessions.is_own_form(other, sessions.form_token(mine))
    assert not sessions.is_own_form("", sessions.form_token(""))


def test_waiting_doubles_up_to_a_quarter_of_an_hour() -> None:
    throttle = Throttle(2)
    now, waits = NOW, []
    for _ in range(9):
        throttle.begin("x", now)
        waits.append(throttle.begin("x", now))
        now += timedelta(seconds=waits[-1])

    assert waits[1:] == sorted(waits[1:])
    assert waits[-1] == 15 * 60 + 1


def test_a_success_forgives() -> None:
    throttle = Throttle(2)
    throttle.begin("x", NOW)
    throttle.begin("x", NOW)
    throttle.forgive("x")

    assert throttle.begin("x", NOW) == 0


def test_many_tries_at_once_are_not_more_than_many_in_turn() -> None:
    throttle = Throttle(5)

    assert [throttle.begin("x", NOW) == 0 for _ in range(8)] == [True] * 5 + [False] * 3
