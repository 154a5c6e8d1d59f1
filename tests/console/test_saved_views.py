"""A list narrowed once is saved under a name, for oneself alone."""

import re

import httpx
import pytest

from hub.domain.roles import Role
from tests.console.visitors import Seen, logged_in, token_in
from tests.town import Town

NARROWED = "/documents?state=overdue&level=commune&after=1~x"


async def save(
    visitor: httpx.AsyncClient, name: str, query: str, page: str = "/documents", **fields: str
) -> httpx.Response:
    text = (await visitor.get(NARROWED)).text
    said = {"token": token_in(text), "name": name, "query": query, "page": page, **fields}
    return await visitor.post("/views", data=said, headers={"Origin": "http://hub"})


def shown(page: str) -> list[tuple[str, str]]:
    """The saved views of a page: name and address."""
    return re.findall(r'action="/views/[^"]+/forget"><a class="quiet" href="([^"]+)"[^>]*>([^<]+)<', page)


async def test_a_narrowed_list_is_saved_found_again_and_dropped(town: Town) -> None:
    visitor = await logged_in(town)
    page = (await visitor.get(NARROWED)).text
    query = next(field["value"] or "" for field in Seen(page).all("input") if field.get("name") == "query")

    saved = await save(visitor, "  Xã quá hạn ", query)
    there = (await visitor.get(saved.headers["location"])).text
    plain = (await visitor.get("/documents")).text

    assert (saved.status_code, saved.headers["location"]) == (303, "/documents?state=overdue&level=commune")
    assert shown(plain) == [("/documents?state=overdue&amp;level=commune", "Xã quá hạn")]
    assert 'aria-current="true">Xã quá hạn' in there
    assert "Lưu bộ lọc này" in page
    assert "Lưu bộ lọc này" not in there
    assert "Lưu bộ lọc này" not in plain
    [forget] = re.findall(r'action="(/views/[^"]+/forget)"', plain)
    gone = await visitor.post(forget, data={"token": token_in(plain)}, headers={"Origin": "http://hub"})
    assert (gone.status_code, gone.headers["location"]) == (303, "/documents")
    assert shown((await visitor.get("/documents")).text) == []


async def test_a_name_again_is_the_new_list_and_a_page_has_its_own(town: Town) -> None:
    visitor = await logged_in(town)
    await save(visitor, "Của tôi", "state=dead")
    await save(visitor, "Của tôi", "state=overdue&format=csv&lang=en")
    await save(visitor, "Của tôi", "kind=silent", page="/alerts")

    assert shown((await visitor.get("/documents")).text) == [("/documents?state=overdue", "Của tôi")]
    assert shown((await visitor.get("/alerts")).text) == [("/alerts?kind=silent", "Của tôi")]


async def test_nobody_sees_or_drops_anothers(town: Town) -> None:
    await town.settle("H53")
    mine, other = await logged_in(town), await logged_in(town, Role.OFFICER, "H53")
    await save(mine, "Của tôi", "state=dead")
    page = (await mine.get("/documents")).text
    [forget] = re.findall(r'action="(/views/[^"]+/forget)"', page)

    theirs = (await other.get("/documents?state=dead")).text
    dropped = await other.post(forget, data={"token": token_in(theirs)}, headers={"Origin": "http://hub"})

    assert shown(theirs) == []
    assert dropped.status_code == 404
    assert len(shown((await mine.get("/documents")).text)) == 1


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({"token": "x"}, 403, "Tải lại danh sách"),
        ({"name": "  "}, 422, "Cần một tên"),
        ({"query": ""}, 422, "Cần một tên"),
        ({"page": "//elsewhere.example"}, 422, "Cần một tên"),
        ({"page": "/audit"}, 422, "Cần một tên"),
    ],
    ids=str,
)
async def test_a_form_that_cannot_be_saved_says_why(town: Town, fields: dict[str, str], status: int, told: str) -> None:
    visitor = await logged_in(town)

    answer = await save(visitor, **{"name": "a", "query": "state=dead", **fields})

    assert answer.status_code == status
    assert told in answer.text
    assert shown((await visitor.get("/documents")).text) == []


async def test_a_person_has_thirty_of_a_page_and_no_more(town: Town) -> None:
    visitor = await logged_in(town)
    for number in range(30):
        assert (await save(visitor, f"b{number}", "state=dead")).status_code == 303

    full = await save(visitor, "một nữa", "state=dead")
    again = await save(visitor, "b7", "state=overdue")

    assert full.status_code == 422
    assert "Bỏ bớt một bộ lọc" in full.text
    assert again.status_code == 303
