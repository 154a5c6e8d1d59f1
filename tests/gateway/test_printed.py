"""A report on paper: the form of an administrative document, and no number that the workbook has not."""

import io
import re
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from hub.domain.agency import Level
from hub.domain.indicator import KINDS
from hub.domain.indicator_words import FIGURES, period_name
from hub.paper import Issuer, printed
from hub.paper.report import issued_on, number
from hub.store.watching import figures
from tests.offices import document
from tests.town import Town

ISSUER = Issuer("Cục Chuyển đổi số", "Bộ Khoa học & Công nghệ", "Hà Nội")
A4 = (595, 842)


def report(kind: str, rows: int = 3, **changes: Any) -> dict[str, Any]:
    """A report as the hub counts one, with figures that are told apart from each other."""
    first, *rest = KINDS[kind]
    levels = ("central", "province", "district", "commune")
    made = [
        {first: levels[n % 4] if first == "level" else f"H{n:03d}", **{name: n * 100 + place for place, name in enumerate(rest)}}
        for n in range(rows)
    ]  # fmt: skip
    return {
        "kind": kind, "period": "2026-Q3", "from": "2026-07-01", "until": "2026-10-01", "columns": list(KINDS[kind]),
        "rows": made, "names": {f"H{n:03d}": f"UBND xã <Thứ {n}>" for n in range(rows)}, "scope": None, "is_final": True,
        "counted_with": {"hub": "1.0", "holidays": "0.1", "calendar": "c0ffee"}, "made_at": "2026-10-05T08:30:00+07:00",
        "declared": [name for name in KINDS[kind] if name.startswith("declared_")],
    } | changes  # fmt: skip


def read(made: bytes) -> tuple[PdfReader, list[str]]:
    """The document, and what each page says, its white space made one."""
    reader = PdfReader(io.BytesIO(made))
    return reader, [re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages]


@pytest.mark.parametrize("kind", KINDS)
async def test_the_numbers_on_paper_are_those_of_the_workbook(town: Town, kind: str) -> None:
    sender, receiver = await town.settle("G22", Level.CENTRAL), await town.settle("H53")
    await town.settle("H29")
    await sender.send(document("G22", ["H53", "H29"], promulgated_on=datetime.now(UTC).date()))
    await sender.send(document("G22", ["H53"], promulgated_on=date(2026, 1, 5)))
    await town.carry()
    for item in (await receiver.inbox(0))[:1]:
        await receiver.fetch(item["delivery_id"])
    year = str(datetime.now(UTC).year)
    async with town.hub.database.write() as conn:
        await figures.declare(conn, "G22", year, "issued", 1234, "BC 1", "lan", datetime.now(UTC))
    async with await town.watcher() as client:
        book = await client.get(f"/v1/reports/{kind}", params={"period": year, "format": "xlsx"})
        paper = await client.get(f"/v1/reports/{kind}", params={"period": year, "format": "pdf"})
        accepted = await client.get(
            f"/v1/reports/{kind}", params={"period": year}, headers={"Accept": "application/pdf"}
        )

    assert paper.headers["content-type"] == accepted.headers["content-type"] == "application/pdf"
    _, pages = read(paper.content)
    sheet = list(openpyxl.load_workbook(io.BytesIO(book.content)).active.values)
    heading = next(place for place, line in enumerate(sheet) if line[0] in ("agency", "level"))
    columns, lines = sheet[heading], sheet[heading + 1 :]
    assert lines
    for place, line in enumerate(lines, 1):
        said = [number(str(name), value) for name, value in zip(columns[1:], line[1:], strict=True)]
        assert re.search(rf"\b{place} [^|]*? {re.escape(' '.join(said))}(?: |$)", " ".join(pages)), said
    for name in columns[1:]:
        assert FIGURES[str(name)][0] in " ".join(pages)
    assert "Số liệu tạm tính" in pages[0]
    if kind == "signed":
        assert "Cơ quan G22 (G22)" in pages[0]
        assert "1.234" in pages[0]


def test_the_head_is_that_of_an_administrative_document() -> None:
    _, pages = read(printed(report("signed"), ISSUER))

    for line in (
        "BỘ KHOA HỌC & CÔNG NGHỆ CỤC CHUYỂN ĐỔI SỐ",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc",
        "Hà Nội, ngày 05 tháng 10 năm 2026",
        "BÁO CÁO Ký số",
        "Kỳ báo cáo: Quý III/2026 (từ 01/07/2026 đến 30/09/2026).",
        "UBND xã <Thứ 1> (H001)",
        "THỦ TRƯỞNG ĐƠN VỊ",
        "lịch c0ffee",
    ):
        assert line in pages[0]


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(2026, 8, 5), "Huế, ngày 05 tháng 8 năm 2026"),
        (date(2026, 1, 12), "Huế, ngày 12 tháng 01 năm 2026"),
        (date(2026, 2, 9), "Huế, ngày 09 tháng 02 năm 2026"),
        (date(2026, 3, 31), "Huế, ngày 31 tháng 3 năm 2026"),
    ],
)
def test_days_below_ten_and_the_first_two_months_have_a_zero_before_them(day: date, written: str) -> None:
    assert issued_on("Huế", day) == written


@pytest.mark.parametrize(
    ("period", "name"),
    [
        ("2026-09", "Tháng 9/2026"),
        ("2026-Q4", "Quý IV/2026"),
        ("2026-H2", "6 tháng cuối năm 2026"),
        ("2026", "Năm 2026"),
    ],
)
def test_a_period_is_called_what_people_call_it(period: str, name: str) -> None:
    assert period_name(period)[0] == name


def test_a_long_report_repeats_its_head_and_numbers_its_pages_from_the_second_on() -> None:
    reader, pages = read(printed(report("receipt", rows=60), ISSUER))

    assert len(pages) > 2
    assert all("STT" in page and "Trung vị" in page for page in pages[:-1])
    assert not pages[0].startswith("1 ")
    assert all(page.startswith(f"{place} ") for place, page in enumerate(pages[1:], 2))
    assert "Tổng cộng" in pages[-1] or "Tổng cộng" in pages[-2]
    sizes = {tuple(round(float(side)) for side in page.mediabox[2:]) for page in reader.pages}
    assert sizes == {A4[::-1]}
    assert tuple(round(float(side)) for side in read(printed(report("signed"), ISSUER))[0].pages[0].mediabox[2:]) == A4


def test_every_letter_is_in_the_file_and_the_same_report_is_the_same_file() -> None:
    first, again = printed(report("exchange"), ISSUER), printed(report("exchange"), ISSUER)
    reader, _ = read(first)

    assert first == again
    fonts = {
        font["/BaseFont"]: font["/FontDescriptor"]
        for page in reader.pages
        for font in (each.get_object() for each in page["/Resources"]["/Font"].values())
        if "/FontDescriptor" in font
    }
    assert len(fonts) >= 3
    assert all("/FontFile2" in descriptor for descriptor in fonts.values())
    assert reader.metadata is not None
    assert reader.metadata.title == "Trao đổi văn bản điện tử – Quý III/2026"
    assert reader.trailer["/Root"]["/Lang"] == "vi"


def test_a_report_of_nothing_says_so_instead_of_an_empty_table() -> None:
    _, pages = read(printed(report("signed", rows=0), ISSUER))

    assert "Không có văn bản nào trong kỳ này." in pages[0]
    assert "STT" not in pages[0]


def test_a_report_issued_before_names_were_kept_shows_codes() -> None:
    old = report("signed")
    del old["names"]

    assert "H001" in read(printed(old, ISSUER))[1][0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_as_long_as_names_may_be_still_fits_its_sheet(kind: str) -> None:
    _, pages = read(printed(report(kind, names={"H000": "W" * 500, "H001": "<b>&" * 125}), ISSUER))

    assert pages
