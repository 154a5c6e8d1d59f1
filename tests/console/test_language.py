import re
from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import chain
from string import Formatter

import pytest

from hub.console import (
    agency_files,
    alert,
    alerts,
    certificates,
    delivery_list,
    document_files,
    failures,
    flow,
    live,
    reports,
    subscriptions,
    system,
    trends,
    words,
)
from hub.console.speech import Speech, language_of
from hub.domain.agency import Level
from hub.domain.delivery import State
from hub.domain.envelope import Kind
from hub.domain.roles import Role
from hub.domain.trust import Judgement
from tests.console.visitors import browser, logged_in, put, row
from tests.town import Town

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
VI, EN = Speech("vi"), Speech("en")


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "language"),
    [
        ("", "", "", "vi"),
        ("", "", "en-GB,en;q=0.9", "en"),
        ("", "", "fr,en;q=0.5", "vi"),
        ("", "vi", "en", "vi"),
        ("en", "vi", "vi", "en"),
        ("fr", "", "en", "en"),
    ],
)
def test_the_language_is_the_one_asked_for_then_the_one_kept_then_the_browsers(
    asked: str, kept: str, accepted: str, language: str
) -> None:
    assert language_of(asked, kept, accepted) == language


async def test_a_language_once_chosen_stays(town: Town) -> None:
    visitor = browser(town)

    assert "Đăng nhập" in (await visitor.get("/login")).text
    assert 'lang="en"' in (await visitor.get("/login?lang=en")).text
    assert "Log in" in (await visitor.get("/login")).text


async def test_changing_the_language_keeps_the_list(town: Town) -> None:
    page = (await (await logged_in(town)).get("/?state=dead&period=day")).text

    assert 'href="/?state=dead&amp;period=day&amp;lang=en"' in page


async def test_nothing_vietnamese_is_left_on_an_english_page_but_what_people_wrote(town: Town) -> None:
    sent = row("G22", {"H53": "DEAD", "H29": "QUEUED"}, subject="Subject", priority=2, kind="recall")
    await put(town, sent)
    visitor = await logged_in(town)

    for path in ("/?lang=en", f"/documents/{sent.id}?lang=en"):
        page = (await visitor.get(path)).text.replace("Trục", "").replace("Tiếng Việt", "")
        assert re.findall(r"[ăâđêôơưạ-ỹ]\w*", page) == []


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        (words.STATES, State),
        (words.LEVELS, Level),
        (words.KINDS, Kind),
        (words.VERDICTS, Judgement),
        (words.ROLES, Role),
    ],
)
def test_everything_the_hub_can_say_has_a_word(table: dict[str, words.Pair], keys: type) -> None:
    assert {key.value for key in keys} <= set(table)  # type: ignore[attr-defined]


def test_both_languages_fill_in_the_same_details() -> None:
    def details(text: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert [k for k, (vi, en) in words.PHRASES.items() if details(vi) != details(en)] == []


def columns() -> set[str]:
    """The phrases that are columns of files."""
    by_list = (agency_files.LISTS, certificates._LISTS, document_files.LISTS, failures._LISTS, system._LISTS)
    alone = (alert._COLUMNS, delivery_list.COLUMNS, flow._BANDS, flow._OF_PAIRS, live._COLUMNS, reports._SHELF_COLUMNS)
    alone += (subscriptions._COLUMNS, subscriptions._MAILS, trends._OF_MONTHS, trends._OF_AGENCIES)
    alone += (alerts._COLUMNS, tuple(alerts.OLDER.values()), failures._OF_REFUSALS)
    return {phrase for lists in by_list for those in lists.values() for phrase in those} | {*chain(*alone)}


def test_the_pages_say_the_phrases_there_are_and_no_phrase_is_left_unsaid() -> None:
    folder = resources.files("hub.console")
    texts = [f.read_text("utf-8") for f in folder.joinpath("templates").iterdir()]
    texts += [f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith(".py") and f.name != "words.py"]
    said = {phrase for text in texts for phrase in re.findall(r"""(?:\bsay|speech)\(\s*["'](\w+)["']""", text)}
    by_name = {"not_found", "not_found_line", "unavailable", "unavailable_line", "broken", "broken_line"}
    by_name |= {f"view_{why}{line}" for why in ("refused", "incomplete", "too_many") for line in ("", "_line")}
    by_name |= {"login_wrong", "login_wait", "login_stale", "login_unlinked", "login_elsewhere_failed"}

    by_name |= columns()

    families = tuple(
        {phrase for phrase in said if phrase.endswith("_")} | {"nav_", "group_", "weekday_", "age_", "outcome_"}
    )
    named = {phrase for phrase in words.PHRASES if phrase.startswith(families)}

    assert {phrase for phrase in said if not phrase.endswith("_")} - set(words.PHRASES) == set()
    assert set(words.PHRASES) - said - by_name - named == set()


def test_numbers_are_written_the_way_of_the_language() -> None:
    assert (VI.number(1234567), EN.number(1234567)) == ("1.234.567", "1,234,567")
    assert (VI.percent(1, 3), EN.percent(1, 3)) == ("33,3 %", "33.3%")
    assert VI.percent(99_999, 100_000) == "99,9 %"
    assert VI.percent(0, 0) == "–"
    assert (VI.size(3_400_000), EN.size(999)) == ("3,4 MB", "999 B")


@pytest.mark.parametrize(
    ("ago", "words_vi", "words_en"),
    [
        (timedelta(seconds=-5), "vừa xong", "just now"),
        (timedelta(seconds=59), "vừa xong", "just now"),
        (timedelta(minutes=26), "26 phút trước", "26 min ago"),
        (timedelta(hours=26), "1 ngày trước", "1 d ago"),
        (timedelta(days=800), "2 năm trước", "2 y ago"),
    ],
)
def test_ages_are_told_in_the_largest_unit_that_fits(ago: timedelta, words_vi: str, words_en: str) -> None:
    assert (VI.age(NOW - ago, NOW), EN.age(NOW - ago, NOW)) == (words_vi, words_en)
