"""D. Who asks, in whose name, and whether again: B079 to B100."""

import base64
import hashlib
from dataclasses import replace
from typing import Any

import orjson

from hub.domain.envelope import Address
from hub.xml.write import sign, write_envelope
from tests.edge.hub import Edge
from tests.edge.rows import Act, Case, Elsewhere, Heard, Refused, Rows, Taken, posted, written
from tests.edge.wire import head
from tests.offices import PDF, document

UNKNOWN = Refused(401, "unauthenticated")
FORGED = (
    "X-SSL-Client-Cert",
    "X-SSL-Client-Verify",
    "X-Client-Cert",
    "X-Forwarded-Client-Cert",
    "X-Forwarded-User",
    "X-Remote-User",
    "Client-Cert",
    "SSL_CLIENT_S_DN",
)


def jwt(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token somebody made by himself."""
    parts = [base64.urlsafe_b64encode(orjson.dumps(part)).decode().rstrip("=") for part in (header, claims)]
    return ".".join([*parts, "c2ln" if header["alg"] != "none" else ""])


def in_the_name_of(agency: str, by: str = "G22") -> Act:
    """A document from another agency, signed with the caller's own key."""
    return written(by=by, sender=Address(agency, "Cơ quan khác"))


def signed_by(other: str) -> Act:
    """The caller's document with another agency's signature."""

    def act(edge: Edge) -> Heard:
        body = write_envelope(document("G22", ["H53"]), [("vb.pdf", "application/pdf", PDF)])
        identity = edge.offices[other].identity
        return edge.post(sign(body, identity.certificate_pem, identity.key_pem))

    return act


def again(edge: Edge) -> Heard:
    """The same bytes twice: one document, one receipt."""
    body = edge.good()
    first, second = edge.post(body), edge.post(body)
    assert first is not None
    assert second is not None
    assert first.json()["receipt"] == second.json()["receipt"]
    assert first.json()["id"] == second.json()["id"]
    return second


def under_one_name(edge: Edge) -> list[Heard]:
    """Two documents of one name."""
    envelope = document("G22", ["H53"])
    first = edge.post(edge.sender.written(envelope))
    assert first is not None
    assert first.status == 202
    return [edge.post(edge.sender.written(replace(envelope, subject="V/v việc khác")))]


def under_one_key(edge: Edge) -> list[Heard]:
    """Two documents under one Idempotency-Key."""
    headers = edge.headers(idempotency_key=hashlib.sha256(edge.good()).hexdigest())
    first = edge.post(edge.good(), headers)
    assert first is not None
    assert first.status == 202
    return [edge.post(edge.good(), headers)]


def rows() -> Rows:
    """Every case."""
    yield Case("B079", "no credentials", posted(authorization="(none)"), UNKNOWN)
    yield Case(
        "B079",
        "no credentials, nor a body",
        lambda e: e.ask(head("POST", "/v1/envelopes", [("Content-Length", "9")])),
        UNKNOWN,
    )
    yield Case("B080", "a key that nobody has", posted(authorization="Bearer trk_nobody_nothing"), UNKNOWN)
    yield Case("B080", "a key that is no key", posted(authorization="Bearer \xff\xfe"), UNKNOWN)
    yield Case("B080", "a key of five thousand letters", posted(authorization="Bearer " + "x" * 5000), UNKNOWN)
    yield Case(
        "B080",
        "somebody's key with a letter changed",
        lambda e: e.post(
            e.good(), e.headers(authorization=f"Bearer {e.sender.key[:-1]}{'a' if e.sender.key[-1] != 'a' else 'b'}")
        ),
        UNKNOWN,
    )
    for scheme in ("Basic YTpi", "Digest x", "Bearer", "Negotiate x", "HMAC x"):
        yield Case("B081", f"credentials {scheme}", posted(authorization=scheme), UNKNOWN)
    for row, name in (
        ("B082", "test_a_request_too_old_or_from_the_future_is_told_the_hubs_time"),
        ("B083", "test_a_time_that_is_none_is_refused"),
        ("B084", "test_a_signed_request_passes_once_whichever_gateway_it_comes_to"),
        ("B086", "test_a_signature_that_covers_too_little_is_refused"),
        ("B087", "test_an_hmac_with_the_public_key_is_refused"),
        ("B088", "test_of_two_signatures_the_one_with_our_tag_counts"),
    ):
        yield Elsewhere(
            row, "signed requests (RFC 9421) have tests of their own", f"tests/gateway/test_signed_requests.py::{name}"
        )
    mismatch = Refused(400, "content-digest-mismatch")
    stale = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    yield Case("B085", "the digest of other bytes", posted(content_digest=f"sha-256=:{stale}:"), mismatch)
    yield Case("B085", "a digest that is none", posted(content_digest="sha-256=:%%%:"), mismatch)
    claims = {"sub": "G22", "aud": "truc", "exp": 4_000_000_000, "jti": "1"}
    for alg, more in (("none", {}), ("HS256", {}), ("RS256", {"aud": "other"}), ("ES256", {"exp": 1})):
        yield Case(
            "B089",
            f"a token by {alg} {more}",
            posted(authorization=f"Bearer {jwt({'alg': alg}, claims | more)}"),
            UNKNOWN,
        )
    yield Elsewhere(
        "B090",
        "the proxy ends TLS: it asks for certificates and refuses them",
        "tests/edge/test_nginx.py::test_a_client_certificate_of_another_authority_is_refused_in_the_hubs_words",
    )
    for name in FORGED:
        headers = [(name, "CN=G22"), ("Content-Type", "application/xml")]
        yield Case("B091", f"a forged {name}", lambda e, h=headers: e.post(e.good(), h), UNKNOWN)
    yield Case("B092", "an agency that was suspended", written(by="H99"), Refused(403, "agency-suspended"))
    mine = Refused(403, "sender-mismatch")
    yield Case("B093", "in another agency's name", in_the_name_of("H53"), mine)
    yield Case("B093", "in nobody's name", in_the_name_of("Z99.1"), mine)
    yield Case("B094", "with another agency's certificate", signed_by("H53"), mine)
    yield Case("B095", "for an agency below it", in_the_name_of("G22.01"), mine)
    yield Elsewhere(
        "B096",
        "a caller's own limit would refuse the good request that follows each bad one here",
        "tests/gateway/test_limits.py::test_who_asks_too_often_is_told_when_to_come_back_and_nobody_else_is",
    )
    yield Case("B097", "one Idempotency-Key, two bodies", under_one_key, Refused(409, "idempotency-conflict"))
    yield Case("B098", "the same bytes again", again, Taken(status=200))
    yield Case("B099", "the same name, other content", under_one_name, Refused(409, "duplicate-document"))
    for query in ("to=H53", "recipients=H53,H38", "dry_run=perhaps", "dry_run=true&to=H53"):
        refused = Refused(422, "invalid-parameter")
        yield Case("B100", f"a query of {query}", posted(target=f"/v1/envelopes?{query}"), refused)
