"""Reports go out by a real mail server when their period is over: once, in the form asked for, whatever stops in between."""

import asyncio
import email
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import time_machine
from lxml import html
from sqlalchemy import update

from hub.alert import figures, subscribed
from hub.console import pages
from hub.domain import subscription
from hub.domain.agency import Level
from hub.domain.period import period
from hub.domain.roles import Role
from hub.errors import Rejected
from hub.store.directory import people
from hub.store.tables import delivery
from hub.store.watching import figures as kept
from hub.store.watching import mails, subscriptions
from tests.console.visitors import account, logged_in, put, row, token_in
from tests.rooms.test_digests import Mailbox, serving
from tests.town import Town, founded

NOVEMBER = datetime(2026, 11, 26, 3, tzinfo=UTC)
OVER = datetime(2026, 11, 30, 17, 6, tzinfo=UTC)  # six minutes after November, in Vietnam
FORM = {
    "kind": "receipt",
    "every": "month",
    "pdf": "1",
    "xlsx": "1",
    "addresses": "vp@cp.vn, lan@h53.vn",
    "reason": "BC",
}
HOST = {"smtp_host": "127.0.0.1", "smtp_tls": "none", "public_url": "https://hub.vn"}


@pytest.fixture
async def mailbox() -> AsyncIterator[tuple[Mailbox, int]]:
    box = Mailbox()
    async with serving(box) as port:
        yield box, port


@asynccontextmanager
async def november(home: Path, **settings: Any) -> AsyncIterator[Town]:
    """A town with documents of November, in the middle of it."""
    async with founded(home, **{**HOST, **settings}) as town:
        pages.mount(town.app.api, town.hub)
        await town.settle("G22", Level.CENTRAL)
        await town.settle("H53")
        await town.settle("H29")
        at = datetime(2026, 11, 20, 2, tzinfo=UTC)
        await put(town, row("G22", {"H53": "COLLECTED", "H29": "AVAILABLE"}, received_at=at))
        async with town.hub.database.write() as conn:
            taken = update(delivery).where(delivery.c.state == "COLLECTED")
            await conn.execute(taken.values(collected_at=at + timedelta(minutes=30)))
        await put(town, row("G22", {"H53": "AVAILABLE"}, received_at=at + timedelta(hours=1)))
        yield town


async def add(town: Town, *, kind: str = "receipt", every: str = "month", scope: str = "", forms: str = "pdf,xlsx",
              to: str = "vp@cp.vn", begins: date = date(2026, 11, 1)) -> int:  # fmt: skip
    wanted = subscription.checked(kind, every, scope, forms.split(","), subscription.addresses_in(to))
    async with town.hub.database.write() as conn:
        return await subscriptions.add(conn, wanted, begins, "person:lan", NOVEMBER)


async def turn(town: Town, now: datetime) -> tuple[int, int]:
    return await town.hub.alerts.write_reports(now), await town.hub.alerts.send_mails(now)


def attached(message: Any) -> dict[str, bytes]:
    return {part.get_filename(): part.get_payload(decode=True) for part in message.iter_attachments()}


async def test_a_report_goes_out_once_when_its_period_is_over_with_its_files_and_sums(tmp_path, mailbox) -> None:
    box, port = mailbox
    async with november(tmp_path, smtp_port=port) as town:
        await add(town, to="vp@cp.vn lan@h53.vn")
        early = await turn(town, OVER - timedelta(minutes=2))  # documents of the last moments may still be on their way
        first = await turn(town, OVER)
        again = await turn(town, OVER + timedelta(days=3))
        async with town.hub.database.read() as conn:
            issued = await kept.issued(conn, "receipt", "2026-11", "")

    assert (early, first, again) == ((0, 0), (2, 2), (0, 0))
    assert sorted(box.recipients) == ["lan@h53.vn", "vp@cp.vn"]
    message = box.kept[0]
    files = attached(message)
    text = message.get_body(("plain",)).get_content()
    assert str(message["Subject"]) == "[Trục liên thông] Báo cáo Nhận và phản hồi – Tháng 11/2026"
    assert "Được gửi / Sent to it: 3" in text
    assert "Tỷ lệ đã nhận / Share received: 33,3 %" in text
    assert "https://hub.vn/reports?kind=receipt&period=2026-11" in text
    assert files["receipt-2026-11.pdf"].startswith(b"%PDF-")
    sheet = openpyxl.load_workbook(io.BytesIO(files["receipt-2026-11.xlsx"])).active
    figures_of = {line[0]: line[1] for line in sheet.iter_rows(min_row=4, values_only=True)}
    assert issued is not None
    assert figures_of == {row_["agency"]: row_["received"] for row_ in issued["rows"]} == {"H53": 2, "H29": 1}


async def test_each_period_that_ended_while_no_worker_was_there_is_made_and_each_of_its_scope(
    tmp_path, mailbox
) -> None:
    box, port = mailbox
    async with november(tmp_path, smtp_port=port) as town:
        await add(town, every="week", scope="H53", forms="xlsx", begins=date(2026, 11, 16))
        written, _ = await turn(town, OVER)

    assert written == 2
    names = [name for message in box.kept for name in attached(message)]
    assert names == ["receipt-2026-W47.xlsx", "receipt-2026-W48.xlsx"]
    sheet = openpyxl.load_workbook(io.BytesIO(attached(box.kept[0])["receipt-2026-W47.xlsx"])).active
    assert [line[0] for line in sheet.iter_rows(min_row=4, values_only=True)] == ["H53"]  # nobody else's


async def test_a_worker_that_stops_between_report_and_mail_is_followed_by_one_that_mails_the_same_report(
    tmp_path, mailbox
) -> None:
    box, port = mailbox
    async with november(tmp_path, smtp_port=port) as town:
        number = await add(town, forms="xlsx")
        hub = town.hub
        made = await figures.report(
            hub.database, hub.calendars, hub.settings, "receipt", period("2026-11"), None, "subscription:1", OVER
        )  # and here it stopped: the report is issued, no mail is written
        at = datetime(2026, 11, 21, tzinfo=UTC)
        await put(town, row("G22", {"H53": "AVAILABLE"}, received_at=at))  # would be counted if it were made anew
        both = await asyncio.gather(*(subscribed.write(hub.alerts, OVER + timedelta(minutes=n)) for n in (1, 2)))
        sent = await hub.alerts.send_mails(OVER + timedelta(minutes=3))
        async with hub.database.read() as conn:
            row_ = await subscriptions.get(conn, number)

    assert sorted(both) == [0, 1]  # two workers at it: one of them writes the mail
    assert sent == 1
    assert row_ is not None
    assert row_["made_until"] == date(2026, 12, 1)
    sheet = openpyxl.load_workbook(io.BytesIO(attached(box.kept[0])["receipt-2026-11.xlsx"])).active
    assert [line[1] for line in sheet.iter_rows(min_row=4, values_only=True)] == [r["received"] for r in made["rows"]]


async def test_a_mail_server_that_is_down_delays_the_report_and_the_console_says_so(
    tmp_path, mailbox, unused_tcp_port_factory
) -> None:
    box, port = mailbox
    async with november(tmp_path, smtp_port=unused_tcp_port_factory()) as town:
        number = await add(town, forms="pdf")
        down = await turn(town, OVER)
        with time_machine.travel(OVER + timedelta(minutes=1), tick=False):
            someone = await logged_in(town, Role.OBSERVER)
            page = (await someone.get("/reports/subscriptions?lang=en")).text
        up = town.hub.settings.model_copy(update={"smtp_port": port})
        object.__setattr__(town.hub.alerts, "settings", up)
        later = await turn(town, OVER + timedelta(minutes=5))
        with time_machine.travel(OVER + timedelta(minutes=6), tick=False):
            someone = await logged_in(town, Role.OPERATOR, lang="en")
            after = (await someone.get(f"/reports/subscriptions/{number}?lang=en")).text
            file = (await someone.get(f"/reports/subscriptions/{number}?format=csv")).text

    assert (down, later) == ((1, 0), (0, 1))
    assert "1 mails: waits to be sent" in page
    assert "SMTPConnectError" in page
    assert "1 mails: sent" in after
    assert "Month 11 of 2026" in after
    assert "vp@cp.vn" in file.splitlines()[1]
    assert len(box.kept) == 1


async def test_without_a_mail_server_reports_wait_and_every_period_goes_out_when_there_is_one(
    tmp_path, mailbox
) -> None:
    box, port = mailbox
    async with november(tmp_path, smtp_host="") as town:
        await add(town, every="day", forms="xlsx", begins=date(2026, 11, 28))
        nothing = await turn(town, OVER)
        ready = town.hub.settings.model_copy(update={**HOST, "smtp_port": port})
        object.__setattr__(town.hub.alerts, "settings", ready)
        written, sent = await turn(town, OVER)

    assert nothing == (0, 0)
    assert (written, sent) == (3, 3)
    assert len(box.kept) == 3


async def test_a_report_that_cannot_be_made_says_why_and_holds_up_no_other(tmp_path, mailbox, monkeypatch) -> None:
    box, port = mailbox
    async with november(tmp_path, smtp_port=port) as town:
        broken = await add(town, kind="signed", forms="pdf")
        await add(town, kind="receipt", forms="xlsx")
        lose = town.hub.settings.model_copy(update={"report_issuer": "\ud800"})  # no font has this
        object.__setattr__(town.hub.alerts, "settings", lose)
        written, _ = await turn(town, OVER)
        async with town.hub.database.read() as conn:
            row_ = await subscriptions.get(conn, broken)
        object.__setattr__(town.hub.alerts, "settings", lose.model_copy(update={"report_issuer": "VPCP"}))
        mended, _ = await turn(town, OVER + timedelta(minutes=1))

    assert (written, mended) == (1, 1)
    assert row_ is not None
    assert row_["error"].startswith("2026-11: ")
    assert len(box.kept) == 2


async def test_people_subscribe_and_end_it_at_the_console_and_the_second_is_told_who_was_first(tmp_path) -> None:
    with time_machine.travel(NOVEMBER):
        async with november(tmp_path) as town:
            visitor = await logged_in(town, Role.OBSERVER)
            path, origin = "/reports/subscriptions", {"Origin": "http://hub"}
            token = token_in((await visitor.get(path)).text)
            empty = await visitor.post(path, data={**FORM, "token": token, "addresses": "no address"}, headers=origin)
            nobody = await visitor.post(path, data={**FORM, "token": token, "agency": "Z9"}, headers=origin)
            stale = await visitor.post(path, data={**FORM, "token": "x"}, headers=origin)
            made = await visitor.post(
                path, data={**FORM, "token": token, "agency": "H53", "below": "1"}, headers=origin
            )
            page = (await visitor.get(path)).text
            ending = {"token": token, "reason": "thôi"}
            ended = await visitor.post(f"{path}/1/end", data=ending, headers=origin)
            second = await visitor.post(f"{path}/1/end", data=ending, headers=origin)
            async with town.hub.database.read() as conn:
                [kept_row] = await subscriptions.listing(conn, None, 0, 10)
            written = await subscribed.write(town.hub.alerts, OVER)

    assert made.status_code == 303, made.text
    assert (empty.status_code, nobody.status_code, stale.status_code, made.status_code) == (422, 422, 403, 303)
    assert "no" in empty.text
    assert "lan@h53.vn" in nobody.text  # what was written into the form is still there
    assert "H53 và cấp dưới" in page
    assert (kept_row["scope"], kept_row["forms"], kept_row["made_until"]) == ("H53/", "pdf,xlsx", date(2026, 11, 1))
    assert (ended.status_code, second.status_code) == (303, 409)
    assert "observer-everywhere" in second.text
    assert written == 0


async def test_an_officer_subscribes_for_the_own_agency_and_sees_nobody_elses(tmp_path) -> None:
    async with november(tmp_path) as town:
        theirs = await add(town, scope="H53")  # of the same agency, but made by the Government Office
        officer = await logged_in(town, Role.OFFICER, "H53")
        path, origin = "/reports/subscriptions", {"Origin": "http://hub"}
        token = token_in((await officer.get(path)).text)
        made = await officer.post(path, data={**FORM, "token": token, "agency": "H29"}, headers=origin)
        page = html.fromstring((await officer.get(path)).text)
        other = await officer.get(f"{path}/{theirs}")
        not_theirs = await officer.post(f"{path}/{theirs}/end", data={"token": token, "reason": "x"}, headers=origin)
        auditor = await logged_in(town, Role.AUDITOR)
        may_not = await auditor.post(path, data={**FORM, "token": token}, headers=origin)
        async with town.hub.database.read() as conn:
            scopes = [one["scope"] for one in await subscriptions.listing(conn, None, 0, 10)]

    assert made.status_code == 303
    assert scopes == ["H53", "H53"]
    assert len(page.xpath("//table/tbody/tr")) == 1
    assert (other.status_code, not_theirs.status_code, may_not.status_code) == (404, 404, 404)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"kind": "weather"}, "kind"),
        ({"every": "hour"}, "every"),
        ({"forms": ["docx"]}, "forms"),
        ({"forms": []}, "forms"),
        ({"addresses": []}, "addresses"),
        ({"addresses": ["a@b.vn\r\nBcc: c@d.vn"]}, "addresses"),
        ({"addresses": ["@b.vn"]}, "addresses"),
        ({"addresses": [f"a@{'b' * 250}.vn"]}, "addresses"),
        ({"addresses": [f"a{n}@b.vn" for n in range(51)]}, "addresses"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(changed, named) -> None:
    usual = {"kind": "signed", "every": "month", "scope": "", "forms": ["pdf"], "addresses": ["a@b.vn"]}
    with pytest.raises(Rejected) as refused:
        subscription.checked(**{**usual, **changed})

    assert {each.path for each in refused.value.findings} == {named}


async def test_a_mail_of_a_report_that_may_have_arrived_is_not_sent_by_itself_again(tmp_path, mailbox) -> None:
    _, port = mailbox
    async with november(tmp_path, smtp_port=port) as town:
        await add(town, forms="xlsx")
        await town.hub.alerts.write_reports(OVER)
        async with town.hub.database.write() as conn:  # the worker that takes this one is killed: nothing settles it
            lost = await mails.claim(conn, OVER)
        later = [await turn(town, OVER + timedelta(minutes=n)) for n in (5, 10)]
        async with town.hub.database.read() as conn:
            states = [each["state"] for each in await mails.lately(conn, 5)]

    assert lost is not None
    assert email.message_from_bytes(lost.body)["Message-ID"] == lost.message_id
    assert later == [(0, 0), (0, 0)]
    assert states == ["UNCERTAIN"]


async def test_nothing_is_mailed_for_somebody_whose_account_is_closed(tmp_path, mailbox) -> None:
    box, port = mailbox
    async with november(tmp_path, smtp_port=port) as town:
        await account(town, Role.OFFICER, "H53")
        async with town.hub.database.write() as conn:
            wanted = subscription.checked("receipt", "month", "H53", ["xlsx"], ["x@y.vn"])
            await subscriptions.add(conn, wanted, date(2026, 11, 1), "person:officer-H53", NOVEMBER)
            await people.revoke_person(conn, "officer-H53", NOVEMBER)
        done = await turn(town, OVER)
        async with town.hub.database.read() as conn:
            [left] = await subscriptions.listing(conn, None, 0, 10)

    assert done == (0, 0)
    assert (left["ended_by"], box.kept) == ("account closed", [])
