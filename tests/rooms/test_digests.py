"""Digests go out once, through a real mail server, whatever stops in between; news goes to a real webhook, signed."""

import asyncio
import email
import io
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import time_machine
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import update

from hub.console import pages
from hub.doctor import examine
from hub.domain.agency import Level
from hub.domain.deadline import LOCAL
from hub.store.directory import registry
from hub.store.tables import certificate
from hub.store.watching import mails
from tests.console.visitors import Seen, logged_in
from tests.days import monday
from tests.offices import document
from tests.pki import issue, make_ca
from tests.town import Town, founded

MONDAY = monday(7, 45)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Mailbox:
    """What a mail server does with what it is given: keep it, or say no."""

    def __init__(self) -> None:
        self.kept: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.says = "250 OK"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("gone"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.says == "hang up":
            self.kept.append(email.message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
            server.transport.close()
            return "421 gone"
        if self.says.startswith("250"):
            self.kept.append(email.message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
            self.recipients += envelope.rcpt_tos
        return self.says


@asynccontextmanager
async def serving(box: Mailbox, **settings: Any) -> AsyncIterator[int]:
    """A real mail server for as long as the block lasts; its port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, enable_SMTPUTF8=True, loop=loop, **settings), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.fixture
async def mailbox() -> AsyncIterator[tuple[Mailbox, int]]:
    box = Mailbox()
    async with serving(box) as port:
        yield box, port


@asynccontextmanager
async def watched(home: Path, port: int, **settings: Any) -> AsyncIterator[Town]:
    """A town with documents nobody collected at two communes of one province."""
    chosen = {
        "smtp_host": "127.0.0.1",
        "smtp_tls": "none",
        "mail_operators": "ops@hub.vn",
        "mail_government": "vp@cp.vn",
    }
    async with founded(home, smtp_port=port, **{**chosen, **settings}) as town:
        sender = await town.settle("G22", Level.CENTRAL)
        await town.settle("H53", contact={"email": "tinh@h53.vn"})
        await town.settle("H53.1", Level.COMMUNE, parent="H53", contact={"name": "Lan", "email": "xa1@h53.vn"})
        await town.settle("H53.2", Level.COMMUNE, parent="H53", contact={"email": "xa2@h53.vn"})
        for _ in range(5):
            await sender.send(document("G22", ["H53.1", "H53.2"], code_notation="UBND-VP"))
        await town.carry()
        yield town


async def turn(town: Town, now: datetime) -> int:
    await town.hub.alerts.tick(now)
    await town.hub.alerts.write_mails(now)
    return await town.hub.alerts.send_mails(now)


def parts(message: EmailMessage) -> dict[str, Any]:
    return {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}


async def test_a_daily_digest_tells_each_contact_officer_of_their_own_with_charts_and_a_table(
    tmp_path, mailbox
) -> None:
    box, port = mailbox
    async with watched(tmp_path, port) as town:
        sent = await turn(town, MONDAY)

    assert sent == 2  # nothing went up yet: the two agencies hear of it
    assert sorted(box.recipients) == ["xa1@h53.vn", "xa2@h53.vn"]
    found = parts(next(m for m in box.kept if m["To"] == "xa1@h53.vn"))
    html, text = found["text/html"], found["text/plain"]
    book = openpyxl.load_workbook(
        io.BytesIO(found["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"])
    )
    assert "5 văn bản" in text
    assert "H53.1" in text
    assert "H53.2" not in text
    assert html.count("<svg") == 2
    assert "Chưa nhận" in html
    assert book.sheetnames == ["Cảnh báo", "Văn bản"]
    assert book["Văn bản"].max_row == 6
    assert {line[9].value for line in book["Văn bản"].iter_rows(min_row=2)} == {"Trong hộp thư"}


async def test_a_certificate_that_ends_is_told_with_its_day_and_is_no_document(tmp_path, mailbox) -> None:
    box, port = mailbox
    async with watched(tmp_path, port) as town:
        others = town.offices["H53.2"].identity.certificate.not_valid_after_utc
        async with town.hub.database.write() as conn:
            await conn.execute(
                update(certificate).where(certificate.c.agency == "H53.1").values(not_after=MONDAY + 30 * DAY)
            )
        await turn(town, MONDAY)
    assert others > MONDAY + 60 * DAY  # theirs raise nothing
    found = parts(next(m for m in box.kept if m["To"] == "xa1@h53.vn"))
    subject = next(m for m in box.kept if m["To"] == "xa1@h53.vn")["Subject"]
    day = f"hết hạn {(MONDAY + 30 * DAY).astimezone(LOCAL):%d/%m/%Y}"

    assert "2 cảnh báo, 5 văn bản" in subject
    assert day in found["text/html"]
    assert f"  {day}, đã nhắc 0 lần" in found["text/plain"].splitlines()


async def test_a_digest_is_written_once_however_often_the_turn_comes(tmp_path, mailbox) -> None:
    box, port = mailbox
    async with watched(tmp_path, port) as town:
        sent = [await turn(town, MONDAY + timedelta(seconds=n)) for n in range(3)]

    assert sent == [2, 0, 0]
    assert len({m["Message-ID"] for m in box.kept}) == 2


async def test_hourly_digests_tell_what_is_new_and_follow_an_alert_upwards(tmp_path, mailbox) -> None:
    box, port = mailbox
    heard: dict[str, list[int]] = {}
    async with watched(tmp_path, port, digest_at="23:59") as town:
        for hour in range(0, 100, 2):
            now = MONDAY + hour * HOUR
            box.kept.clear()
            await turn(town, now)
            for message in box.kept:
                heard.setdefault(str(message["To"]), []).append(hour)

    assert heard["xa1@h53.vn"][0] == 2  # raised in the first hour, told when that is over
    assert heard["xa1@h53.vn"][0] < heard["tinh@h53.vn"][0] < heard["ops@hub.vn"][0] < heard["vp@cp.vn"][0]
    assert all(len(set(hours)) == len(hours) for hours in heard.values())  # one mail an hour at most
    assert len(heard["xa1@h53.vn"]) < 15


async def test_a_mail_server_that_is_down_delays_mail_and_shows_it(tmp_path, mailbox, unused_tcp_port_factory) -> None:
    box, port = mailbox
    nobody = unused_tcp_port_factory()
    async with watched(tmp_path, nobody) as town:
        down = await turn(town, MONDAY)
        async with town.hub.database.read() as conn:
            waiting, since, why = await mails.waiting(conn)
        now_up = town.hub.settings.model_copy(update={"smtp_port": port})
        object.__setattr__(town.hub.alerts, "settings", now_up)
        too_soon = await town.hub.alerts.send_mails(MONDAY + timedelta(seconds=30))
        up = await town.hub.alerts.send_mails(MONDAY + timedelta(minutes=2))

    assert (down, waiting, since, too_soon, up) == (0, 2, MONDAY, 0, 2)
    assert "SMTPConnectError" in (why or "")
    assert len(box.kept) == 2


async def states(town: Town) -> list[str]:
    async with town.hub.database.read() as conn:
        return sorted(row["state"] for row in await mails.lately(conn, 10))


async def test_a_digest_whose_worker_stopped_while_sending_is_never_sent_by_itself_again(tmp_path, mailbox) -> None:
    box, port = mailbox
    async with watched(tmp_path, port) as town:
        await town.hub.alerts.tick(MONDAY)
        await town.hub.alerts.write_mails(MONDAY)
        async with town.hub.database.write() as conn:  # the worker that takes this one is killed: nothing settles it
            lost = await mails.claim(conn, MONDAY)
        first = await town.hub.alerts.send_mails(MONDAY)
        later = await town.hub.alerts.send_mails(MONDAY + timedelta(minutes=10))
        now_there = await states(town)
        async with town.hub.database.write() as conn:
            await mails.resend(conn, lost.id, MONDAY + timedelta(minutes=10))  # a person decides
        by_hand = await town.hub.alerts.send_mails(MONDAY + timedelta(minutes=10))

    assert (first, later, by_hand) == (1, 0, 1)
    assert now_there == ["SENT", "UNCERTAIN"]
    assert box.kept[-1]["Message-ID"] == lost.message_id


async def test_a_connection_lost_after_the_content_leaves_it_uncertain_and_one_lost_before_does_not(
    tmp_path, mailbox
) -> None:
    box, port = mailbox
    async with watched(tmp_path, port) as town:
        box.says = "hang up"
        await turn(town, MONDAY)
        after = await states(town)
        box.says = "250 OK"
        again = await town.hub.alerts.send_mails(MONDAY + timedelta(minutes=20))

    assert after == ["UNCERTAIN", "WRITTEN"]
    assert again == 1
    assert len(box.kept) == len({m["Message-ID"] for m in box.kept}) == 2


async def test_a_server_that_says_not_now_is_asked_again_and_one_that_says_never_is_not(tmp_path, mailbox) -> None:
    box, port = mailbox
    async with watched(tmp_path, port) as town:
        box.says = "451 greylisted"
        await turn(town, MONDAY)
        later = await states(town)
        box.says = "554 no"
        await town.hub.alerts.send_mails(MONDAY + HOUR)

        assert later == ["WRITTEN", "WRITTEN"]
        assert await states(town) == ["REFUSED", "REFUSED"]
    assert not box.kept


async def test_a_mailbox_that_is_gone_keeps_no_other_from_its_mail(tmp_path, mailbox) -> None:
    box, port = mailbox
    async with watched(tmp_path, port) as town:
        await town.settle("H29", contact={"email": "gone@h29.vn"})
        await town.offices["G22"].send(document("G22", ["H29"]))
        await town.carry()
        await turn(town, MONDAY)

        assert await states(town) == ["REFUSED", "SENT", "SENT"]
    assert sorted(box.recipients) == ["xa1@h53.vn", "xa2@h53.vn"]


async def test_the_way_to_the_mail_server_is_encrypted_and_its_certificate_is_checked(tmp_path) -> None:
    box, ca = Mailbox(), make_ca()
    identity = issue(ca, "localhost", "p-256")
    (tmp_path / "cert.pem").write_bytes(identity.certificate_pem)
    (tmp_path / "key.pem").write_bytes(identity.key_pem)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    async with (
        serving(box, tls_context=context, require_starttls=True) as port,
        watched(tmp_path / "hub", port, smtp_tls="starttls") as town,
    ):
        sent = await turn(town, MONDAY)
        async with town.hub.database.read() as conn:
            _, _, why = await mails.waiting(conn)

    assert sent == 0  # a certificate nobody vouches for: the mail waits
    assert "certificate verify failed" in (why or "")


async def test_news_of_alerts_is_posted_signed_and_again_until_it_is_taken(tmp_path, mailbox) -> None:
    from standardwebhooks.webhooks import Webhook

    _, port = mailbox
    secret = "whsec_" + "QUJD" * 8
    calls: list[tuple[dict[str, str], bytes]] = []
    answers = [b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", b"HTTP/1.1 204 OK\r\n\r\n"]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        named = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        headers = {name.lower(): value for name, value in named.items()}
        calls.append((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(answers[min(len(calls), 2) - 1])
        await writer.drain()
        writer.close()

    gateway = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{gateway.sockets[0].getsockname()[1]}/sms"
    settings = {"alert_webhook_url": url, "alert_webhook_secret": secret, "webhook_allow_private": True}
    async with gateway, watched(tmp_path, port, **settings) as town:
        async with town.hub.database.write() as conn:
            ends = update(certificate).where(certificate.c.agency == "H53").values(not_after=MONDAY + 30 * DAY)
            await conn.execute(ends)
        await town.hub.alerts.tick(MONDAY)
        failed = await town.hub.alerts.call(MONDAY)
        too_soon = await town.hub.alerts.call(MONDAY)
        taken = await town.hub.alerts.call(MONDAY + timedelta(minutes=1))
        nothing = await town.hub.alerts.call(MONDAY + timedelta(minutes=5))

    assert (failed, too_soon, taken, nothing) == (0, 0, 3, 0)
    assert [call[1].count(b"alert_id") for call in calls] == [3, 3]
    said = Webhook(secret).verify(calls[1][1], calls[1][0])
    item = said["data"]["items"][0]
    assert said["type"] == "alerts.news"
    assert (item["what"], item["kind"], item["count"]) == ("raised", "unreceived", 5)
    assert {c["email"] for c in item["contacts"]} <= {"xa1@h53.vn", "xa2@h53.vn"}
    texts = {item["kind"]: item["text"]["vi"] for item in said["data"]["items"]}
    assert "5 văn bản (thường), lâu nhất từ" in texts["unreceived"]
    assert texts["certificate-expiring"].endswith(f"hết hạn {(MONDAY + 30 * DAY).astimezone(LOCAL):%d/%m/%Y}.")


CHILD = """
import asyncio, sys
from datetime import datetime
from pathlib import Path
from hub import failpoint
from hub.settings import Settings
from hub.wiring import build

home, port, point, now = sys.argv[1:]
failpoint.arm(point, is_allowed=True)

async def turn():
    hub = build(Settings(home=Path(home), smtp_host="127.0.0.1", smtp_port=int(port), smtp_tls="none"))
    at = datetime.fromisoformat(now)
    await hub.alerts.tick(at)
    await hub.alerts.write_mails(at)
    await hub.alerts.send_mails(at)

asyncio.run(turn())
"""


@pytest.mark.parametrize(
    ("point", "kept", "left"),
    [("mail-written", 0, ["SENT", "SENT"]), ("mail-taken", 1, ["SENT", "UNCERTAIN"])],
)
async def test_a_worker_that_dies_before_or_after_a_mail_sends_none_twice(tmp_path, mailbox, point, kept, left) -> None:
    box, port = mailbox
    async with watched(tmp_path, port) as town:
        died = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CHILD, str(tmp_path), str(port), point, MONDAY.isoformat()
        )
        code = await died.wait()
        before = len(box.kept)
        for minutes in (5, 10):
            await turn(town, MONDAY + timedelta(minutes=minutes))

        assert (code, before) == (-9, kept)
        assert await states(town) == left
    assert len(box.kept) == len({m["Message-ID"] for m in box.kept}) == 2


async def test_the_system_page_shows_that_mail_is_delayed_and_why(tmp_path, mailbox) -> None:
    box, port = mailbox
    box.says = "451 later"
    async with watched(tmp_path, port) as town:
        pages.mount(town.app.api, town.hub)
        await turn(town, MONDAY)
        with time_machine.travel(MONDAY + HOUR, tick=True):
            page = Seen((await (await logged_in(town)).get("/system")).text)

    text = " ".join(page.text.split())
    assert f"2 thư chờ gửi từ 07:45 {MONDAY:%d/%m/%Y}: SMTPDataError: (451" in text[text.index("Thư tổng hợp") :]


async def test_the_doctor_tells_which_mails_wait_since_when_and_why(tmp_path, mailbox) -> None:
    box, port = mailbox
    async with watched(tmp_path, port) as town:
        settings = town.hub.settings

        async def told(**changes: Any) -> dict[str, dict[str, Any]]:
            report = await examine(settings.model_copy(update=changes))
            return {check["name"]: check for check in report["checks"]}

        none = (await told(smtp_host=""))["mail"]
        box.says = "451 later"
        await turn(town, MONDAY)
        with time_machine.travel(MONDAY + HOUR, tick=True):
            waits = (await told())["mail"]
            unset = (await told(smtp_host=""))["mail"]
        box.says = "hang up"
        await town.hub.alerts.send_mails(MONDAY + 2 * HOUR)
        unsure = (await told())["mail uncertain"]

    assert (none["ok"], none["detail"]) == (True, "no mail server is set")
    assert not waits["ok"]
    assert f"waiting since {MONDAY:%Y-%m-%dT%H:%MZ}: SMTPDataError: (451" in waits["detail"]
    assert "TRUC_SMTP_" in str(waits["fix"])
    assert not unset["ok"]
    assert not unsure["ok"]
    assert "--resend" in str(unsure["fix"])


@pytest.mark.parametrize("address", ["a@b.vn\r\nBcc:c@d.vn", "a@b.vn>\tSIZE=1", "a@b\x00.vn"])
async def test_an_address_that_is_none_is_told_to_the_operators_and_stops_nobody_elses_mail(
    tmp_path: Path, mailbox: tuple[Mailbox, int], address: str
) -> None:
    box, port = mailbox
    async with watched(tmp_path, port) as town:
        async with town.hub.database.write() as conn:
            await registry.touch(conn, "H53.1", MONDAY, contact={"email": address})  # as an earlier release took it
        with time_machine.travel(MONDAY, tick=False):
            await turn(town, MONDAY)

    assert "xa2@h53.vn" in box.recipients
    assert "ops@hub.vn" in box.recipients
    assert all(each.endswith(("@h53.vn", "@hub.vn")) for each in box.recipients)
