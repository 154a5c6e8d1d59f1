"""With full books no question of the API or the console walks a table that grows, on either database.

On PostgreSQL small tables are rightly read whole, so what is checked there is that an index *could* serve each question:
sequential scans are made so dear (`enable_seqscan = off`) that one is left only where nothing else is possible. On SQLite
the planner is as in life.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from hub.bench import asking, plans
from hub.bench.laying import LARGE, QUIET
from hub.bench.queries import House, house
from hub.domain.roles import Sight
from hub.store import database
from hub.store.lists import overview
from hub.store.lists.overview import Wanted
from hub.store.road import parties
from hub.store.tables import envelope, party, party_until
from tests.parts import postgres

ROWS = 20_000
LOOKED_AT_MOST = 80_000
"""Rows of growing tables that a page may look at among some 300,000, on PostgreSQL: 20,000 documents, with what each has."""
OF_A_SPAN = ("overview", "flow", "report", "ledger", "queues", "board", "progress", "trends")
"""Count a span of time, or the latest events: bounded by that and not by a page."""


FEW = 3_000


@asynccontextmanager
async def filled(request: pytest.FixtureRequest, tmp_path: Path, rows: int) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        url = f"sqlite+aiosqlite:///{tmp_path / 'truc.sqlite3'}"
        if request.param == "postgresql":
            url = await stack.enter_async_context(postgres.fresh(request.getfixturevalue("postgres_dsn")))
        yield await stack.enter_async_context(house(url, tmp_path, rows))


@pytest.fixture(params=["sqlite", "postgresql"])
async def full(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setitem(database.PG_SETTINGS, "enable_seqscan", "off")
    async with filled(request, tmp_path, ROWS) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
async def few(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with filled(request, tmp_path, FEW) as made:
        yield made


def walks(plan: plans.Plan) -> Iterator[str]:
    yield from (f"{table}: {plan.statement}" for table in plan.walked)


async def test_no_question_walks_a_table_that_grows_and_no_page_looks_at_more_than_its_share(full: House) -> None:
    found: dict[str, list[str]] = {}
    transport = httpx.ASGITransport(full.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub", timeout=60) as http:
        for question in asking.questions(full.filled):
            await full.ask(http, question)  # raises what is not answered with 200
            each = await plans.explain(full.hub.database.url, full.asked, LARGE)
            trouble = [line for plan in each for line in walks(plan)]
            looked_at = sum(plan.looked_at for plan in each)
            is_bounded = full.hub.database.is_sqlite or question.name.split(",")[0].split()[0] in OF_A_SPAN
            if not is_bounded and looked_at > LOOKED_AT_MOST:
                trouble.append(f"looks at {looked_at} rows")
            if trouble:
                found[question.key] = trouble
    assert found == {}


async def test_a_corner_of_the_country_finds_the_same_documents_by_their_parties_as_by_walking_all(few: House) -> None:
    now = few.filled.now
    async with few.hub.database.read() as conn:
        for sight in (Sight("H01"), Sight(QUIET, below=True), Sight("H02", below=True), Sight(f"{QUIET}.099")):
            query = select(envelope.c.id).where(envelope.c.kind != "status", parties.concerned(sight))
            query = query.order_by(envelope.c.received_at.desc(), envelope.c.id.desc()).limit(60)
            walked = list((await conn.execute(query)).scalars())

            first = await overview.documents(conn, Wanted(), now, sight, 30)
            last = first.rows[-1] if first.rows else None
            place = (last["received_at"], last["id"]) if last else None
            second = await overview.documents(conn, Wanted(before=place), now, sight, 30) if place else first

            assert list(dict.fromkeys(row["id"] for row in (*first.rows, *second.rows))) == walked


async def test_what_is_not_entered_yet_is_in_the_list_all_the_same(few: House) -> None:
    async with few.hub.database.write() as conn:
        newest = select(party.c.envelope_id, party.c.received_at).where(party.c.agency == "H01")
        row = (await conn.execute(newest.order_by(party.c.received_at.desc()).limit(1))).one()
        await conn.execute(party.delete().where(party.c.envelope_id == row.envelope_id))
        before = (row.received_at, parties.LEAST)
        older = select(envelope.c.received_at).where(envelope.c.received_at < before[0])
        at = (await conn.execute(older.order_by(envelope.c.received_at.desc()).limit(1))).scalar_one()
        await conn.execute(update(party_until).values(received_at=at))
    async with few.hub.database.read() as conn:
        found = await overview.documents(conn, Wanted(), few.filled.now, Sight("H01"), 5)
    assert found.rows[0]["id"] == row.envelope_id


async def test_a_page_that_looked_at_enough_says_where_it_goes_on(few: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parties, "LOOKED_AT_MOST", 1_000)
    now, seen_before, wanted = few.filled.now, set(), Wanted(signature="other", priorities=(3,), kinds=("new",))
    async with few.hub.database.read() as conn:
        whole = select(envelope.c.id).where(envelope.c.judgement != "valid", envelope.c.priority == 3)
        whole = whole.where(envelope.c.kind == "new")
        expected = set((await conn.execute(whole)).scalars())
        while True:
            page = await overview.documents(conn, wanted, now, None, 5)
            seen_before |= {row["id"] for row in page.rows}
            last = page.rows[-1] if len(page.rows) == 5 else None
            goes_on = (last["received_at"], last["id"]) if last else page.cut
            if goes_on is None:
                break
            wanted = Wanted(signature="other", priorities=(3,), kinds=("new",), before=goes_on)
            await asyncio.sleep(0)
    assert seen_before == expected
