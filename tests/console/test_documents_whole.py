"""The list of documents, narrowed, counted and whole as a file; an address that makes no sense is told of."""

import csv
import io
from datetime import datetime, timedelta

import openpyxl
import pytest

from hub.domain.deadline import LOCAL
from hub.domain.roles import Role
from tests.console.visitors import Seen, logged_in, put, row
from tests.town import Town

CODES = ("1/A", "2/B", "3/C", "4/D")


@pytest.fixture
async def town(town: Town) -> Town:
    for code in ("G22", "H53", "H29"):
        await town.settle(code)
    await put(
        town,
        row("G22", {"H53": "QUEUED", "H29": "AVAILABLE"}, code="1/A", priority=3),
        row("G22", {"H53": "CONFIRMED"}, timedelta(days=3), code="2/B", kind="recall"),
        row("H53", {"H29": "DEAD"}, timedelta(days=3), code="3/C", kind="replace", judgement="valid-legacy"),
        row("H53", {"H29": "AVAILABLE"}, timedelta(days=40), code="4/D", judgement="absent", subject="=1+1"),
    )
    return town


def day(ago: int) -> str:
    return (datetime.now(LOCAL) - timedelta(days=ago)).date().isoformat()


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"kind": "issued"}, ("1/A", "3/C", "4/D")),
        ({"kind": "recall"}, ("2/B",)),
        ({"urgency": "flash"}, ("1/A",)),
        ({"signature": "signed"}, ("1/A", "2/B", "3/C")),
        ({"signature": "other"}, ("3/C", "4/D")),
        ({"since": day(3), "until": day(3)}, ("2/B", "3/C")),
        ({"until": day(10)}, ("4/D",)),
        ({"sender": "H53", "to": "H29"}, ("3/C", "4/D")),
    ],
    ids=str,
)
async def test_a_list_is_narrowed_by_what_people_know_of_a_document(
    town: Town, asked: dict[str, str], shown: tuple[str, ...]
) -> None:
    page = Seen((await (await logged_in(town)).get("/documents", params={"period": "all", **asked})).text)

    assert {code for code in CODES if code in page.text} == set(shown)


async def test_a_list_says_how_many_documents_and_deliveries_it_has(town: Town) -> None:
    visitor = await logged_in(town)

    whole = Seen((await visitor.get("/documents?period=all")).text)
    one = Seen((await visitor.get("/documents?period=all&state=uncollected&level=commune")).text)

    assert "4 văn bản · 5 lượt giao" in whole.text
    assert "2 văn bản · 3 lượt giao" in one.text


@pytest.mark.parametrize(
    "name", ["state", "level", "period", "signature", "step", "since", "until", "kind", "urgency", "after"]
)
async def test_a_filter_that_means_nothing_is_told_of_and_the_list_is_whole(town: Town, name: str) -> None:
    page = Seen((await (await logged_in(town)).get("/documents", params={name: "2026-02-30'%00x"})).text)

    assert f"Bỏ qua điều kiện lọc không hiểu được: {name}" in " ".join(page.text.split())
    assert {code for code in CODES if code in page.text} == {"1/A", "2/B", "3/C"}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_what_is_listed_is_had_as_a_file(town: Town, form: str) -> None:
    answer = await (await logged_in(town)).get("/documents", params={"period": "all", "sender": "H53", "format": form})

    if form == "csv":
        lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    else:
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        lines = [[str(cell) for cell in line] for line in book.active.values]
    assert lines[0][:2] == ["Số/ký hiệu", "Trích yếu"]
    assert [line[0] for line in lines[1:]] == ["3/C", "4/D"]
    assert lines[1][4] == "Cơ quan H53"
    assert lines[1][-2] == "Văn bản lỗi: 1"
    assert lines[2][1] == ("'=1+1" if form == "csv" else "=1+1")
    assert answer.headers["content-disposition"].endswith(f'.{form}"')


async def test_a_file_hides_what_the_page_hides(town: Town) -> None:
    answer = await (await logged_in(town, Role.OBSERVER)).get("/documents?period=all&format=csv")
    own = await (await logged_in(town, Role.OFFICER, "H53")).get("/documents?period=all&format=csv")

    assert "Đà Nẵng" not in answer.text
    assert "1/A" in answer.text
    assert own.text.count("\n") == 5
    assert "Trong hộp thư" in own.text


async def test_a_page_at_which_the_hub_fails_is_a_page_that_says_what_to_do(town: Town) -> None:
    broken = row("G22", {"H53": "QUEUED"}, code="5/E", facts=["not what facts are"])
    await put(town, broken)
    visitor = await logged_in(town)

    answer = await visitor.get(f"/documents/{broken.id}")

    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/html")
    assert "báo người vận hành địa chỉ trang này" in answer.text
    assert "Traceback" not in answer.text
    assert (await visitor.get("/documents")).status_code == 200
