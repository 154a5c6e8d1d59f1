"""A year of answers, half days and swapped days, and the alerts of it counted by hand.

Worked are 07:30–11:30 and 13:00–17:00. Off in the year: 1 January, and the 2nd, swapped for Saturday the 10th; Tết, 16 to 20
February; 30 April, 1 May; 31 August, swapped for Saturday 22 August, to 2 September; 24 November. And here 30 June is worked
in the morning alone, as a decree of the test says.

| # | what | begins | by hand: late from | why |
|---|---|---|---|---|
| 1 | A2 | Tue 06/01 10:00 | Tue 06/01 17:00 | collected in working hours: the end of that day |
| 2 | A2 | Fri 09/01 17:30 | Sat 10/01 17:00 | after hours: the next working day, and that is the swapped Saturday |
| 3 | A2 | Fri 13/02 18:00 | Mon 23/02 17:00 | after hours, then Tết |
| 4 | A2 | Tue 30/06 09:00 | Tue 30/06 11:30 | the half day ends at 11:30 |
| 5 | A2 | Tue 30/06 14:00 | Wed 01/07 17:00 | the afternoon of the half day is after hours |
| 6 | A3 | Fri 28/08 16:00 | Fri 28/08 17:00 | 01 in working hours: the end of that day |
| 7 | A3, khẩn | Fri 28/08 16:30 | Thu 03/09 08:00 | 60 working minutes: 30 on Friday; 31/08 to 02/09 off; 30 on Thursday |
| 8 | A4 | Fri 13/02 10:00 | Mon 23/02 10:00 | 8 hours: 1 h 30 and 4 h on Friday; Tết; 2 h 30 |
| 9 | A4 | Mon 23/11 15:00 | Wed 25/11 15:00 | 8 hours: 2 on Monday; the day of culture; 4 and 2 |
| 10 | A6 | due Wed 29/04 | Thu 30/04 00:00 | the day is over at midnight, holiday or not |
| 11 | A7 | Sat 07/03 03:00 | Sat 07/03 03:00 | a dead letter is told of at once, day and night |
| 12 | A1 | Tue 30/06 10:30 | Wed 01/07 10:30 | 4 hours: 1 of the half day, 3 on Wednesday |
| 13 | A1, khẩn | Tue 30/06 11:15 | Wed 01/07 07:45 | 30 minutes: 15 of the half day, 15 on Wednesday |
| 14 | A5 | signed Fri 09/01, came Sat 10/01 12:30 | Sat 10/01 12:30 | by noon of the next working day: the swapped Saturday's |
| 15 | A5 | signed Thu 31/12/2025, came Mon 05/01 12:30 | Mon 05/01 12:30 | the next working day after 1 and 2 January |
| – | A5 | signed Fri 09/01, came Sat 10/01 11:30 | never | in time by half an hour |
| – | A2 | Mon 23/11 17:30, answered Wed 25/11 16:00 | never | the next working day is Wednesday, and it answered by 17:00 |
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from hub.domain.alert import Kind
from hub.domain.calendar import Override
from hub.domain.deadline import LOCAL, Day
from hub.domain.ids import delivery_id, new_id
from hub.store.tables import alert, delivery, envelope
from hub.store.watching import calendar
from tests.town import Town, founded

HALF = Override(date(2026, 6, 30), Day.MORNING, "1/QĐ", "nửa ngày")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Case:
    """One line of the table. `begins` is when the delivery is written; `late` None: never."""

    kind: Kind
    begins: str
    late: str | None
    rank: int = 3
    signed: date | None = None
    answered: str | None = None
    due: str = ""


A2, A3, A4 = Kind.UNANSWERED, Kind.UNREGISTERED, Kind.CHANGE_UNANSWERED
YEAR = (
    Case(A2, "2026-01-06 10:00", "2026-01-06 17:00"),
    Case(A2, "2026-01-09 17:30", "2026-01-10 17:00"),
    Case(A2, "2026-02-13 18:00", "2026-02-23 17:00"),
    Case(A2, "2026-06-30 09:00", "2026-06-30 11:30"),
    Case(A2, "2026-06-30 14:00", "2026-07-01 17:00"),
    Case(A3, "2026-08-28 16:00", "2026-08-28 17:00"),
    Case(A3, "2026-08-28 16:30", "2026-09-03 08:00", rank=2),
    Case(A4, "2026-02-13 10:00", "2026-02-23 10:00"),
    Case(A4, "2026-11-23 15:00", "2026-11-25 15:00"),
    Case(Kind.OVERDUE, "2026-04-27 10:00", "2026-04-30 00:00", due="2026-04-29"),
    Case(Kind.UNDELIVERABLE, "2026-03-07 03:00", "2026-03-07 03:00"),
    Case(Kind.UNRECEIVED, "2026-06-30 10:30", "2026-07-01 10:30"),
    Case(Kind.UNRECEIVED, "2026-06-30 11:15", "2026-07-01 07:45", rank=2),
    Case(Kind.SENT_LATE, "2026-01-10 12:30", "2026-01-10 12:30", signed=date(2026, 1, 9)),
    Case(Kind.SENT_LATE, "2026-01-05 12:30", "2026-01-05 12:30", signed=date(2025, 12, 31)),
    Case(Kind.SENT_LATE, "2026-01-10 11:30", None, signed=date(2026, 1, 9)),
    Case(A2, "2026-11-23 17:30", None, answered="2026-11-25 16:00"),
)
BY_HAND = {A2: 5, A3: 2, A4: 2, Kind.OVERDUE: 1, Kind.UNDELIVERABLE: 1, Kind.UNRECEIVED: 2, Kind.SENT_LATE: 2}
IN_MONTH = {1: 4, 2: 2, 3: 1, 4: 1, 6: 1, 7: 3, 8: 1, 9: 1, 11: 1}
"""The month in which each begins to be late: 1 (#1, 2, 14, 15), 2 (#3, 8), 3 (#11), 4 (#10), 6 (#4), 7 (#5, 12, 13), …"""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).astimezone(UTC)


async def begin(town: Town, number: int, case: Case) -> str:
    """Write the case as the road would have left it at its beginning."""
    identity, recipient, sender, begins = new_id(), f"H{number:02d}", f"G{number:02d}", at(case.begins)
    document = {
        "id": identity, "sender": sender, "kind": "new", "document_id": f"D{number}", "code": f"{number}/UBND",
        "subject": "V/v", "priority": 3 - case.rank, "promulgated_on": case.signed, "sha256": "", "size": 1,
        "received_at": begins, "judgement": "valid", "reason": "", "signer": "", "warnings": [], "receipt": "",
        "facts": {"due_on": case.due} if case.due else {},
        "search": "",
    }  # fmt: skip
    done = {"state": "CONFIRMED", "collected_at": begins, "progress": "06", "report_code": "06"}
    stands: dict[Kind, dict[str, Any]] = {
        A2: {"state": "COLLECTED", "collected_at": begins},
        A3: {"state": "COLLECTED", "collected_at": begins, "progress": "01", "report_code": "01", "report_at": begins},
        A4: {**done, "pending_change": "recall", "pending_since": begins},
        Kind.OVERDUE: {**done, "progress": "05", "report_code": "05"},
        Kind.UNDELIVERABLE: {"state": "DEAD"},
        Kind.UNRECEIVED: {"state": "AVAILABLE"},
        Kind.SENT_LATE: done,
    }
    its_delivery = delivery_id(identity, recipient)
    carried = {
        "id": its_delivery, "envelope_id": identity, "recipient": recipient, "addressed_as": recipient, "sender": sender,
        "level": "province", "kind": "document", "channel": "inbox", "version": 2, "rank": case.rank, "created_at": begins,
        **stands[case.kind],
    }  # fmt: skip
    async with town.hub.database.write() as conn:
        await conn.execute(insert(envelope).values(document))
        await conn.execute(insert(delivery).values(carried))
    return its_delivery


async def finish(town: Town, its_delivery: str, when: datetime) -> None:
    """The recipient does all that can be done."""
    done = {"state": "CONFIRMED", "collected_at": when, "progress": "06", "report_code": "06", "pending_change": None}
    async with town.hub.database.write() as conn:
        await conn.execute(update(delivery).where(delivery.c.id == its_delivery).values(**done))


async def test_the_alerts_of_a_year_of_answers_are_those_counted_by_hand(tmp_path: Path) -> None:
    kinds: dict[Kind, int] = {}
    months: dict[int, int] = {}
    early: list[int] = []
    async with founded(tmp_path) as town:
        async with town.hub.database.write() as conn:
            await calendar.put(conn, [HALF], "test", at("2026-01-01 00:00"))
        for number, case in sorted(enumerate(YEAR, 1), key=lambda pair: pair[1].begins):
            its_delivery = await begin(town, number, case)
            late = at(case.late) if case.late else at(case.answered or case.begins)
            if late > at(case.begins) and (await town.hub.alerts.tick(late - MINUTE)).raised:
                early.append(number)
            if case.answered:
                await finish(town, its_delivery, late)
            turn = await town.hub.alerts.tick(late + MINUTE)
            if turn.raised:
                kinds[case.kind] = kinds.get(case.kind, 0) + turn.raised
                month = late.astimezone(LOCAL).month
                months[month] = months.get(month, 0) + turn.raised
            await finish(town, its_delivery, late)
            await town.hub.alerts.tick(late + 2 * MINUTE)
        async with town.hub.database.read() as conn:
            told = (await conn.execute(select(alert.c.kind, alert.c.agency, alert.c.count))).all()

    assert early == []
    assert kinds == BY_HAND
    assert months == IN_MONTH
    whose = {(Kind(row.kind), row.agency) for row in told}
    assert whose == {
        (case.kind, f"{'G' if case.kind is Kind.SENT_LATE else 'H'}{number:02d}")
        for number, case in enumerate(YEAR, 1)
        if case.late
    }
