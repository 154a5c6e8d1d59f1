"""The console's pages of administration, as registrars, auditors and officers of agencies meet them."""

import base64
import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import insert, update

import hub
from hub import ledger
from hub.console import pages
from hub.console.phrases.actions import VIETNAMESE
from hub.domain.agency import Level
from hub.domain.ids import new_id
from hub.domain.roles import Role
from hub.store import audit, tables
from hub.store.directory import agencies, registry
from hub.store.watching import calendar
from tests.console.visitors import Seen, logged_in, put, row, token_in
from tests.parts import postgres
from tests.town import Town, founded

NOW = datetime.now(UTC)
NAMES = {"H53": "UBND tỉnh Tây Ninh", "H53.32": "UBND xã An Bình", "H17": "UBND thành phố Đà Nẵng"}
ORIGIN = {"Origin": "http://hub"}


@pytest.fixture
async def settled(town: Town) -> Town:
    """A province, a commune below it, and another province."""
    for code, level, parent in (
        ("H53", Level.PROVINCE, None),
        ("H53.32", Level.COMMUNE, "H53"),
        ("H17", Level.PROVINCE, None),
    ):
        await town.settle(code, level, parent=parent)
    async with town.hub.database.write() as conn:
        for code, name in NAMES.items():
            await registry.save(conn, replace(await agencies.get(conn, code), name=name), NOW)
    await town.hub.directory.refresh()
    return town


async def send(visitor: httpx.AsyncClient, page: str, target: str, **fields: str) -> httpx.Response:
    """Fill in a form of a page, as a browser does."""
    token = token_in((await visitor.get(page)).text)
    return await visitor.post(target, data={"token": token, **fields}, headers=ORIGIN)


async def entries(town: Town, **wanted: Any) -> list[dict[str, Any]]:
    async with town.hub.database.read() as conn:
        return await audit.page(conn, limit=100, **wanted)


def promising(code: str) -> str:
    """The claims of a receipt as the ledger reads them; who signed it matters to nobody here."""
    return f"e30.{base64.urlsafe_b64encode(orjson.dumps({'recipients': [code]})).decode().rstrip('=')}.e30"


def codes_on(page: str) -> list[str]:
    return re.findall(r'class="name"><a href="/agencies/([^"]+)"', page)


# -- agencies ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["H17", "H53", "H53.32"]),
        ("q=da+nang", ["H17"]),
        ("q=tay+ninh", ["H53"]),
        ("level=commune", ["H53.32"]),
        ("parent=h53", ["H53.32"]),
        ("standing=suspended", ["H17"]),
        ("standing=active&q=ubnd", ["H53", "H53.32"]),
        ("standing=closed", []),
        ("after=H53", ["H53.32"]),
    ],
)
async def test_agencies_are_searched_without_accents_and_filtered(settled: Town, query: str, found: list[str]) -> None:
    await send(await logged_in(settled, Role.REGISTRAR), "/agencies/H17", "/agencies/H17/suspend", reason="thử")
    visitor = await logged_in(settled)

    assert codes_on((await visitor.get(f"/agencies?{query}")).text) == found
    rows = list(csv.DictReader(io.StringIO((await visitor.get(f"/agencies.csv?{query}")).text.removeprefix("\ufeff"))))
    assert [r["code"] for r in rows] == [code for code in found if "after" not in query] or "after" in query


async def test_a_filter_that_means_nothing_is_left_out_and_said_so(settled: Town) -> None:
    visitor = await logged_in(settled, Role.ADMIN)

    agencies = await visitor.get("/agencies?level=galaxy&standing=%00")
    log = await visitor.get("/audit?since=yesterday&after=9999999999999999999999")
    bound = await visitor.get("/certificates?which=soon&after=1~%00")

    assert [answer.status_code for answer in (agencies, log, bound)] == [200, 200, 200]
    assert codes_on(agencies.text) == ["H17", "H53", "H53.32"]
    assert "level, standing" in agencies.text
    assert "since, after" in log.text
    assert "which" in bound.text


async def test_an_officer_sees_the_own_agency_and_no_other(settled: Town) -> None:
    visitor = await logged_in(settled, Role.OFFICER, "H53.32")

    assert codes_on((await visitor.get("/agencies")).text) == ["H53.32"]
    assert (await visitor.get("/agencies/H53.32")).status_code == 200
    assert (await visitor.get("/agencies/H53")).status_code == 404
    assert "/suspend" not in (await visitor.get("/agencies/H53.32")).text


async def test_the_page_of_an_agency_shows_its_address_and_never_a_secret(settled: Town) -> None:
    config = {
        "url": "https://office:hunter2@qlvb.gov.vn/truc?key=opensesame",
        "secret": "whsec_c2VjcmV0",
        "token": "t0k3n",
    }
    async with settled.hub.database.write() as conn:
        await conn.execute(
            update(tables.agency).where(tables.agency.c.code == "H53").values(channel="webhook", channel_config=config)
        )

    page = (await (await logged_in(settled, Role.ADMIN)).get("/agencies/H53")).text

    assert "qlvb.gov.vn/truc" in page
    assert [secret for secret in ("hunter2", "opensesame", "whsec_", "t0k3n") if secret in page] == []


async def test_what_waits_for_an_agency_and_its_traffic_stand_on_its_page(settled: Town) -> None:
    came = row("H17", {"H53": "AVAILABLE"}, code="7/UBND", receipt=promising("H53"))
    await put(settled, came, row("H53", {"H17": "COLLECTED"}, receipt=promising("H17")))
    await ledger.keep(settled.hub.database, NOW + timedelta(hours=1))

    page = (await (await logged_in(settled)).get("/agencies/H53")).text

    assert "7/UBND" in page
    assert "1 văn bản, báo cáo đi · 1 văn bản, báo cáo đến" in page
    assert "/documents?to=H53&amp;state=uncollected" in page


# -- what registrars do -----------------------------------------------------------------------------------------


async def test_the_second_of_two_registrars_is_told_what_the_first_did(settled: Town) -> None:
    first, second = await logged_in(settled, Role.REGISTRAR), await logged_in(settled, Role.ADMIN)

    done = await send(first, "/agencies/H53", "/agencies/H53/suspend", reason="Lộ khóa API")
    again = await send(second, "/agencies/H53", "/agencies/H53/suspend", reason="Cũng vậy")

    assert (done.status_code, again.status_code) == (303, 409)
    assert "registrar-everywhere" in again.text
    assert "Lộ khóa API" in again.text
    assert [e["details"]["reason"] for e in await entries(settled, action="agency suspended")] == ["Lộ khóa API"]
    assert (await settled.hub.directory.resolve(["H53"]))["H53"].suspended  # type: ignore[union-attr]
    back = await send(second, "/agencies/H53", "/agencies/H53/resume", reason="Đã đổi khóa")
    assert back.status_code == 303
    assert not (await settled.hub.directory.resolve(["H53"]))["H53"].suspended  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("fields", "status"), [({}, 422), ({"reason": "  "}, 422), ({"reason": "vì", "token": "forged"}, 403)]
)
async def test_nothing_changes_without_a_reason_or_by_a_form_that_is_not_ours(
    settled: Town, fields: dict[str, str], status: int
) -> None:
    visitor = await logged_in(settled, Role.REGISTRAR)
    token = token_in((await visitor.get("/agencies/H53")).text)

    for what in ("suspend", "keys"):
        answer = await visitor.post(f"/agencies/H53/{what}", data={"token": token, **fields}, headers=ORIGIN)
        assert answer.status_code == status
    assert await entries(settled, action="agency suspended") == []
    assert len(await entries(settled, action="key issued", about="H53")) == 1  # the one it was settled with


async def test_a_new_key_is_shown_once_opens_the_door_and_can_be_revoked(settled: Town) -> None:
    visitor = await logged_in(settled, Role.REGISTRAR)

    made = await send(visitor, "/agencies/H53", "/agencies/H53/keys", reason="Máy chủ mới")
    (key,) = re.findall(r"trk_[0-9a-f]{16}_[\w-]{43}", made.text)
    office = {"Authorization": f"Bearer {key}"}

    assert (await settled.http.get("/v1/inbox", headers=office)).status_code == 200
    assert key not in (await visitor.get("/agencies/H53")).text
    target = f"/agencies/H53/keys/{key[4:20]}/revoke"
    assert (await send(visitor, "/agencies/H53", target, reason="Lộ")).status_code == 303
    assert (await settled.http.get("/v1/inbox", headers=office)).status_code == 401
    assert (await send(visitor, "/agencies/H53", target, reason="Lộ")).status_code == 409
    foreign = await send(visitor, "/agencies/H17", f"/agencies/H17/keys/{key[4:20]}/revoke", reason="Lộ")
    assert foreign.status_code == 404


async def test_a_registrar_of_a_province_changes_that_province_alone(settled: Town) -> None:
    visitor = await logged_in(settled, Role.REGISTRAR, "H53")

    own = await send(visitor, "/agencies/H53", "/agencies/H53/suspend", reason="vì")
    other = await send(visitor, "/agencies/H53", "/agencies/H17/suspend", reason="vì")
    days = await send(
        visitor, "/agencies/H53", "/system/calendar", day="2026-12-31", kind="off", decree="1", reason="vì"
    )

    assert (own.status_code, other.status_code, days.status_code) == (303, 404, 404)


# -- certificates, the hub, the audit log -----------------------------------------------------------------------


async def test_certificates_are_found_by_how_soon_they_end(settled: Town) -> None:
    ends = {"a": timedelta(days=5), "b": timedelta(days=20), "c": timedelta(days=50), "d": timedelta(days=-1)}
    async with settled.hub.database.write() as conn:
        await conn.execute(
            insert(tables.certificate),
            [
                {
                    "fingerprint": name * 64, "agency": "H53", "der": b"", "subject": f"CN={name}", "issuer": "CN=CA",
                    "serial": "1", "not_before": NOW - timedelta(days=300), "not_after": NOW + left, "pinned": True,
                    "revoked_at": None, "created_at": NOW, "match": name,
                }
                for name, left in ends.items()
            ],
        )  # fmt: skip
    visitor = await logged_in(settled, Role.AUDITOR)

    async def shown(which: str) -> list[str]:
        return re.findall(r"CN=([a-d])<", (await visitor.get(f"/certificates?which={which}")).text)

    assert [await shown(which) for which in ("60", "30", "7", "expired", "revoked")] == [
        ["a", "b", "c"], ["a", "b"], ["a"], ["d"], [],
    ]  # fmt: skip
    assert "CN=c" in (await visitor.get("/certificates.csv")).text


async def test_the_page_of_the_hub_tells_its_parts_and_no_secret(settled: Town) -> None:
    operator, officer = await logged_in(settled), await logged_in(settled, Role.OFFICER, "H53")

    page = (await operator.get("/system")).text

    assert "SQLite" in page
    assert "TRUC_SMTP_PASSWORD" in page
    assert "sổ chỉ thêm" in page.lower()
    assert (await officer.get("/system")).status_code == 404


async def test_a_day_is_decided_once_and_replaced_only_knowingly(settled: Town) -> None:
    first, second = await logged_in(settled, Role.REGISTRAR), await logged_in(settled, Role.ADMIN)
    day = {"day": "2026-12-31", "decree": "12729/VPCP-KGVX"}

    done = await send(first, "/system", "/system/calendar", kind="off", reason="Nghỉ bù", **day)
    again = await send(second, "/system", "/system/calendar", kind="morning", reason="Nửa ngày", **day)
    wrong = await send(second, "/system", "/system/calendar", kind="off", reason="vì", day="2026-02-30", decree="1")

    assert (done.status_code, again.status_code, wrong.status_code) == (303, 409, 422)
    assert "registrar-everywhere" in again.text
    assert "2026-02-30" in wrong.text
    over = await send(second, "/system", "/system/calendar", kind="morning", reason="Nửa ngày", replace="1", **day)
    async with settled.hub.database.read() as conn:
        kept = {row["day"].isoformat(): row for row in await calendar.override_rows(conn)}
    assert over.status_code == 303
    assert (kept["2026-12-31"]["kind"], kept["2026-12-31"]["set_by"]) == ("morning", "person:admin-everywhere")


async def test_the_audit_log_is_filtered_exported_and_its_chain_checked(settled: Town) -> None:
    await send(await logged_in(settled, Role.REGISTRAR), "/agencies/H53", "/agencies/H53/suspend", reason="Lộ khóa")
    visitor = await logged_in(settled, Role.AUDITOR)

    listed = await visitor.get("/audit", params={"action": "agency suspended", "object": "H53"})
    nothing = await visitor.get("/audit", params={"action": "agency suspended", "until": "2020-01-01T00:00"})
    file = (await visitor.get("/audit.csv", params={"actor": "person:registrar-everywhere"})).text
    checked = await send(visitor, "/audit", "/audit/check")

    assert listed.text.count("<tr>") == 2  # the heading and one entry
    assert "Lộ khóa" in listed.text
    assert "Không có mục nào" in nothing.text
    assert file.count("person:registrar-everywhere") == file.count("\r\n") - 1
    assert "Chuỗi còn nguyên vẹn" in checked.text
    assert (await (await logged_in(settled)).get("/audit")).status_code == 404


def test_every_entry_that_has_a_word_is_one_that_the_hub_writes() -> None:
    folder = Path(hub.__file__).parent
    written = "".join(f.read_text("utf-8") for f in folder.rglob("*.py") if f.name != "actions.py")

    assert [action for action in VIETNAMESE if f'"{action}"' not in written] == []


# -- an agency's own corner -------------------------------------------------------------------------------------


async def test_an_officer_counts_first_and_then_recovers_what_was_not_collected(settled: Town) -> None:
    dead, waits, quarantined = (
        row("H17", {"H53": "DEAD"}),
        row("H17", {"H53": "AVAILABLE"}),
        row("H17", {"H53": "DEAD"}),
    )
    await put(
        settled, dead, waits, quarantined, row("H17", {"H53": "DEAD"}, timedelta(days=20)), row("H53", {"H17": "DEAD"})
    )
    held = {
        "envelope_id": quarantined.id, "rank": 3, "asked_at": NOW, "tries": 1, "files": [], "malware": "infected",
        "threat": "Eicar", "quarantine": "held",
    }  # fmt: skip
    async with settled.hub.database.write() as conn:
        await conn.execute(insert(tables.inspection).values(**held))
    visitor = await logged_in(settled, Role.OFFICER, "H53")
    since = f"{(NOW - timedelta(days=2)).isoformat(timespec='minutes')}"

    counted = await visitor.get("/mine", params={"since": since})
    done = await send(visitor, "/mine", "/mine/recover", since=since, reason="Khôi phục sau sự cố")
    again = await visitor.get("/mine", params={"since": since})

    assert "Khôi phục 2 văn bản" in counted.text
    assert done.status_code == 200
    assert "1 văn bản lỗi giao lại" in done.text
    assert "Khôi phục 1 văn bản" in again.text  # the one in the inbox
    assert "officer-H53" in again.text
    requeued = await entries(settled, action="delivery requeued")
    assert [(e["object"], e["details"]["reason"]) for e in requeued] == [(dead.deliveries[0].id, "Khôi phục sau sự cố")]
    assert len(await entries(settled, action="deliveries recovered", about="H53")) == 1


@pytest.mark.parametrize("since", ["", "yesterday", "2019-01-01T00:00", "2999-01-01T00:00"])
async def test_a_moment_that_makes_no_sense_recovers_nothing(settled: Town, since: str) -> None:
    visitor = await logged_in(settled, Role.OFFICER, "H53")

    answer = await send(visitor, "/mine", "/mine/recover", since=since, reason="vì")

    assert answer.status_code == 422
    assert await entries(settled, action="deliveries recovered") == []


async def test_only_officers_have_a_corner_of_their_own(settled: Town) -> None:
    for role in (Role.OPERATOR, Role.REGISTRAR, Role.ADMIN):
        assert (await (await logged_in(settled, role)).get("/mine")).status_code == 404


async def test_the_pages_speak_english_throughout(settled: Town) -> None:
    admin, officer = await logged_in(settled, Role.ADMIN), await logged_in(settled, Role.OFFICER, "H53.32")
    new = new_id()

    for visitor, paths in (
        (admin, ("/agencies", "/agencies/H53", "/certificates", "/system", "/audit")),
        (officer, ("/mine",)),
    ):
        for path in paths:
            page = (await visitor.get(f"{path}?lang=en&q={new}")).text
            for ours in ("Trục", "Tiếng Việt", "Cơ quan", *NAMES.values()):
                page = page.replace(ours, "")
            if path != "/system":  # what people wrote as reasons of days stands there
                assert re.findall(r"[ăâđêôơưạ-ỹ]\w*", page) == [], path


async def test_the_pages_and_their_forms_work_on_postgresql_too(postgres_dsn: str, tmp_path: Path) -> None:
    async with postgres.fresh(postgres_dsn) as url, founded(tmp_path, url) as town:
        pages.mount(town.app.api, town.hub)
        for code in ("H53", "H17"):
            await town.settle(code)
        await put(town, row("H17", {"H53": "DEAD"}), row("H17", {"H53": "AVAILABLE"}))
        admin, officer = await logged_in(town, Role.ADMIN), await logged_in(town, Role.OFFICER, "H53")
        since = (NOW - timedelta(days=1)).isoformat(timespec="minutes")

        seen = {
            path: (await visitor.get(path)).status_code
            for visitor, paths in (
                (
                    admin,
                    ("/agencies?q=co&standing=active", "/agencies.csv", "/certificates?which=30", "/certificates.csv"),
                ),
                (admin, ("/system", "/audit?since=2026-01-01T00:00", "/audit.csv")),
                (officer, ("/agencies", "/agencies/H53", "/mine?since=2026-11-24T00:00")),
            )
            for path in paths
        }
        recovered = await send(officer, "/mine", "/mine/recover", since=since, reason="Sự cố")
        suspended = [await send(admin, "/agencies/H53", "/agencies/H53/suspend", reason="Lộ khóa") for _ in range(2)]
        decided = await send(
            admin, "/system", "/system/calendar", day="2026-12-31", kind="off", decree="1", reason="Nghỉ"
        )

    assert {path: status for path, status in seen.items() if status != 200} == {}
    assert "1 văn bản lỗi giao lại" in recovered.text
    assert [answer.status_code for answer in (*suspended, decided)] == [303, 409, 303]


@pytest.mark.parametrize("path", ["/agencies", "/certificates", "/audit"])
async def test_each_list_of_keeping_is_had_as_csv_and_as_a_workbook(settled: Town, path: str) -> None:
    visitor = await logged_in(settled, Role.ADMIN)
    page = Seen((await visitor.get(path)).text)

    for form, begins in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        [address] = [link for link in page.links() if link.startswith(f"{path}.{form}")]
        answer = await visitor.get(address)
        assert answer.content.startswith(begins)
        assert answer.headers["content-disposition"].endswith(f'.{form}"')
