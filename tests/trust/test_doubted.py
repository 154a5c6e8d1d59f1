"""A signer found not to be believed after its document went out: told to whom it concerns, once, until they decide."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from hub.alert.readers import readers
from hub.domain.roles import Role
from hub.store.directory import registry
from hub.store.tables import recheck
from hub.store.trust import rechecks
from hub.store.watching import digest_rows
from tests.offices import document
from tests.town import Town
from tests.trust.test_town import ROOT, crl, posted, settled, trusting

SECOND = timedelta(seconds=1)
OPERATORS = "vanhanh@truc.example"


def now() -> datetime:
    return datetime.now(UTC)


async def found_out(town: Town) -> tuple[Any, Any]:
    """A document of H53 to H01 that was taken, and whose signer turns out to have been revoked before."""
    sender, recipient = await settled(town)
    async with town.hub.database.write() as conn:
        for code in ("H53", "H01"):
            await registry.set_contact(conn, code, {"email": f"{code.lower()}@mau.example"}, now())
    await town.hub.directory.refresh()
    await trusting(town, ROOT)
    assert (await posted(sender)).status_code == 202
    await town.carry()
    await trusting(town, crls=[crl(revoked=[sender.identity])])
    assert await town.hub.rechecker.turn(now()) == 1
    return sender, recipient


async def doubted(person: Any, **query: str) -> dict[str, dict[str, Any]]:
    answer = await person.get("/v1/alerts", params={"view": "agencies", "kind": "signer-doubted", **query})
    assert answer.status_code == 200, answer.text
    return {item["agency"]: item for item in answer.json()["items"]}


async def test_sender_and_recipient_have_an_alert_and_both_officers_and_the_operators_are_told(found):
    async with found(revocation="recheck", mail_operators=OPERATORS) as town:
        await found_out(town)
        await town.hub.alerts.tick(now())
        alerts = await doubted(await town.watcher())
        assert {agency: alert["count"] for agency, alert in alerts.items()} == {"H53": 1, "H01": 1}
        async with town.hub.database.read() as conn:
            rows = [
                r
                for r in await digest_rows.open_alerts(conn, str(uuid.UUID(int=0)), 100)
                if r["kind"] == "signer-doubted"
            ]
        told = {reader.address: len(reader.alerts) for reader in readers(rows, town.hub.settings)}
        assert told == {"h53@mau.example": 1, "h01@mau.example": 1, OPERATORS: 2}


async def test_it_is_raised_once_and_names_the_document(found):
    async with found(revocation="recheck") as town:
        sender, _ = await found_out(town)
        raised = [(await town.hub.alerts.tick(now() + n * SECOND)).raised for n in range(3)]
        assert raised == [2, 0, 0]
        operator = await town.watcher()
        one = (await doubted(operator))["H53"]
        shown = (await operator.get(f"/v1/alerts/{one['id']}")).json()
        assert [each["what"] for each in shown["history"]] == ["raised"]
        first = (await sender.feed())["items"][0]
        assert shown["detail"] == (await sender.envelope(first["envelope_id"]))["code"]
        assert "failed" in [event["what"] for event in await sender.timeline(first["envelope_id"])]


async def test_a_decision_ends_it_for_that_agency_and_no_other(found):
    async with found(revocation="recheck") as town:
        await found_out(town)
        await town.hub.alerts.tick(now())
        officer = await town.watcher(Role.OFFICER, "H01")
        (mine,) = (await doubted(officer)).values()
        note = {"note": "Đã trả lại văn bản, yêu cầu ký lại"}
        assert (await officer.post(f"/v1/alerts/{mine['id']}/acknowledge", json=note)).status_code == 200
        assert (await town.hub.alerts.tick(now() + SECOND)).cleared == 1
        operator = await town.watcher()
        assert set(await doubted(operator)) == {"H53"}
        kept = (await operator.get(f"/v1/alerts/{mine['id']}")).json()
        assert [each["what"] for each in kept["history"]] == ["raised", "acknowledged", "cleared"]
        assert note["note"] in [each["note"] for each in kept["history"]]
        assert (await town.hub.alerts.tick(now() + 2 * SECOND)).raised == 0


async def test_what_is_found_after_a_decision_is_an_alert_again(found):
    async with found(revocation="recheck") as town:
        sender, other = await settled(town)
        await trusting(town, ROOT)
        assert (await posted(sender)).status_code == 202
        answer = await other.post(other.written(document("H01", ["H53"])))
        assert answer.status_code == 202, answer.text
        await trusting(town, crls=[crl(revoked=[sender.identity])])
        assert await town.hub.rechecker.turn(now()) == 2
        await town.hub.alerts.tick(now())
        operator = await town.watcher()
        for alert in (await doubted(operator)).values():
            await operator.post(f"/v1/alerts/{alert['id']}/acknowledge", json={"note": "Đã xử lý"})
        assert (await town.hub.alerts.tick(now())).cleared == 2

        async with town.hub.database.write() as conn:  # found to be well just now; the next word says otherwise
            kept = await rechecks.of(conn, answer.json()["id"])
            assert kept is not None
            await conn.execute(
                update(recheck).where(recheck.c.envelope_id == kept["envelope_id"]).values(outcome="waiting")
            )
            await rechecks.settle_badly(town.hub.database, conn, [kept], "revoked", "certificate-revoked", now())
        assert (await town.hub.alerts.tick(now())).raised == 2
        assert {each["count"] for each in (await doubted(operator)).values()} == {1}


async def test_a_signer_that_turns_out_well_alarms_nobody(found):
    async with found(revocation="recheck") as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT)
        assert (await posted(sender)).status_code == 202
        await trusting(town, crls=[crl()])
        assert await town.hub.rechecker.turn(now()) == 1
        assert (await town.hub.alerts.tick(now())).raised == 0
