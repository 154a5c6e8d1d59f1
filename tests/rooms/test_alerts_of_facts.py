"""Alerts that no late delivery is behind: signatures that do not hold, certificates that end, books out of balance."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from hub import ledger as books
from hub.domain import deadline
from hub.domain.agency import Level, SignaturePolicy
from hub.domain.alert import Kind, State, Step
from hub.store.directory import certificates
from hub.store.tables import ledger
from hub.store.watching import alerts
from hub.trust.certificates import describe
from tests.offices import document
from tests.pki import issue, make_ca
from tests.town import Town

DAYS = timedelta(days=1)


async def alert_of(town: Town, kind: Kind, agency: str) -> dict[str, Any] | None:
    async with town.hub.database.read() as conn:
        rows = await alerts.listing(conn, {"kind": kind.value, "agency": agency}, None, 10)
    return rows[0] if rows else None


async def test_a_certificate_that_ends_is_an_alert_sixty_days_before_until_a_later_one_is_bound(town: Town) -> None:
    office = await town.settle("H53")
    ends = office.identity.certificate.not_valid_after_utc

    await town.hub.alerts.tick(ends - 61 * DAYS)
    before = await alert_of(town, Kind.CERTIFICATE, "H53")
    raised_at = ends - 59 * DAYS
    await town.hub.alerts.tick(raised_at)
    raised = await alert_of(town, Kind.CERTIFICATE, "H53")
    later = issue(make_ca(), "H53", "p-256", valid_to=ends + 365 * DAYS)
    async with town.hub.database.write() as conn:
        binding = certificates.binding(describe(later.certificate_pem))
        await certificates.bind_certificate(conn, "H53", binding, raised_at)
    await town.hub.alerts.tick(raised_at + DAYS)

    assert before is None
    assert raised
    assert (raised["oldest_at"], raised["step"]) == (ends, Step.AGENCY)
    # a working week until it is repeated and two until it goes up: there is time, and nobody reads what comes daily
    assert deadline.between(raised_at, raised["remind_at"]) == timedelta(hours=40)
    assert deadline.between(raised_at, raised["escalate_at"]) == timedelta(hours=80)
    assert await alert_of(town, Kind.CERTIFICATE, "H53") is None


async def test_a_document_taken_with_a_broken_signature_is_an_alert_of_its_sender_for_seven_days(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL, signature=SignaturePolicy.REPORT_ONLY)
    await town.settle("H53")
    body = sender.written(document("G22", ["H53"], subject="V/v đã ký"))
    taken = await sender.post(body.replace("V/v đã ký".encode(), "V/v đã sửa".encode()))
    assert taken.json()["signature"]["verdict"] == "broken"
    now = datetime.now(UTC)

    await town.hub.alerts.tick(now + timedelta(minutes=2))
    raised = await alert_of(town, Kind.SIGNATURE, "G22")
    await town.hub.alerts.tick(now + 8 * DAYS)

    assert raised
    assert (raised["count"], raised["state"]) == (1, State.OPEN)
    assert await alert_of(town, Kind.SIGNATURE, "G22") is None


async def test_books_out_of_balance_are_an_alert_for_the_operators_until_they_agree(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    await sender.send(document("G22", ["H53"]))
    await town.carry()
    now = datetime.now(UTC)
    await books.keep(town.hub.database, now, timedelta())

    await town.hub.alerts.tick(now)
    before = await alert_of(town, Kind.LEDGER, "H53")
    async with town.hub.database.write() as conn:
        await conn.execute(update(ledger).where(ledger.c.agency == "H53").values(carried=ledger.c.carried - 1))
    await town.hub.alerts.tick(now)
    raised = await alert_of(town, Kind.LEDGER, "H53")
    async with town.hub.database.write() as conn:
        await conn.execute(update(ledger).where(ledger.c.agency == "H53").values(carried=ledger.c.carried + 1))
    await town.hub.alerts.tick(now)

    assert before is None
    assert raised
    assert (raised["step"], raised["detail"]) == (Step.OPERATORS, "+1")
    assert await alert_of(town, Kind.LEDGER, "H53") is None
