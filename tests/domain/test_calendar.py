"""What people decide about days is taken with a decree and a reason, and refused where it cannot be meant."""

from datetime import date, timedelta

import pytest

from hub.domain import calendar
from hub.domain.calendar import Override
from hub.domain.deadline import Day
from hub.errors import Rejected

DECREE = ("12729/VPCP-KGVX", "Hoán đổi ngày làm việc")


def test_an_override_is_taken_as_written() -> None:
    assert calendar.checked("2027-01-02", "work", *DECREE) == Override(date(2027, 1, 2), Day.WORK, *DECREE)


@pytest.mark.parametrize(
    ("day", "kind", "decree", "reason", "where"),
    [
        ("2026-02-30", "off", *DECREE, ["day"]),  # no such day
        ("02/01/2026", "off", *DECREE, ["day"]),  # not how days are written here
        ("1998-01-02", "off", *DECREE, ["day"]),  # before there was a hub
        ("2026-11-21", "off", *DECREE, ["day"]),  # a Saturday is off anyway
        ("2026-11-20", "work", *DECREE, ["day"]),  # a Friday is worked anyway
        ("2026-11-20", "half", *DECREE, ["kind"]),
        ("2026-11-20", "off", "", "x", ["decree"]),
        ("2026-11-20", "off", "1/CP", " ", ["reason"]),
        ("2026-13-20", "half", "", "", ["day", "kind", "decree", "reason"]),
    ],
)
def test_a_wrong_override_is_refused_with_everything_that_is_wrong(day, kind, decree, reason, where) -> None:
    with pytest.raises(Rejected) as refused:
        calendar.checked(day, kind, decree, reason)

    assert [finding.path for finding in refused.value.findings] == where
    assert refused.value.code == "invalid-override"


def test_an_override_may_undo_what_the_library_says() -> None:
    assert calendar.checked("2026-08-22", "off", *DECREE).kind is Day.OFF  # a worked Saturday, off after all
    assert calendar.checked("2026-11-24", "work", *DECREE).kind is Day.WORK  # a holiday, worked after all


def test_a_file_of_overrides_is_taken_whole_or_refused_line_by_line() -> None:
    good = "day,kind,decree,reason\n2027-01-02,work,1/CP,bù\n2027-02-03,morning,2/CP,nghỉ sớm\n"
    bad = good + "2027-02-30,off,3/CP,x\n2027-02-04,never,,x\n"

    assert [each.day for each in calendar.read_csv(good)] == [date(2027, 1, 2), date(2027, 2, 3)]
    with pytest.raises(Rejected) as refused:
        calendar.read_csv(bad)
    assert [(f.line, f.path) for f in refused.value.findings] == [(4, "day"), (5, "kind"), (5, "decree")]
    with pytest.raises(Rejected):
        calendar.read_csv("ngày,loại\n")


@pytest.mark.parametrize("written", ["", "7-11", "11:00-07:00", "07:00-11:00,10:00-12:00", "25:00-26:00"])
def test_hours_that_cannot_be_are_refused(written) -> None:
    with pytest.raises(Rejected):
        calendar.read_hours(written, "1-5")


@pytest.mark.parametrize("written", ["", "0-5", "5-1", "1;2", "1-8"])
def test_weekdays_that_cannot_be_are_refused(written) -> None:
    with pytest.raises(Rejected):
        calendar.read_hours("07:30-11:30", written)


def test_hours_are_read_as_spans_of_a_day() -> None:
    hours = calendar.read_hours("07:00-11:30, 13:00-24:00", "1-5,7")

    assert hours.spans[1] == (timedelta(hours=13), timedelta(days=1))
    assert hours.weekdays == {0, 1, 2, 3, 4, 6}


def test_the_working_days_of_the_coming_year_are_those_to_look_through() -> None:
    """Printed for a person's eyes; what a new edition of the library changes shows here."""
    off = sorted(day for day, kind in calendar.official([2027]).items() if kind is Day.OFF and day.weekday() < 5)

    assert [f"{day:%d/%m}" for day in off] == [
        "01/01", "04/02", "05/02", "08/02", "09/02", "10/02", "16/04", "30/04", "03/05", "02/09", "03/09", "24/11",
    ]  # fmt: skip


def test_the_seed_is_the_swap_of_january_2026() -> None:
    assert [(each.day, each.kind) for each in calendar.SEED] == [
        (date(2026, 1, 2), Day.OFF),
        (date(2026, 1, 10), Day.WORK),
    ]
    assert calendar.official([2026]).get(date(2026, 1, 2)) is None  # or the seed has become needless
