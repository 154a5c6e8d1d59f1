"""RFC 9421: a request that an agency's certificate signed needs no key, and none that was changed, old or sent twice passes.

Signed by the library's own signer, as an office system would.
"""

import base64
import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import time_machine
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver, algorithms

from hub.domain.access import Action
from hub.gateway.app import Gateway
from hub.store.directory import certificates
from hub.trust.certificates import describe
from tests.offices import XML, Office, document
from tests.pki import issue, make_ca
from tests.rooms.test_statements import counted
from tests.town import Town

COVERED = ("@method", "@path", "content-digest")


class Request:
    """A request as a client has it before it is sent."""

    def __init__(self, method: str, url: str, body: bytes = b"", **headers: str) -> None:
        self.method, self.url, self.body = method, url, body
        self.headers: dict[str, str] = dict(headers)
        if body:
            self.headers["Content-Digest"] = digest(body)


def digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def sign(request: Request, office: Office, **changes: Any) -> Request:
    """Sign as an office does; `changes` say what it does wrong."""
    said = {
        "algorithm": algorithms.ECDSA_P256_SHA256,
        "key_pem": office.identity.key_pem,
        "key_id": office.identity.fingerprint,
        "covered_component_ids": COVERED if request.body else ("@method", "@path"),
        "nonce": secrets.token_urlsafe(16),
        "created": datetime.now(UTC),
        "use_existing_digest": bool(request.body),
        **changes,
    }
    keys = MappingKeyResolver(public_keys={}, private_keys={said["key_id"]: said.pop("key_pem")})
    HTTPMessageSigner(signature_algorithm=said.pop("algorithm"), key_resolver=keys).sign(request, **said)
    return request


async def send(town: Town, request: Request, body: bytes | None = None) -> httpx.Response:
    content = request.body if body is None else body
    return await town.http.request(request.method, request.url, content=content, headers=request.headers)


@pytest.fixture
async def office(town: Town) -> Office:
    await town.settle("H53")
    return await town.settle("G22")


def posted(office: Office, query: str = "") -> Request:
    body = office.written(document("G22", ["H53"]))
    return Request("POST", f"http://hub/v1/envelopes{query}", body, **XML)


async def refused(town: Town, request: Request, body: bytes | None = None) -> tuple[int, str]:
    answer = await send(town, request, body)
    return answer.status_code, answer.json()["code"]


async def test_a_signed_document_needs_no_key(town: Town, office: Office) -> None:
    answer = await send(town, sign(posted(office), office))

    assert answer.status_code == 202, answer.text
    assert answer.json()["sender"] == "G22"


@pytest.mark.parametrize("key_type", ["p-256", "p-384", "rsa-2048", "rsa-2048-v1_5", "ed25519"])
async def test_every_kind_of_key_that_a_certificate_has_signs_requests(
    town: Town, office: Office, key_type: str
) -> None:
    algorithm = {
        "p-256": algorithms.ECDSA_P256_SHA256,
        "p-384": algorithms.ECDSA_P384_SHA384,
        "rsa-2048": algorithms.RSA_PSS_SHA512,
        "rsa-2048-v1_5": algorithms.RSA_V1_5_SHA256,
        "ed25519": algorithms.ED25519,
    }[key_type]
    office.identity = issue(make_ca(), "G22", key_type.removesuffix("-v1_5"))
    async with town.hub.database.write() as conn:
        binding = certificates.binding(describe(office.identity.certificate_pem))
        await certificates.bind_certificate(conn, "G22", binding, datetime.now(UTC))
    await town.hub.directory.refresh()

    answer = await send(town, sign(Request("GET", "http://hub/v1/inbox"), office, algorithm=algorithm))

    assert answer.status_code == 200, answer.text


async def test_a_confirmation_and_a_report_may_be_signed(town: Town, office: Office) -> None:
    sent = await town.offices["H53"].send(document("H53", ["G22"]))
    await town.carry()
    delivery = sent["deliveries"][0]["id"]
    headers = {"Content-Type": "application/json"}

    confirm = Request("POST", f"http://hub/v1/inbox/{delivery}/confirm", b'{"result": "done"}', **headers)
    said = f'{{"sender": "H53", "document_id": "{sent["document_id"]}", "code": "01"}}'.encode()
    report = Request("POST", "http://hub/v1/status-reports", said, **headers)

    assert (await send(town, sign(confirm, office))).status_code == 200
    assert (await send(town, sign(report, office))).status_code == 202


@pytest.mark.parametrize("path", ["/v1/envelopes", "/v1/status-reports", "/v1/inbox/0/confirm", "/v1/keys/rotate"])
async def test_a_body_changed_after_signing_is_refused(town: Town, office: Office, path: str) -> None:
    kind = XML if path == "/v1/envelopes" else {"Content-Type": "application/json"}
    request = sign(Request("POST", f"http://hub{path}", b'{"overlap_hours": 1}', **kind), office)

    assert await refused(town, request, b'{"overlap_hours": 2}') == (401, "request-digest-mismatch")


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(days=400), timedelta(minutes=-2)])
async def test_a_request_too_old_or_from_the_future_is_told_the_hubs_time(
    town: Town, office: Office, age: timedelta
) -> None:
    answer = await send(town, sign(posted(office), office, created=datetime.now(UTC) - age))

    assert (answer.status_code, answer.json()["code"]) == (401, "stale-request")
    assert str(datetime.now(UTC).year) in answer.json()["errors"][0]["message"]["en"]


async def test_a_request_that_says_itself_when_it_ends_ends_then(town: Town, office: Office) -> None:
    request = sign(posted(office), office, expires=datetime.now(UTC) - timedelta(minutes=2))

    assert await refused(town, request) == (401, "stale-request")


@pytest.mark.parametrize("created", ['"31022026T250000"', "1.5", "999999999999999", "?1"])
async def test_a_time_that_is_none_is_refused(town: Town, office: Office, created: str) -> None:
    request = sign(posted(office), office)
    head, _, rest = request.headers["Signature-Input"].partition(";created=")
    request.headers["Signature-Input"] = f"{head};created={created};{rest.partition(';')[2]}"

    assert await refused(town, request) == (401, "stale-request")


async def test_a_signed_request_passes_once_whichever_gateway_it_comes_to(town: Town, office: Office) -> None:
    request = sign(posted(office), office)
    assert (await send(town, request)).status_code == 202

    assert await refused(town, request) == (401, "replayed-request")
    transport = httpx.ASGITransport(Gateway(town.hub))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as other:
        again = await other.post("/v1/envelopes", content=request.body, headers=request.headers)
    assert again.json()["code"] == "replayed-request"


async def test_a_nonce_is_forgotten_only_when_its_request_would_be_stale(town: Town, office: Office) -> None:
    request = sign(posted(office), office)
    assert (await send(town, request)).status_code == 202

    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6), tick=False):
        assert await refused(town, request) == (401, "stale-request")


@pytest.mark.parametrize(
    "covered", [("@method", "@path"), ("@path", "content-digest"), ("@method", "content-digest"), ("@method",)]
)
async def test_a_signature_that_covers_too_little_is_refused(
    town: Town, office: Office, covered: tuple[str, ...]
) -> None:
    assert await refused(town, sign(posted(office), office, covered_component_ids=covered)) == (
        401,
        "insufficient-coverage",
    )


async def test_a_query_must_be_covered_too(town: Town, office: Office) -> None:
    bare = sign(posted(office, "?dry_run=true"), office)
    whole = sign(posted(office, "?dry_run=true"), office, covered_component_ids=(*COVERED, "@query"))

    assert await refused(town, bare) == (401, "insufficient-coverage")
    assert (await send(town, whole)).status_code == 200


async def test_a_digest_of_another_kind_alone_does_not_cover_the_body(town: Town, office: Office) -> None:
    request = posted(office)
    request.headers["Content-Digest"] = (
        "sha-512=:" + base64.b64encode(hashlib.sha512(request.body).digest()).decode() + ":"
    )

    assert await refused(town, sign(request, office)) == (401, "insufficient-coverage")


async def test_moved_to_another_path_or_method_a_signature_is_worth_nothing(town: Town, office: Office) -> None:
    for method, path in (("POST", "/v1/status-reports"), ("PUT", "/v1/envelopes")):
        request = sign(posted(office), office)
        request.method, request.url = method, f"http://hub{path}"
        status, code = await refused(town, request)
        assert (status, code) in {(401, "request-signature-invalid"), (405, "method-not-allowed")}


@pytest.mark.parametrize("alg", ["none", "hmac-sha256", "rsa-v1_5-sha256", "ed25519", "rsa-pss-sha512"])
async def test_an_algorithm_that_is_none_of_the_keys_is_refused(town: Town, office: Office, alg: str) -> None:
    request = sign(posted(office), office)
    request.headers["Signature-Input"] = request.headers["Signature-Input"].replace("ecdsa-p256-sha256", alg)

    assert await refused(town, request) == (401, "request-signature-invalid")


async def test_an_hmac_with_the_public_key_is_refused(town: Town, office: Office) -> None:
    request = sign(posted(office), office, algorithm=algorithms.HMAC_SHA256, key_pem=office.identity.certificate_pem)

    assert await refused(town, request) == (401, "request-signature-invalid")


async def test_a_certificate_that_is_nobodys_signs_for_nobody(town: Town, office: Office) -> None:
    office.identity = issue(make_ca(), "G22", "p-256")

    assert await refused(town, sign(posted(office), office)) == (401, "request-signature-invalid")


async def test_another_agencys_key_under_this_ones_certificate_is_refused(town: Town, office: Office) -> None:
    request = sign(posted(office), office, key_pem=town.offices["H53"].identity.key_pem)

    assert await refused(town, request) == (401, "request-signature-invalid")


async def test_a_withdrawn_certificate_signs_no_requests_from_then_on(town: Town, office: Office) -> None:
    async with town.hub.database.write() as conn:
        await certificates.revoke_certificate(conn, "G22", office.identity.fingerprint, datetime.now(UTC))
    await town.hub.directory.refresh()

    assert await refused(town, sign(posted(office), office)) == (401, "request-signature-invalid")


async def test_of_two_signatures_the_one_with_our_tag_counts(town: Town, office: Office) -> None:
    request = sign(posted(office), office, label="proxy")
    again = sign(request, office, label="hub", tag="truc", append_if_signature_exists=True)
    assert (await send(town, again)).status_code == 202

    request = sign(posted(office), office, label="a")
    without = sign(request, office, label="b", append_if_signature_exists=True)
    assert await refused(town, without) == (401, "request-signature-invalid")


async def test_the_signature_and_the_key_must_be_one_agencys(town: Town, office: Office) -> None:
    request = sign(posted(office), office)
    request.headers["Authorization"] = f"Bearer {town.offices['H53'].key}"
    assert await refused(town, request) == (401, "credentials-differ")

    request = sign(posted(office), office)
    request.headers["Authorization"] = f"Bearer {office.key}"
    assert (await send(town, request)).status_code == 202


@pytest.mark.parametrize(
    "header",
    ["", "x", "sig1=()", "sig1=1", 'sig1=("@method"', "sig1=" + "(" * 500, '("@method");keyid="x"', "sig1=:AAAA:"],
)
async def test_a_header_full_of_nonsense_is_refused_politely(town: Town, office: Office, header: str) -> None:
    request = posted(office)
    request.headers |= {"Signature-Input": header, "Signature": "sig1=:AAAA:"}

    status, code = await refused(town, request)

    assert (status, code) in {(401, "request-signature-invalid"), (401, "insufficient-coverage")}


async def test_a_call_with_a_key_alone_asks_the_database_for_nothing_more(town: Town, office: Office) -> None:
    headers = {b"authorization": f"Bearer {office.key}".encode()}
    scope = {"client": ("127.0.0.1", 1), "headers": list(headers.items())}
    doorkeeper = town.app.post.doorkeeper
    await doorkeeper.agency(scope, headers, Action.SEND)  # the directory is remembered from here on

    with counted(town) as said:
        known = await doorkeeper.agency(scope, headers, Action.SEND)

    assert known.code == "G22"
    assert said == []
