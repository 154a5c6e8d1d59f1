"""What Prometheus is told of the road: what waits where and since when, what is not carried yet, what verifying costs."""

from datetime import UTC, datetime, timedelta

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from hub.domain.agency import Level
from hub.domain.ids import new_id
from hub.store.tables import delivery
from hub.store.watching import mails
from tests.offices import document
from tests.town import Town


async def figures(town: Town) -> dict[tuple[str, ...], float]:
    """Every sample of /metrics: its name, and the values of its labels in the order of their names."""
    told = (await town.http.get("/metrics")).text
    samples = [sample for family in text_string_to_metric_families(told) for sample in family.samples]
    return {(s.name, *(s.labels[name] for name in sorted(s.labels))): s.value for s in samples}


async def test_what_waits_is_told_by_state_and_level_with_the_age_of_the_oldest(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53", Level.PROVINCE)
    receiver = await town.settle("H53.1", Level.COMMUNE)
    before = await figures(town)
    for recipients in (["H53", "H53.1"], ["H53.1"]):
        await sender.send(document("G22", recipients))
    not_carried = await figures(town)
    await town.carry()
    async with town.hub.database.write() as conn:
        long_ago = datetime.now(UTC) - timedelta(hours=3)
        await conn.execute(update(delivery).where(delivery.c.recipient == "H53").values(created_at=long_ago))
    waiting = await figures(town)
    for item in await receiver.inbox(0):
        await receiver.fetch(item["delivery_id"])
    collected = await figures(town)

    assert not_carried["truc_deliveries", "commune", "QUEUED"] == 2
    assert not_carried["truc_outbox_oldest_seconds",] > 0
    assert waiting["truc_outbox_oldest_seconds",] == 0
    assert ("truc_deliveries", "commune", "QUEUED") not in waiting
    assert waiting["truc_deliveries", "commune", "AVAILABLE"] == 2
    assert waiting["truc_deliveries", "province", "AVAILABLE"] == 1
    assert waiting["truc_delivery_oldest_seconds", "province", "AVAILABLE"] >= 3 * 3600
    assert waiting["truc_delivery_oldest_seconds", "commune", "AVAILABLE"] < 3 * 3600
    assert ("truc_deliveries", "commune", "AVAILABLE") not in collected
    verified = "truc_verify_seconds_count"
    assert collected[verified,] - before[verified,] == 2


async def test_dead_letters_are_told_by_level(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    await town.settle("H53.1", Level.COMMUNE)
    await sender.send(document("G22", ["H53.1"]))
    async with town.hub.database.write() as conn:
        await conn.execute(update(delivery).values(state="DEAD", next_attempt_at=None))

    assert (await figures(town))["truc_deliveries", "commune", "DEAD"] == 1


async def test_every_gateway_tells_of_the_alerts_and_mails_that_are_on_record(town: Town) -> None:
    await town.settle("H53.1", Level.COMMUNE)
    sender = await town.settle("G22", Level.CENTRAL)
    await sender.send(document("G22", ["H53.1"]))
    await town.carry()
    now = datetime.now(UTC)
    before = await figures(town)
    await town.hub.alerts.tick(now + timedelta(days=5))
    async with town.hub.database.write() as conn:
        letter = mails.Letter(new_id(), "lan@h.vn", "daily", "2026-11-26", "Cảnh báo", "<1@hub>", b"")
        await mails.write(conn, letter, now)
    waits = await figures(town)
    async with town.hub.database.write() as conn:
        await mails.delay(conn, now, now, "Connection refused")
    is_down = await figures(town)

    assert ("truc_alerts", "unreceived", "OPEN") not in before
    assert waits["truc_alerts", "unreceived", "OPEN"] == 1
    assert (before["truc_mail_waiting",], before["truc_mail_up",]) == (0, 1)
    assert (waits["truc_mail_waiting",], waits["truc_mail_up",]) == (1, 1)
    assert (is_down["truc_mail_waiting",], is_down["truc_mail_up",]) == (1, 0)
