"""A whole hub with a trust store: what is taken, refused or put off, as an office system sees it."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from hub.domain.agency import SignaturePolicy
from hub.domain.envelope import Address, StatusMessage
from hub.errors import Unavailable
from hub.store import directory_version
from hub.store.directory import certificates
from hub.store.tables import trust_anchor
from hub.store.trust import trusted
from hub.trust.authorities import read_authorities
from hub.trust.certificates import describe
from hub.trust.lists import read_list
from hub.xml.write import sign, write_status
from tests.offices import Office, document
from tests.pki import Identity, issue, make_ca, make_crl
from tests.town import Town

DAY = timedelta(days=1)
ROOT = make_ca()  # who issues the certificates of the offices
OTHER = make_ca("Other root")


async def trusting(town: Town, *authorities: Identity, crls: Iterable[bytes] = ()) -> None:
    """What operators do, and the turn of the clock after it."""
    now = datetime.now(UTC)
    async with town.hub.database.write() as conn:
        for each in authorities:
            for authority in read_authorities(each.certificate_pem):
                await trusted.add_anchor(conn, authority, now)
        for content in crls:
            await trusted.add_list(conn, read_list(content, now), now)
    await town.hub.trust.refresh()


def crl(ca: Identity = ROOT, revoked: Sequence[Identity] = (), number: int = 1, days: int = 5) -> bytes:
    """A list of yesterday that holds for some days from now."""
    now = datetime.now(UTC)
    return make_crl(ca, revoked, number, now - DAY, now + days * DAY, now - 2 * DAY)


async def settled(town: Town, **facts: Any) -> tuple[Office, Office]:
    return await town.settle("H53", **facts), await town.settle("H01")


async def posted(sender: Office, query: str = "") -> httpx.Response:
    return await sender.post(sender.written(document(sender.code, ["H01"])), query)


def verdict_of(answer: httpx.Response) -> tuple[str, str]:
    signature = answer.json()["signature"]
    return signature["verdict"], signature["reason"]


def refused(answer: httpx.Response, code: str, status: int = 422) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_with_an_empty_store_a_bound_certificate_is_believed_by_itself(found):
    async with found() as town:
        sender, _ = await settled(town)
        assert (await posted(sender)).status_code == 202


async def test_an_intermediate_alone_changes_nothing(found):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, make_ca("Sub", above=OTHER))
        assert (await posted(sender)).status_code == 202


async def test_a_good_chain_is_valid_and_arrives(found):
    async with found() as town:
        sender, recipient = await settled(town)
        await trusting(town, ROOT, crls=[crl()])
        answer = await posted(sender)
        assert answer.status_code == 202
        assert verdict_of(answer)[0] == "valid"
        await town.carry()
        assert len(await recipient.inbox(wait=0)) == 1


async def test_a_root_is_in_effect_from_the_next_document_on(found):
    async with found() as town:
        sender, _ = await settled(town)
        assert (await posted(sender)).status_code == 202
        await trusting(town, OTHER, crls=[crl(OTHER)])
        refused(await posted(sender), "certificate-chain")


async def test_a_refused_chain_leaves_nothing_behind(found):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, OTHER)
        before = await town.counts()
        refused(await posted(sender), "certificate-chain")
        assert await town.counts() == before


async def test_a_revoked_certificate_is_refused_as_revoked_from_the_list_on(found):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT, crls=[crl()])
        assert (await posted(sender)).status_code == 202
        await trusting(town, crls=[crl(revoked=[sender.identity], number=2)])
        refused(await posted(sender), "certificate-revoked")


async def test_an_agency_under_report_only_is_taken_with_the_verdict_on_its_chain(found):
    async with found() as town:
        sender, _ = await settled(town, signature=SignaturePolicy.REPORT_ONLY)
        await trusting(town, ROOT, crls=[crl(revoked=[sender.identity])])
        answer = await posted(sender)
        assert answer.status_code == 202
        assert verdict_of(answer) == ("revoked", "certificate-revoked")
        kept = await sender.envelope(answer.json()["id"])
        assert kept["signature"]["verdict"] == "revoked"


async def test_without_a_fresh_list_the_sender_is_asked_to_come_back(found):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT)
        before = await town.counts()
        answer = await posted(sender)
        refused(answer, "revocation-unavailable", 503)
        assert int(answer.headers["retry-after"]) > 0
        assert await town.counts() == before
        await trusting(town, crls=[crl()])
        assert (await posted(sender)).status_code == 202


async def test_a_stale_list_is_no_list(found):
    async with found() as town:
        sender, _ = await settled(town)
        now = datetime.now(UTC)
        await trusting(town, ROOT, crls=[make_crl(ROOT, (), 1, now - 9 * DAY, now - DAY)])
        refused(await posted(sender), "revocation-unavailable", 503)


async def test_where_policy_says_recheck_it_is_accepted_with_the_reason_on_record(found):
    async with found(revocation="recheck") as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT)
        answer = await posted(sender)
        assert answer.status_code == 202
        assert verdict_of(answer) == ("valid", "revocation-unavailable")
        kept = await sender.envelope(answer.json()["id"])
        assert kept["signature"]["reason"] == "revocation-unavailable"


async def test_what_nobody_can_say_is_on_record_where_policy_takes_everything(found):
    async with found() as town:
        sender, _ = await settled(town, signature=SignaturePolicy.REPORT_ONLY)
        await trusting(town, ROOT)
        answer = await posted(sender)
        assert answer.status_code == 202
        assert verdict_of(answer) == ("unverifiable", "revocation-unavailable")


async def test_what_is_not_signed_is_no_matter_of_the_trust_store(found):
    async with found() as town:
        sender, _ = await settled(town, signature=SignaturePolicy.VERIFY_IF_PRESENT)
        await trusting(town, ROOT)
        answer = await sender.post(sender.written(document("H53", ["H01"]), signed=False))
        assert answer.status_code == 202
        assert verdict_of(answer) == ("absent", "signature-missing")


async def test_many_at_once_from_one_sender_are_judged_alike(found):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT, crls=[crl()])
        answers = await asyncio.gather(*(posted(sender) for _ in range(20)))
        assert {answer.status_code for answer in answers} == {202}


async def test_recheck_excuses_nothing_that_is_known(found):
    async with found(revocation="recheck") as town:
        sender, _ = await settled(town)
        await trusting(town, OTHER)
        refused(await posted(sender), "certificate-chain")
        await trusting(town, ROOT, crls=[crl(revoked=[sender.identity])])
        refused(await posted(sender), "certificate-revoked")


async def test_a_pinned_certificate_needs_no_chain(found):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, OTHER)
        now = datetime.now(UTC)
        async with town.hub.database.write() as conn:
            pinned = certificates.binding(describe(sender.identity.certificate_pem), pinned=True)
            await certificates.bind_certificate(conn, sender.code, pinned, now)
        await town.hub.directory.refresh()
        assert (await posted(sender)).status_code == 202


async def test_a_root_that_is_removed_is_believed_no_more(found):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT, OTHER, crls=[crl(), crl(OTHER)])
        assert (await posted(sender)).status_code == 202
        async with town.hub.database.write() as conn:
            await trusted.remove_anchor(conn, ROOT.fingerprint, datetime.now(UTC))
        await town.hub.trust.refresh()
        refused(await posted(sender), "certificate-chain")


async def test_a_leaf_of_a_stored_intermediate_is_taken_although_it_comes_alone(found):
    async with found() as town:
        sender, _ = await settled(town)
        sub = make_ca("Sub", above=ROOT)
        leaf = issue(sub, "H53 new", "p-256")
        async with town.hub.database.write() as conn:
            binding = certificates.binding(describe(leaf.certificate_pem))
            await certificates.bind_certificate(conn, sender.code, binding, datetime.now(UTC))
        await town.hub.directory.refresh()
        await trusting(town, ROOT, crls=[crl()])
        renewed = replace(sender, identity=leaf)
        refused(await posted(renewed), "certificate-chain")
        await trusting(town, sub, crls=[crl(sub)])
        assert (await posted(renewed)).status_code == 202
        await trusting(town, crls=[crl(ROOT, [sub], number=2)])
        refused(await posted(renewed), "certificate-revoked")


@pytest.mark.parametrize("has_list", [True, False], ids=["with-a-list", "without"])
async def test_a_dry_run_says_what_the_real_one_would(found, has_list):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT, crls=[crl()] if has_list else [])
        answer = await posted(sender, "?dry_run=true")
        if has_list:
            assert answer.status_code == 200
        else:
            refused(answer, "revocation-unavailable", 503)
        await trusting(town, crls=[crl(revoked=[sender.identity], number=2)])
        refused(await posted(sender, "?dry_run=true"), "certificate-revoked")


async def test_a_signed_status_message_carries_the_verdict_on_its_chain(found):
    async with found() as town:
        sender, recipient = await settled(town)
        sent = await sender.send(document("H53", ["H01"]))
        await town.carry()
        message = StatusMessage(
            sender=Address("H01"),
            addressee=Address("H53"),
            document_id=sent["document_id"],
            document_code="",
            promulgated_on=None,
            code="03",
        )
        body = sign(write_status(message), recipient.identity.certificate_pem, recipient.identity.key_pem)
        await trusting(town, ROOT)
        xml = {"Content-Type": "application/xml"}
        waits = await recipient.call("POST", "/v1/status-reports", content=body, headers=xml)
        refused(waits, "revocation-unavailable", 503)
        await trusting(town, crls=[crl(revoked=[recipient.identity])])
        answer = await recipient.call("POST", "/v1/status-reports", content=body, headers=xml)
        assert answer.status_code == 202, answer.text
        kept = await recipient.envelope(answer.json()["id"])
        assert kept["signature"]["verdict"] == "revoked"


async def test_a_change_of_the_directory_alone_makes_nothing_be_judged_again(found):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT, crls=[crl()])
        await posted(sender)
        judge = town.hub.trust._judge
        await town.settle("H02")
        await town.hub.trust.refresh()
        assert town.hub.trust._judge is judge
        assert judge.recall(sender.identity.der, datetime.now(UTC)) is not None


async def test_what_was_loaded_stays_in_use_while_the_database_is_away(found):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT, crls=[crl()])
        (agency,) = (await town.hub.directory.resolve(["H53"])).values()
        await town.hub.database.close()
        chain = await town.hub.trust.chain_of(agency.certificates[0], datetime.now(UTC))
        assert chain is not None
        assert chain.judgement is None
        assert chain.is_known
        assert sender.identity.fingerprint == agency.certificates[0].fingerprint


async def test_a_store_that_was_spoiled_by_hand_changes_nothing_for_who_has_loaded_it(found):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT, crls=[crl()])
        async with town.hub.database.write() as conn:
            await conn.execute(update(trust_anchor).values(der=b"spoiled", fingerprint="0" * 64))
            await directory_version.bump(conn)
        with pytest.raises(Unavailable):
            await town.hub.trust.refresh()
        assert (await posted(sender)).status_code == 202
