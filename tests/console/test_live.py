"""What happens, as it happens: the live view, its stream, and the one reader behind all who watch."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import insert, update

from hub.alert.acknowledge import acknowledge
from hub.console.following import Following
from hub.domain.alert import Kind
from hub.domain.ids import new_id
from hub.domain.roles import Role, Sight
from hub.store.access import sessions
from hub.store.lists import tail
from hub.store.lists.tail import Asked, Place, place_in
from hub.store.road.events import Happened, record
from hub.store.tables import delivery, refusal
from hub.store.watching import alerts
from tests.console.visitors import Seen, account, browser, logged_in, put, row
from tests.offices import document
from tests.town import Town

PATIENCE = 30  # seconds until a test that hangs is given up


async def happen(town: Town, envelope_id: str, what: str = "available", recipient: str = "H53") -> None:
    async with town.hub.database.write() as conn:
        await record(conn, [Happened(datetime.now(UTC), envelope_id, "G22", what, recipient)])


class Stream:
    """An open stream: the ASGI application asked for it directly, since httpx's transport waits for the end."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self.status = 0
        self.headers: dict[str, str] = {}
        self._text = ""

    async def until(self, words: str) -> str:
        """Everything sent up to and with some words."""
        async with asyncio.timeout(PATIENCE):
            while words not in self._text:
                self._text += (await self.pieces.get()).decode()
        return self._text


@asynccontextmanager
async def streaming(town: Town, cookie: str, query: str = "", **headers: str) -> AsyncIterator[Stream]:
    """A browser that holds the stream open."""
    stream, gone = Stream(), asyncio.Event()
    sent = {"host": "hub", "cookie": cookie, **headers}
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/live/events", "raw_path": b"/live/events", "query_string": query.encode(), "root_path": "",
        "headers": [(n.replace("_", "-").encode(), v.encode()) for n, v in sent.items()],
        "client": ("127.0.0.1", 1), "server": ("hub", 80), "state": {},
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            stream.status = message["status"]
            stream.headers = {n.decode().lower(): v.decode() for n, v in message["headers"]}
        else:
            stream.pieces.put_nowait(message["body"])

    task = asyncio.create_task(town.app(scope, receive, send))
    try:
        yield stream
    finally:
        gone.set()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(task, return_exceptions=True)


async def cookie_of(town: Town, role: Role = Role.OPERATOR, scope: str | None = None) -> str:
    """The cookie of somebody who is logged in."""
    name, _ = await account(town, role, scope)
    async with town.hub.database.write() as conn:
        return f"truc_session={await sessions.begin(conn, name, '', datetime.now(UTC))}"


def following_of(town: Town) -> Following:
    found: Following = town.app.api.state.console.following
    return found


@pytest.mark.parametrize("text", ["", "1-2", "1-2-3", "1-2-3-x", "-1-2-3-4", "1-2-3-4-5", "9" * 30 + "-1-1-1"])
def test_what_is_no_place_is_none(text: str) -> None:
    assert place_in(text) is None


def test_a_place_is_what_it_was_written_as() -> None:
    assert place_in(str(Place(7, 8, 9, 10))) == Place(7, 8, 9, 10)


async def test_the_live_view_shows_the_latest_first_without_any_script(town: Town) -> None:
    for code in ("G22", "H53"):
        await town.settle(code)
    sent = await town.offices["G22"].send(document("G22", ["H53"]))
    await town.carry()
    visitor = await logged_in(town)

    page = (await visitor.get("/live")).text

    assert page.index("Vào hộp thư") < page.rindex("Trục tiếp nhận")
    assert f"/documents/{sent['id']}" in Seen(page).links()
    assert '<noscript><meta http-equiv="refresh"' in page
    paused = (await visitor.get("/live?pause=1")).text
    assert "hx-sse:connect" not in paused
    assert 'http-equiv="refresh"' not in paused


async def test_what_happens_comes_down_the_stream_with_where_it_is(town: Town) -> None:
    for code in ("G22", "H53"):
        await town.settle(code)
    sent = row("G22", {"H53": "QUEUED"}, code="77/LIVE")
    await put(town, sent)

    async with streaming(town, await cookie_of(town), "since=0-0-0-0") as stream:
        await stream.until("retry: 2000\n\n")
        await happen(town, sent.id)
        told = await stream.until("Vào hộp thư")

    assert stream.status == 200
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert "77/LIVE" in told
    assert place_in(told.split("id: ")[1].split("\n")[0]) is not None


async def test_who_comes_back_is_told_what_was_missed_and_nothing_twice(town: Town) -> None:
    for code in ("G22", "H53"):
        await town.settle(code)
    rows = [row("G22", {"H53": "QUEUED"}, code=f"{n}/BACK") for n in range(3)]
    await put(town, *rows)
    cookie = await cookie_of(town)
    await happen(town, rows[0].id)
    async with town.hub.database.read() as conn:
        _, place = await tail.newest(conn, Asked(), None, 10)
    await happen(town, rows[1].id)
    await happen(town, rows[2].id)

    async with streaming(town, cookie, "since=0-0-0-0", last_event_id=str(place)) as stream:
        told = await stream.until("2/BACK")

    assert "0/BACK" not in told
    assert (told.count("1/BACK"), told.count("2/BACK")) == (1, 1)


async def test_everybody_sees_the_news_of_the_agencies_in_sight(town: Town) -> None:
    for code in ("G22", "H53", "H29"):
        await town.settle(code)
    rows = [row("G22", {"H29": "QUEUED"}, code="1/OTHER"), row("G22", {"H53": "QUEUED"}, code="2/MINE")]
    await put(town, *rows)

    async with streaming(town, await cookie_of(town, Role.OFFICER, "H53"), "since=0-0-0-0") as stream:
        await happen(town, rows[0].id, recipient="H29")
        await happen(town, rows[1].id)
        told = await stream.until("2/MINE")

    assert "1/OTHER" not in told


async def test_two_hundred_who_watch_cost_one_reader(town: Town) -> None:
    await town.settle("H53")
    sent = row("G22", {"H53": "QUEUED"})
    await put(town, sent)
    following = following_of(town)

    async def watch(ready: asyncio.Barrier) -> str:
        async with following.watching() as rung:
            _, number = await following.after(None)
            await ready.wait()
            async with asyncio.timeout(PATIENCE):
                await rung.wait()
            found, _ = following.newer(number)
            return found[0].news.envelope_id

    ready = asyncio.Barrier(201)
    watchers = [asyncio.create_task(watch(ready)) for _ in range(200)]
    await ready.wait()
    before = following.looks
    await happen(town, sent.id)
    told = await asyncio.gather(*watchers)

    assert set(told) == {sent.id}
    assert following.looks - before <= PATIENCE + 1  # one each second, whoever watches
    looks = following.looks
    async with following.watching():
        assert following.looks == looks  # nobody watched, so nobody looked


async def test_a_refused_envelope_is_news_to_its_sender_and_the_operators(town: Town) -> None:
    for code in ("H53", "H29"):
        await town.settle(code)
    async with town.hub.database.write() as conn:
        await conn.execute(
            insert(refusal).values(
                id=new_id(), at=datetime.now(UTC), agency="H53", status=422, codes=["digest-mismatch"],
                receipt_sha256="0" * 64,
            )
        )  # fmt: skip
    async with town.hub.database.read() as conn:
        everybody, _ = await tail.newest(conn, Asked(), None, 10)
        other, _ = await tail.newest(conn, Asked(), Sight("H29"), 10)
        only, _ = await tail.newest(conn, Asked(what="available"), None, 10)

    assert [(news.what, news.code, news.sender) for news in everybody] == [("refused", "digest-mismatch", "H53")]
    assert other == only == []
    page = Seen((await (await logged_in(town)).get("/live?what=refused")).text)
    assert "Nội dung đã thay đổi sau khi ký" in page.text


async def test_an_alert_is_news_as_it_is_raised_taken_on_and_over_to_those_in_whose_sight_it_is(town: Town) -> None:
    for code in ("G22", "H53", "H29"):
        await town.settle(code)
    await put(town, row("G22", {"H53": "AVAILABLE"}, timedelta(days=9)), row("G22", {"H29": "DEAD"}))
    cookie = await cookie_of(town, Role.OFFICER, "H53")

    async with streaming(town, cookie, "what=alert&since=0-0-0-0") as stream:
        await stream.until("retry: 2000\n\n")
        await town.hub.alerts.tick(datetime.now(UTC))
        raised = await stream.until("báo tới đơn vị")
        async with town.hub.database.read() as conn:
            [mine] = (await alerts.of_agencies(conn, Kind.UNRECEIVED, ["H53"])).values()
            found = await alerts.get(conn, mine)
        assert found
        await acknowledge(town.hub.database, found, "Lan", "person:lan", "đã gọi", datetime.now(UTC), calls=False)
        await stream.until("Lan nhận xử lý")
        async with town.hub.database.write() as conn:
            await conn.execute(update(delivery).where(delivery.c.recipient == "H53").values(state="WITHDRAWN"))
        await town.hub.alerts.tick(datetime.now(UTC))
        told = await stream.until("tự đóng")

    assert f"/alerts/{mine}" in raised
    assert "1 văn bản" in raised
    assert "Không giao được" not in told  # H29's
    async with town.hub.database.read() as conn:
        everybody, place = await tail.newest(conn, Asked(what="alert"), None, 10)
        other, _ = await tail.newest(conn, Asked(what="alert"), Sight("G22"), 10)
        later, end = await tail.since(conn, Place(place.tx, place.seq, place.refusal), 10)
    assert Counter(news.notice.what for news in everybody if news.notice) == {
        "raised": 2, "acknowledged": 1, "cleared": 1,
    }  # fmt: skip
    assert [news.sender for news in later] == [news.sender for news in reversed(everybody)]
    assert (other, end) == ([], place)
    page = Seen((await (await logged_in(town)).get("/live?what=alert")).text)
    assert f"/alerts/{mine}" in page.links()


async def test_the_stream_of_a_document_tells_of_that_document_alone(town: Town) -> None:
    await town.settle("H53")
    mine, other = row("G22", {"H53": "QUEUED"}, code="1/MINE"), row("G22", {"H53": "QUEUED"}, code="2/OTHER")
    await put(town, mine, other)

    async with streaming(town, await cookie_of(town), f"since=0-0-0-0&envelope={mine.id}") as stream:
        await happen(town, other.id)
        await happen(town, mine.id, "collected")
        told = await stream.until("Lấy về")

    assert "1/MINE" in told
    assert "2/OTHER" not in told


async def test_an_open_page_is_told_that_there_is_news_and_no_more(town: Town) -> None:
    await town.settle("H53")
    sent = row("G22", {"H53": "QUEUED"})
    await put(town, sent)

    async with streaming(town, await cookie_of(town), f"quiet=1&since=0-0-0-0&envelope={sent.id}") as stream:
        await happen(town, sent.id)
        told = await stream.until("event: happened")

    assert sent.code not in told
    assert sent.id not in told


@pytest.mark.parametrize("of", ["the overview", "a document"])
async def test_what_happens_between_a_page_and_its_stream_is_told_as_soon_as_the_stream_begins(
    town: Town, of: str
) -> None:
    await town.settle("H53")
    sent = row("G22", {"H53": "QUEUED"})
    await put(town, sent)
    visitor = await logged_in(town)
    page = Seen((await visitor.get("/" if of == "the overview" else f"/documents/{sent.id}")).text)
    (stream,) = [str(div["data-hx-sse:connect"]) for div in page.all("div") if "data-hx-sse:connect" in div]
    await happen(town, sent.id)

    async with streaming(town, await cookie_of(town, Role.AUDITOR), urlsplit(stream).query) as told:
        await told.until("event: happened")


async def test_a_renewed_overview_has_what_it_was_renewed_for_however_lately_another_was_shown(town: Town) -> None:
    await town.settle("H53")
    visitor = await logged_in(town)
    for n in range(3):
        await put(town, new := row("G22", {"H53": "QUEUED"}, code=f"{n}/RENEWED"))
        await happen(town, new.id, "received")

        assert f"{n}/RENEWED" in (await visitor.get("/latest")).text


async def test_nobody_unknown_is_streamed_to(town: Town) -> None:
    answer = await browser(town).get("/live/events")

    assert (answer.status_code, answer.content) == (204, b"")


async def test_a_piece_of_a_page_asked_for_after_the_session_ended_sends_the_page_to_log_in(town: Town) -> None:
    answer = await browser(town).get("/latest", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["hx-refresh"]) == (204, "true")


async def test_a_filter_of_the_live_view_that_means_nothing_is_told(town: Town) -> None:
    page = Seen((await (await logged_in(town)).get("/live?what=nonsense")).text)

    assert "what" in page.text


async def test_one_person_opens_as_many_streams_as_there_may_be_pages_and_no_more(town: Town) -> None:
    visitor = await logged_in(town)
    following = town.app.api.state.console.following
    async with AsyncExitStack() as open_pages:
        for _ in range(50):
            await open_pages.enter_async_context(following.watching("operator-everywhere"))
        refused = await visitor.get("/live/events")

    assert refused.status_code == 204
    assert not following.has_enough("operator-everywhere")
