"""Types of documents: counted by the names senders give them, told as one in whatever case, and each number leads on."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from hub.console import pages
from hub.console.asked import asked
from hub.domain.roles import Role, Sight
from hub.store.lists import overview
from hub.store.tables import delivery, type_day
from hub.store.watching import board, types
from hub.tally import Tally
from tests.console.visitors import Seen, logged_in, put, row
from tests.town import Town, founded

HOUR = timedelta(hours=1)
SENT = (  # what it is called, who gets it, and how far it came
    ("Công văn", "H53", {"progress": "06"}),
    ("Công văn", "H53", {"progress": "03"}),
    ("CÔNG VĂN", "H29", {}),
    ("Quyết định", "H53", {"progress": "02"}),
    ("Quyết định", "H29", {"collected_at": datetime.now(UTC)}),
    ('Giấy "mời"', "H53", {}),
    ("", "H53", {}),
)
EXPECTED = {
    "Công văn": (3, 2, 2, 1, 1, 0),
    "Quyết định": (2, 2, 0, 0, 0, 1),
    "": (1, 0, 0, 0, 0, 0),
    'Giấy "mời"': (1, 0, 0, 0, 0, 0),
}


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    """A town on each database, where all of `SENT` was sent an hour ago, and counted."""
    async with founded(tmp_path, database_url) as made:
        pages.mount(made.app.api, made.hub)
        for code in ("G22", "H53", "H29"):
            await made.settle(code)
        for name, to, values in SENT:
            facts = {"place": "Hà Nội", "attachments": [{"name": "a.pdf", "content_type": "application/pdf"}]}
            one = row("G22", {to: "AVAILABLE"}, HOUR, facts={"type": name, **facts} if name else facts)
            await put(made, one)
            if values:
                async with made.hub.database.write() as conn:
                    await conn.execute(update(delivery).where(delivery.c.envelope_id == one.id).values(**values))
        taken_back = row("G22", {"H53": "WITHDRAWN"}, HOUR, facts={"type": "Công văn"})
        await put(made, taken_back)
        await Tally(made.hub.database, made.hub.calendars).count(datetime.now(UTC), whole=True)
        yield made


async def sums(town: Town, **narrowed: Any) -> dict[str, tuple[int, ...]]:
    since = (datetime.now(UTC) - timedelta(days=5)).date()
    async with town.hub.database.read() as conn:
        found = await types.sums(conn, board.Asked(since, **narrowed))
    return {kind["type"]: tuple(kind[name] for name in board.STEPS) for kind in found}


async def test_each_type_has_come_as_far_as_its_documents_and_the_most_frequent_is_first(town: Town) -> None:
    found = await sums(town)

    assert found == EXPECTED
    assert list(found) == list(EXPECTED)


async def test_whoever_sees_a_corner_of_the_country_counts_what_was_sent_there(town: Town) -> None:
    assert await sums(town, sight=Sight("H29")) == {"CÔNG VĂN": (1, 0, 0, 0, 0, 0), "Quyết định": (1, 1, 0, 0, 0, 0)}
    assert await sums(town, parent="H29") == await sums(town, sight=Sight("H29"))
    assert await sums(town, level="commune") == {}


async def test_counting_again_counts_nothing_twice_and_old_days_go(town: Town) -> None:
    await Tally(town.hub.database, town.hub.calendars).count(datetime.now(UTC), whole=True)
    assert await sums(town) == EXPECTED

    async with town.hub.database.write() as conn:
        await types.forget(conn, datetime.now(UTC).date() + timedelta(days=2))
        assert (await conn.execute(select(type_day))).all() == []


async def test_the_list_behind_a_number_has_as_many_documents(town: Town) -> None:
    visitor = await logged_in(town)
    page = Seen((await visitor.get("/progress")).text)
    behind = [
        link for link in page.links() if link.startswith("/documents?") and "type=" in link and "step=sent" in link
    ]
    now = datetime.now(UTC)

    found = {}
    async with town.hub.database.read() as conn:
        for link in behind:
            query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
            listed = await overview.documents(conn, asked(query).wanted(now), now, None, 50)
            found[query["type"]] = len(listed.rows)

    assert found == {name or types.NONE: counts[0] for name, counts in EXPECTED.items()}
    narrowed = (await visitor.get(behind[0])).text
    assert "Loại văn bản: Công văn" in narrowed


async def test_types_are_a_file_too_for_those_who_see_the_whole_and_for_those_who_see_a_part(town: Town) -> None:
    whole = (await (await logged_in(town)).get("/progress?list=types&format=csv")).text
    part = (await (await logged_in(town, Role.OFFICER, "H29")).get("/progress?list=types&format=csv")).text

    assert whole.splitlines()[1].startswith("Công văn,3,2,2,1,1,0")
    assert "Giấy" not in part
    assert "Quyết định,1,1" in part
