"""A year of traffic, and the alerts of it counted by hand."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, update

from hub.domain.deadline import LOCAL
from hub.domain.ids import delivery_id, new_id
from hub.store.tables import delivery, envelope
from tests.town import Town, founded

# accepted, rank (0 hỏa tốc, 2 khẩn, 3 thường), and by hand: when it is late. Each lies at an agency of its own.
YEAR = (
    ("2025-12-31 16:00", 3, "2026-01-05 10:30"),  # 1 h; 1 January, 2 January swapped, a weekend; 3 h
    ("2026-01-09 16:00", 3, "2026-01-10 10:30"),  # 1 h; the Saturday worked for 2 January: 3 h
    ("2026-02-13 15:00", 3, "2026-02-23 09:30"),  # 2 h; Tết; 2 h
    ("2026-02-17 02:00", 0, "2026-02-17 02:15"),  # hỏa tốc in the first night of Tết
    ("2026-04-24 16:00", 2, "2026-04-24 16:30"),
    ("2026-04-29 16:50", 2, "2026-05-04 07:50"),  # 10 min; 30 April, 1 May, a weekend; 20 min
    ("2026-08-21 15:00", 3, "2026-08-22 09:30"),  # 2 h; the Saturday worked for 31 August: 2 h
    ("2026-08-28 14:00", 3, "2026-09-03 08:30"),  # 3 h; 31 August to 2 September; 1 h
    ("2026-11-23 16:00", 3, "2026-11-25 10:30"),  # 1 h; the day of culture; 3 h
    ("2026-12-31 14:00", 3, "2027-01-04 08:30"),  # 3 h; New Year, a weekend; 1 h
)
BY_MONTH = {
    "2026-01": 2,
    "2026-02": 2,
    "2026-04": 1,
    "2026-05": 1,
    "2026-08": 1,
    "2026-09": 1,
    "2026-11": 1,
    "2027-01": 1,
}
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).astimezone(UTC)


async def accepted(town: Town, number: int, when: datetime, rank: int) -> str:
    identity, recipient = new_id(), f"H{number:02d}"
    document = {
        "id": identity, "sender": "G22", "kind": "new", "document_id": f"D{number}", "code": f"{number}/UBND",
        "subject": "V/v", "priority": 3 - rank, "sha256": "", "size": 1, "received_at": when, "judgement": "valid",
        "reason": "", "signer": "", "facts": {}, "warnings": [], "receipt": "", "search": "",
    }  # fmt: skip
    carried = {
        "id": delivery_id(identity, recipient), "envelope_id": identity, "recipient": recipient, "addressed_as": recipient,
        "sender": "G22", "level": "province", "kind": "document", "channel": "inbox", "state": "AVAILABLE", "version": 2,
        "rank": rank, "created_at": when,
    }  # fmt: skip
    async with town.hub.database.write() as conn:
        await conn.execute(insert(envelope).values(document))
        await conn.execute(insert(delivery).values(carried))
    return str(carried["id"])


async def test_the_alerts_of_a_year_are_those_counted_by_hand(tmp_path: Path) -> None:
    raised: dict[str, int] = {}
    early = cleared = 0
    async with founded(tmp_path) as town:
        for number, (when, rank, late) in enumerate(YEAR):
            its_delivery = await accepted(town, number, at(when), rank)
            early += (await town.hub.alerts.tick(at(late) - MINUTE)).raised
            month = late[:7]
            raised[month] = raised.get(month, 0) + (await town.hub.alerts.tick(at(late))).raised
            answered = {"state": "CONFIRMED", "collected_at": at(late), "progress": "06", "report_code": "06"}
            async with town.hub.database.write() as conn:
                await conn.execute(update(delivery).where(delivery.c.id == its_delivery).values(answered))
            cleared += (await town.hub.alerts.tick(at(late) + MINUTE)).cleared

    assert (early, raised, cleared) == (0, BY_MONTH, len(YEAR))
