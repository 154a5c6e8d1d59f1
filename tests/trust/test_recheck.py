"""What was taken while nobody could say whether its signer was revoked is looked at again, as the sender sees it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.domain.agency import SignaturePolicy
from hub.domain.envelope import Address, StatusMessage
from hub.store.tables import recheck
from hub.store.trust import rechecks
from hub.xml.write import sign, write_status
from tests.offices import document
from tests.pki import make_crl
from tests.town import Town
from tests.trust.test_town import ROOT, crl, posted, settled, trusting

SECOND = timedelta(seconds=1)


def now() -> datetime:
    return datetime.now(UTC)


async def second_look(sender: Any, answer: Any) -> str:
    kept = await sender.envelope(answer.json()["id"])
    return str(kept["signature"]["recheck"]["outcome"])


async def feed(sender: Any) -> list[tuple[str, str]]:
    items = (await sender.call("GET", "/v1/status?limit=1000")).json()["items"]
    return [(item["what"], item["description"] or "") for item in items if item["recipient"] is None]


async def taken_without_a_list(town: Town) -> tuple[Any, Any]:
    sender, _ = await settled(town)
    await trusting(town, ROOT)
    answer = await posted(sender)
    assert answer.status_code == 202, answer.text
    return sender, answer


async def test_it_waits_until_somebody_can_say(found):
    async with found(revocation="recheck") as town:
        sender, answer = await taken_without_a_list(town)
        assert await town.hub.rechecker.turn(now()) == 0
        assert await second_look(sender, answer) == "waiting"


async def test_it_is_well_when_the_list_does_not_name_the_signer(found):
    async with found(revocation="recheck") as town:
        sender, answer = await taken_without_a_list(town)
        await posted(sender)
        await trusting(town, crls=[crl()])
        assert await town.hub.rechecker.turn(now()) == 2
        assert await second_look(sender, answer) == "valid"
        assert [what for what, _ in await feed(sender)] == ["accepted", "accepted"]
        assert await town.hub.rechecker.turn(now()) == 0


async def test_it_is_marked_and_told_when_the_signer_was_revoked_before(found):
    async with found(revocation="recheck") as town:
        sender, answer = await taken_without_a_list(town)
        await trusting(town, crls=[crl(revoked=[sender.identity])])
        assert await town.hub.rechecker.turn(now()) == 1
        assert await second_look(sender, answer) == "revoked"
        what, why = (await feed(sender))[-1]
        assert what == "failed"
        assert why.startswith("certificate-revoked: ")
        async with town.hub.database.read() as conn:
            (bad,) = await rechecks.bad(conn)
            assert (bad["document_id"], bad["outcome"]) == (answer.json()["document_id"], "revoked")
            assert await rechecks.bad(conn, sender="H01") == []


async def test_a_certificate_that_was_revoked_only_afterwards_spoils_nothing(found):
    async with found(revocation="recheck") as town:
        sender, before = await taken_without_a_list(town)
        later = now() + SECOND
        listed = make_crl(ROOT, [sender.identity], 1, later, later + timedelta(days=5), later)
        await trusting(town, crls=[])
        async with town.hub.database.write() as conn:
            from hub.store.trust import trusted
            from hub.trust.lists import read_list

            await trusted.add_list(conn, read_list(listed, later + SECOND), later)
        await town.hub.rechecker.turn(later + SECOND)
        assert await second_look(sender, before) == "valid"


async def test_what_came_before_and_after_the_revocation_is_told_apart(found):
    async with found(revocation="recheck") as town:
        sender, before = await taken_without_a_list(town)
        after = await posted(sender)
        between = datetime.fromisoformat(after.json()["received_at"])
        async with town.hub.database.write() as conn:
            earlier = recheck.c.envelope_id == before.json()["id"]
            await conn.execute(recheck.update().where(earlier).values(received_at=between - 60 * SECOND))
        moment = now()
        listed = make_crl(ROOT, [sender.identity], 1, moment - SECOND, moment + 60 * SECOND, between - 30 * SECOND)
        await trusting(town, crls=[listed])
        assert await town.hub.rechecker.turn(moment) == 2
        assert await second_look(sender, before) == "valid"
        assert await second_look(sender, after) == "revoked"


async def test_what_was_judged_by_a_fresh_list_is_not_looked_at_again(found):
    async with found(revocation="recheck") as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT, crls=[crl()])
        answer = await posted(sender)
        kept = await sender.envelope(answer.json()["id"])
        assert "recheck" not in kept["signature"]
        async with town.hub.database.read() as conn:
            assert await rechecks.counts(conn) == {}


async def test_under_require_what_policy_takes_all_the_same_is_looked_at_again(found):
    async with found() as town:
        sender, _ = await settled(town, signature=SignaturePolicy.REPORT_ONLY)
        await trusting(town, ROOT)
        answer = await posted(sender)
        assert answer.json()["signature"]["verdict"] == "unverifiable"
        await trusting(town, crls=[crl(revoked=[sender.identity])])
        await town.hub.rechecker.turn(now())
        assert await second_look(sender, answer) == "revoked"


async def test_a_status_message_is_looked_at_again_too(found):
    async with found(revocation="recheck") as town:
        sender, recipient = await settled(town)
        sent = await sender.send(document("H53", ["H01"]))
        await town.carry()
        await trusting(town, ROOT)
        message = StatusMessage(Address("H01"), Address("H53"), sent["document_id"], "", None, "03")
        body = sign(write_status(message), recipient.identity.certificate_pem, recipient.identity.key_pem)
        xml = {"Content-Type": "application/xml"}
        answer = await recipient.call("POST", "/v1/status-reports", content=body, headers=xml)
        assert answer.status_code == 202, answer.text
        await trusting(town, crls=[crl(revoked=[recipient.identity])])
        assert await town.hub.rechecker.turn(now()) == 1
        assert await second_look(recipient, answer) == "revoked"


async def test_the_same_bytes_again_are_looked_at_once(found):
    async with found(revocation="recheck") as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT)
        body = sender.written(document("H53", ["H01"]))
        answers = await asyncio.gather(*(sender.post(body) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 202]
        async with town.hub.database.read() as conn:
            assert await rechecks.counts(conn) == {"waiting": 1}


async def test_two_workers_tell_the_sender_once(found):
    async with found(revocation="recheck") as town:
        sender, _ = await taken_without_a_list(town)
        await trusting(town, crls=[crl(revoked=[sender.identity])])
        async with town.hub.database.read() as conn:
            (signer,) = await rechecks.signers(conn, 10)
            rows = await rechecks.waiting_of(conn, signer[0], 10)
        for _ in range(2):  # the second one read before the first one wrote
            async with town.hub.database.write() as conn:
                await rechecks.settle_badly(town.hub.database, conn, rows, "revoked", "why", now())
        assert [what for what, _ in await feed(sender)] == ["accepted", "failed"]
