"""The room that fetches: what comes in, what does not, and what is on record of it; from a real HTTP server."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpcore
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509 import ocsp
from sqlalchemy import func, select

from adapters.webhook.dialing import Dialer, Transport, resolve
from hub.domain.agency import Agency, Level
from hub.fetch import Fetcher, FetchFailed
from hub.ingress import TrustStore
from hub.refresh import Refresher
from hub.store import turns
from hub.store.database import Database
from hub.store.directory import certificates, registry
from hub.store.tables import ocsp_answer, revocation_list, trust_anchor
from hub.store.trust import sources, trusted
from hub.trust.authorities import read_authorities
from hub.trust.certificates import describe
from hub.trust.lists import read_list
from hub.trust.sources import Source
from tests.pki import NOW, Identity, Usage, found_at, issue, make_ca, make_crl, make_ocsp
from tests.trust.served import NEVER, Served, serving

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
ROOT = make_ca("Root")
RESPONDER = Usage(("digital_signature",), ("1.3.6.1.5.5.7.3.9",))


@pytest.fixture(scope="module")
def web() -> Iterator[Served]:
    with serving() as served:
        yield served


@pytest.fixture
def ca(web: Served) -> Served:
    web.pages.clear()
    web.asked.clear()
    return web


def fetcher(within: float = 5.0, *, allow_private: bool = True) -> Fetcher:
    dialer = Dialer(resolve, httpcore.AnyIOBackend(), allow_private=allow_private)
    import ssl

    client = httpx.AsyncClient(transport=Transport(dialer, ssl.create_default_context()), trust_env=False)
    return Fetcher(client, allow_private, within)


@dataclass
class Room:
    """The room on a database with one agency, and what can be seen of it."""

    database: Database
    refresher: Refresher
    store: TrustStore

    async def trusting(self, *authorities: Identity) -> None:
        async with self.database.write() as conn:
            for each in authorities:
                for authority in read_authorities(each.certificate_pem):
                    await trusted.add_anchor(conn, authority, NOW)

    async def binds(self, leaf: Identity) -> None:
        async with self.database.write() as conn:
            await certificates.bind_certificate(conn, "H53", certificates.binding(describe(leaf.certificate_pem)), NOW)

    async def turn(self, now: datetime = NOW) -> int:
        return await self.refresher.turn(now)

    async def judged(self, leaf: Identity, now: datetime = NOW) -> str:
        await self.store.refresh()
        chain = await self.store.chain_of(leaf.bound, now)
        assert chain is not None
        return chain.reason or "good"

    async def listed(self) -> list[dict[str, Any]]:
        async with self.database.read() as conn:
            return await sources.listing(conn)

    async def error(self) -> str:
        """What is on record of the one source."""
        (source,) = await self.listed()
        assert source["failures"] == 1
        return str(source["last_error"])

    async def count(self, table: Any) -> int:
        async with self.database.read() as conn:
            return int((await conn.execute(select(func.count()).select_from(table))).scalar_one())


@pytest.fixture
async def room(database: Database) -> AsyncIterator[Room]:
    async with database.write() as conn:
        await registry.add(conn, Agency("H53", "UBND tỉnh", Level.PROVINCE), NOW)
    made = Room(database, Refresher(database, fetcher(), 900.0), TrustStore(database))
    yield made
    await made.refresher.fetcher.client.aclose()


async def with_a_list(room: Room, ca: Served) -> Identity:
    """An agency whose certificate says where the list of its CA is."""
    leaf = issue(ROOT, "H53", "p-256", extra=found_at(crl=ca.url("/root.crl")))
    await room.trusting(ROOT)
    await room.binds(leaf)
    return leaf


async def with_a_responder(room: Room, ca: Served) -> Identity:
    leaf = issue(ROOT, "H53", "p-256", extra=found_at(ocsp=ca.url("/ocsp")))
    await room.trusting(ROOT)
    await room.binds(leaf)
    return leaf


async def test_a_list_is_fetched_from_where_the_certificate_says_and_judged_by(room, ca):
    leaf = await with_a_list(room, ca)
    ca.pages["/root.crl"] = make_crl(ROOT)
    assert await room.judged(leaf) == "revocation-unavailable"

    assert await room.turn() == 1

    assert await room.judged(leaf) == "good"
    async with room.database.read() as conn:
        assert (await conn.execute(select(revocation_list.c.source))).scalar_one() == ca.url("/root.crl")


async def test_a_certificate_that_the_fetched_list_names_is_revoked(room, ca):
    leaf = await with_a_list(room, ca)
    ca.pages["/root.crl"] = make_crl(ROOT, [leaf])
    await room.turn()
    assert await room.judged(leaf) == "certificate-revoked"


async def test_an_ocsp_answer_is_asked_for_and_judged_by(room, ca):
    leaf = await with_a_responder(room, ca)

    def respond(posted: bytes) -> bytes:
        asked = ocsp.load_der_ocsp_request(posted)
        assert asked.serial_number == leaf.certificate.serial_number
        nonce = asked.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
        return make_ocsp(ROOT, leaf, nonce=nonce)

    ca.pages["/ocsp"] = (200, {"Content-Type": "application/ocsp-response"}, respond)
    await room.turn()
    assert await room.judged(leaf) == "good"


async def test_an_ocsp_answer_of_a_responder_that_the_ca_named_is_judged_by(room, ca):
    leaf = await with_a_responder(room, ca)
    named = issue(ROOT, "Responder", "p-256", RESPONDER, extra=[x509.OCSPNoCheck()])
    ca.pages["/ocsp"] = make_ocsp(ROOT, leaf, signer=named)
    await room.turn()
    assert await room.judged(leaf) == "good"


async def test_whom_the_responder_calls_revoked_is_revoked(room, ca):
    leaf = await with_a_responder(room, ca)
    ca.pages["/ocsp"] = make_ocsp(ROOT, leaf, revoked_at=NOW - DAY)
    await room.turn()
    assert await room.judged(leaf) == "certificate-revoked"


async def test_whom_a_list_calls_revoked_is_revoked_whatever_the_responder_says(room, ca):
    leaf = await with_a_responder(room, ca)
    ca.pages["/ocsp"] = make_ocsp(ROOT, leaf)
    await room.turn()
    async with room.database.write() as conn:
        await trusted.add_list(conn, read_list(make_crl(ROOT, [leaf]), NOW), NOW)
    assert await room.judged(leaf) == "certificate-revoked"


async def test_an_answer_about_an_intermediate_counts_for_the_chains_through_it(room, ca):
    sub = make_ca("Sub", above=ROOT, extra=found_at(ocsp=ca.url("/sub")))
    leaf = issue(sub, "H53", "p-256", extra=found_at(ocsp=ca.url("/ocsp")))
    await room.trusting(ROOT, sub)
    await room.binds(leaf)
    ca.pages["/ocsp"] = make_ocsp(sub, leaf)
    await room.turn()
    assert await room.judged(leaf) == "revocation-unavailable"

    ca.pages["/sub"] = make_ocsp(ROOT, sub)
    await room.turn(NOW + 15 * MINUTE)
    assert await room.judged(leaf, NOW + 15 * MINUTE) == "good"


async def test_an_answer_counts_until_it_ends_and_no_longer(room, ca):
    leaf = await with_a_responder(room, ca)
    ca.pages["/ocsp"] = make_ocsp(ROOT, leaf, next_update=NOW + 10 * MINUTE)
    await room.turn()
    assert await room.judged(leaf, NOW + 9 * MINUTE) == "good"
    assert await room.judged(leaf, NOW + 11 * MINUTE) == "revocation-unavailable"


async def test_every_process_hears_of_a_new_answer(room, ca):
    leaf = await with_a_responder(room, ca)
    other = TrustStore(room.database)
    await other.refresh()
    ca.pages["/ocsp"] = make_ocsp(ROOT, leaf)
    await room.turn()
    await other.refresh()
    chain = await other.chain_of(leaf.bound, NOW)
    assert chain is not None
    assert chain.is_known
    ca.pages["/ocsp"] = make_ocsp(ROOT, leaf, NOW - MINUTE, this_update=NOW + MINUTE)
    await room.turn(NOW + 15 * MINUTE)
    await other.refresh()
    chain = await other.chain_of(leaf.bound, NOW + 15 * MINUTE)
    assert chain is not None
    assert chain.reason == "certificate-revoked"


@pytest.mark.parametrize("form", ["der", "pem", "p7c"])
async def test_a_missing_intermediate_is_fetched_from_where_the_leaf_says(room, ca, form):
    sub = make_ca("Sub", above=ROOT)
    leaf = issue(sub, "H53", "p-256", extra=found_at(ca=ca.url("/sub.cer")))
    await room.trusting(ROOT)
    await room.binds(leaf)
    ca.pages["/sub.cer"] = {
        "der": sub.der,
        "pem": sub.certificate_pem,
        "p7c": pkcs7.serialize_certificates([sub.certificate], Encoding.DER),
    }[form]
    assert await room.judged(leaf) == "certificate-chain"

    await room.turn()

    assert await room.judged(leaf) == "revocation-unavailable"
    async with room.database.read() as conn:
        found = (await conn.execute(select(trust_anchor.c.source).where(trust_anchor.c.kind == "intermediate"))).all()
    assert [row.source for row in found] == [ca.url("/sub.cer")]
    await room.turn()
    assert await room.listed() == []  # found, and nothing is named any more


async def test_a_root_is_never_taken_from_the_network(room, ca):
    other = make_ca("Other root")
    leaf = issue(other, "H53", "p-256", extra=found_at(ca=ca.url("/root.cer")))
    await room.trusting(ROOT)
    await room.binds(leaf)
    ca.pages["/root.cer"] = other.der
    await room.turn()
    assert "fetched-root" in await room.error()
    assert await room.judged(leaf) == "certificate-chain"


async def test_a_ca_that_did_not_issue_the_certificate_is_not_taken(room, ca):
    leaf = issue(make_ca("Sub", above=ROOT), "H53", "p-256", extra=found_at(ca=ca.url("/sub.cer")))
    await room.trusting(ROOT)
    await room.binds(leaf)
    ca.pages["/sub.cer"] = make_ca("Sub", "p-384", above=ROOT).der
    await room.turn()
    assert "not-a-certificate" in await room.error()
    assert await room.count(trust_anchor) == 1


BAD_LISTS = {
    "forged": (lambda: make_crl(make_ca("Root", "p-384")), "crl-issuer-unknown"),
    "of-another-ca": (lambda: make_crl(make_ca("Other root")), "crl-issuer-unknown"),
    "damaged": (lambda: make_crl(ROOT)[:-20], "not-a-crl"),
    "of-no-version": (lambda: make_crl(ROOT).replace(b"\x02\x01\x01", b"\x02\x01\x5a", 1), "not-a-crl"),
    "a-web-page": (lambda: b"<html>Dang bao tri</html>", "not-a-crl"),
    "stale": (lambda: make_crl(ROOT, this_update=NOW - 9 * DAY, next_update=NOW - DAY), "stale since"),
    "of-tomorrow": (lambda: make_crl(ROOT, this_update=NOW + DAY), "not-a-crl"),
    "missing": (lambda: (404, {}, b"gone"), "unreachable: status 404"),
    "an-error": (lambda: (500, {}, b""), "unreachable: status 500"),
    "elsewhere-and-elsewhere": (lambda: (302, {"Location": "/root.crl"}, b""), "redirected more than"),
    "on-another-scheme": (lambda: (302, {"Location": "file:///etc/passwd"}, b""), "the scheme file"),
    "too-large": (lambda: (200, {"Content-Length": str(65 * 1024 * 1024)}, b""), "67108864 at most"),
}


@pytest.mark.parametrize("kind", BAD_LISTS)
async def test_a_bad_list_proves_nothing_and_its_source_says_why(room, ca, kind):
    leaf = await with_a_list(room, ca)
    page, said = BAD_LISTS[kind]
    ca.pages["/root.crl"] = page()
    await room.turn()
    assert said in await room.error()
    assert await room.judged(leaf) == "revocation-unavailable"


async def test_a_list_of_another_ca_of_the_store_does_not_stand_for_the_one_asked_for(room, ca):
    other = make_ca("Other root")
    leaf = await with_a_list(room, ca)
    await room.trusting(other)
    ca.pages["/root.crl"] = make_crl(other)
    await room.turn()
    assert "crl-issuer-unknown" in await room.error()
    assert await room.judged(leaf) == "revocation-unavailable"


async def test_a_list_that_is_played_back_does_not_take_the_place_of_the_later_one(room, ca):
    leaf = await with_a_list(room, ca)
    ca.pages["/root.crl"] = make_crl(ROOT, [leaf], number=7)
    await room.turn()
    ca.pages["/root.crl"] = make_crl(ROOT, number=6)
    await room.turn(NOW + DAY)
    assert "crl-older" in await room.error()
    assert await room.judged(leaf, NOW + DAY) == "certificate-revoked"
    assert await room.count(revocation_list) == 1


def of_another(leaf: Identity) -> bytes:
    return make_ocsp(ROOT, issue(ROOT, "H01", "p-256"))


BAD_ANSWERS = {
    "forged": lambda leaf: make_ocsp(ROOT, leaf, signer=make_ca("Root", "p-384")),
    "by-a-stranger": lambda leaf: make_ocsp(
        ROOT, leaf, signer=issue(make_ca("Other"), "Responder", "p-256", RESPONDER)
    ),
    "by-no-responder": lambda leaf: make_ocsp(ROOT, leaf, signer=issue(ROOT, "No responder", "p-256")),
    "by-an-expired-responder": lambda leaf: make_ocsp(
        ROOT, leaf, signer=issue(ROOT, "Old", "p-256", RESPONDER, NOW - 90 * DAY, NOW - DAY)
    ),
    "of-another-ca": lambda leaf: make_ocsp(make_ca("Root", "p-384"), leaf),
    "of-another-certificate": of_another,
    "to-another-question": lambda leaf: make_ocsp(ROOT, leaf, nonce=b"n" * 32),
    "of-tomorrow": lambda leaf: make_ocsp(ROOT, leaf, this_update=NOW + DAY, next_update=NOW + 2 * DAY),
    "stale": lambda leaf: make_ocsp(ROOT, leaf, this_update=NOW - 2 * DAY, next_update=NOW - DAY),
    "unknown": lambda leaf: make_ocsp(ROOT, leaf, unknown=True),
    "try-later": lambda _leaf: ocsp.OCSPResponseBuilder.build_unsuccessful(
        ocsp.OCSPResponseStatus.TRY_LATER
    ).public_bytes(Encoding.DER),
    "damaged": lambda leaf: make_ocsp(ROOT, leaf)[:-9],
    "too-large": lambda leaf: make_ocsp(ROOT, leaf) + bytes(300 * 1024),
}


@pytest.mark.parametrize("kind", BAD_ANSWERS)
async def test_a_bad_answer_proves_nothing_and_its_source_says_why(room, ca, kind):
    leaf = await with_a_responder(room, ca)
    ca.pages["/ocsp"] = BAD_ANSWERS[kind](leaf)
    await room.turn()
    assert await room.error() != ""
    assert await room.judged(leaf) == "revocation-unavailable"


async def test_an_answer_that_is_played_back_does_not_take_the_place_of_the_later_one(room, ca):
    leaf = await with_a_responder(room, ca)
    ca.pages["/ocsp"] = make_ocsp(ROOT, leaf, revoked_at=NOW - DAY)
    await room.turn()
    ca.pages["/ocsp"] = make_ocsp(ROOT, leaf, this_update=NOW - 2 * DAY)
    await room.turn(NOW + 15 * MINUTE)
    assert "answer-older" in await room.error()
    assert await room.judged(leaf, NOW + 15 * MINUTE) == "certificate-revoked"
    assert await room.count(ocsp_answer) == 1


async def test_a_source_that_says_nothing_is_given_up_and_keeps_no_other_waiting(room, ca):
    leaf = issue(ROOT, "H53", "p-256", extra=found_at(crl=ca.url("/root.crl"), ocsp=ca.url("/ocsp")))
    await room.trusting(ROOT)
    await room.binds(leaf)
    ca.pages |= {"/ocsp": NEVER, "/root.crl": make_crl(ROOT)}
    room.refresher.fetcher = fetcher(0.3)
    assert await room.turn() == 2
    errors = {source["kind"]: source["last_error"] for source in await room.listed()}
    assert errors == {"crl": "", "ocsp": "unreachable: no whole answer within 0.3 s"}
    assert await room.judged(leaf) == "good"


async def test_a_server_that_is_not_there_is_told_as_unreachable(room):
    leaf = issue(ROOT, "H53", "p-256", extra=found_at(crl="http://127.0.0.1:1/root.crl"))
    await room.trusting(ROOT)
    await room.binds(leaf)
    await room.turn()
    assert (await room.error()).startswith("unreachable: ")


async def test_what_fails_is_tried_again_later_each_time_and_what_it_gave_before_goes_on_counting(room, ca):
    leaf = await with_a_list(room, ca)
    ca.pages["/root.crl"] = make_crl(ROOT, next_update=NOW + 2 * DAY)
    await room.turn()
    ca.pages["/root.crl"] = (503, {}, b"")
    now, waits = NOW + DAY, []
    for _ in range(5):
        assert await room.turn(now) == 1
        (source,) = await room.listed()
        waits.append(source["next_at"] - now)
        assert await room.turn(source["next_at"] - timedelta(seconds=1)) == 0
        now = source["next_at"]
    assert waits == sorted(waits)
    assert waits[-1] > 4 * waits[0]
    assert await room.judged(leaf, now) == "good"
    ca.pages["/root.crl"] = make_crl(ROOT, number=2, next_update=NOW + 9 * DAY)
    await room.turn(now)
    (source,) = await room.listed()
    assert (source["failures"], source["last_error"]) == (0, "")


async def test_a_list_is_fetched_again_at_half_of_the_time_it_holds_or_sooner(room, ca):
    await with_a_list(room, ca)
    ca.pages["/root.crl"] = make_crl(ROOT, next_update=NOW + 20 * MINUTE)
    await room.turn()
    assert [source["next_at"] for source in await room.listed()] == [NOW + 10 * MINUTE]
    ca.pages["/root.crl"] = make_crl(ROOT, number=2, next_update=NOW + 9 * DAY)
    await room.turn(NOW + 10 * MINUTE)
    assert [source["next_at"] for source in await room.listed()] == [NOW + 25 * MINUTE]


async def test_only_one_worker_at_a_time_does_the_errand(room, ca):
    await with_a_list(room, ca)
    ca.pages["/root.crl"] = make_crl(ROOT)
    assert await turns.take(room.database, "refresh", "another", NOW, 5 * MINUTE)
    assert await room.turn() == 0
    assert ca.asked == {}
    assert await room.turn(NOW + 6 * MINUTE) == 1  # the other one died


async def test_a_certificate_that_signs_no_more_has_nothing_fetched_for_it(room, ca):
    leaf = await with_a_list(room, ca)
    ca.pages["/root.crl"] = make_crl(ROOT)
    await room.turn()
    async with room.database.write() as conn:
        await certificates.revoke_certificate(conn, "H53", leaf.fingerprint, NOW)
    await room.turn()
    assert await room.listed() == []


async def test_without_a_root_nothing_is_fetched(room, ca):
    await room.binds(issue(ROOT, "H53", "p-256", extra=found_at(crl=ca.url("/root.crl"))))
    assert await room.turn() == 0
    assert ca.asked == {}


async def test_a_source_that_a_registrar_names_is_fetched_until_it_is_named_no_more(room, ca):
    leaf = issue(ROOT, "H53", "p-256")
    await room.trusting(ROOT)
    await room.binds(leaf)
    ca.pages["/all.crl"] = make_crl(ROOT)
    async with room.database.write() as conn:
        assert await sources.name(conn, Source("crl", ca.url("/all.crl")), NOW)
        assert not await sources.name(conn, Source("crl", ca.url("/all.crl")), NOW)
    await room.turn()
    assert await room.judged(leaf) == "good"
    async with room.database.write() as conn:
        await sources.unname(conn, ca.url("/all.crl"))
    assert await room.listed() == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/root.crl",
        "http://localhost:{port}/root.crl",
        "http://10.0.0.1/x",
        "http://169.254.169.254/latest/meta-data",
        "http://user:secret@crl.example.vn/x",
        "ftp://crl.example.vn/x",
        "http://crl.example.vn:25/x",
    ],
)
async def test_nothing_is_fetched_from_the_hubs_own_network_unless_that_is_allowed(ca, url):
    ca.pages["/root.crl"] = make_crl(ROOT)
    guarded = fetcher(allow_private=False)
    with pytest.raises(FetchFailed):
        await guarded.get(url.format(port=ca.base.rpartition(":")[2]), 1000)
    assert ca.asked == {}


async def test_a_redirect_does_not_lead_where_the_address_itself_could_not(ca):
    ca.pages["/root.crl"] = (302, {"Location": "http://169.254.169.254/latest/meta-data"}, b"")
    with pytest.raises(FetchFailed, match="public internet"):
        await fetcher().get(ca.url("/root.crl"), 1000)


async def test_a_redirect_to_a_good_address_is_followed(ca):
    ca.pages |= {"/root.crl": (301, {"Location": "/new/root.crl"}, b""), "/new/root.crl": b"here"}
    assert await fetcher().get(ca.url("/root.crl"), 1000) == b"here"


async def test_bytes_without_end_are_cut_off(ca):
    ca.pages["/root.crl"] = (200, {"Transfer-Encoding": "chunked"}, b"3e8\r\n" + bytes(1000) + b"\r\n0\r\n\r\n")
    with pytest.raises(FetchFailed, match="more than 999 bytes"):
        await fetcher().get(ca.url("/root.crl"), 999)
