"""Office systems for tests: an agency with its key and certificate that speaks HTTP to a hub, wherever that runs."""

import random
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx

from hub.domain.agency import Agency, Level, SignaturePolicy
from hub.domain.deadline import LOCAL
from hub.domain.envelope import Address, Envelope, Kind
from hub.store.database import Database
from hub.store.directory import certificates, keys, registry
from hub.trust.certificates import describe
from hub.xml.write import sign, write_envelope
from tests.pki import Identity, issue, make_ca

XML = {"Content-Type": "application/xml"}
PDF = b"%PDF-1.4\n" + bytes(range(32, 127)) * 20


def document(sender: str, recipients: Sequence[str], **changes: Any) -> Envelope:
    """A new document with everything usual in it, promulgated today; `changes` say what matters to the test."""
    today = datetime.now(LOCAL).date()
    number = str(random.randrange(1, 10**8))
    base = Envelope(
        kind=Kind.NEW,
        sender=Address(sender, f"Cơ quan {sender}"),
        recipients=tuple(Address(code, f"Cơ quan {code}") for code in recipients),
        document_id=f"{sender},{today:%Y/%m/%d},{number}/UBND-VP-{uuid.uuid4().hex[:8]}",
        code_number=number,
        code_notation="UBND-VP",
        promulgated_on=today,
        subject="V/v rà soát việc gửi, nhận văn bản điện tử",
        place="Hà Nội",
        type_name="Công văn",
        signer_name="Nguyễn Văn Minh",
    )
    return replace(base, **changes)


def promulgated(day: str) -> Callable[[bytes], bytes]:
    """A change of a written document: promulgated on what `day` says, be it a day or not."""

    def change(body: bytes) -> bytes:
        changed, count = re.subn(rb"[^>]*(?=</edXML:PromulgationDate>)", day.encode(), body, count=1)
        assert count, "the document says no day"
        return changed

    return change


@dataclass(slots=True)
class Office:
    """One agency's office system."""

    code: str
    key: str
    identity: Identity
    http: httpx.AsyncClient

    async def call(self, method: str, path: str, **content: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}", **content.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **content)

    def written(self, envelope: Envelope, *, signed: bool = True, attachment: bytes = PDF) -> bytes:
        body = write_envelope(envelope, [("vb.pdf", "application/pdf", attachment)])
        return sign(body, self.identity.certificate_pem, self.identity.key_pem) if signed else body

    async def post(self, body: bytes, query: str = "", **headers: str) -> httpx.Response:
        return await self.call("POST", f"/v1/envelopes{query}", content=body, headers={**XML, **headers})

    async def send(self, envelope: Envelope, **headers: str) -> dict[str, Any]:
        answer = await self.post(self.written(envelope), **headers)
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def inbox(self, wait: float = 10, **query: Any) -> list[dict[str, Any]]:
        answer = await self.call("GET", "/v1/inbox", params={"wait": wait, "limit": 1000, **query}, timeout=wait + 30)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def fetch(self, delivery_id: str, **headers: str) -> httpx.Response:
        return await self.call("GET", f"/v1/inbox/{delivery_id}", headers=headers)

    async def confirm(self, delivery_id: str, result: str = "done", reason: str = "") -> httpx.Response:
        said = {"result": result, "reason": reason}
        return await self.call("POST", f"/v1/inbox/{delivery_id}/confirm", json=said)

    async def report(self, code: str, document_id: str, **said: Any) -> httpx.Response:
        return await self.call("POST", "/v1/status-reports", json={"code": code, "document_id": document_id, **said})

    async def envelope(self, envelope_id: str) -> dict[str, Any]:
        answer = await self.call("GET", f"/v1/envelopes/{envelope_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def timeline(self, envelope_id: str) -> list[dict[str, Any]]:
        return (await self.call("GET", f"/v1/envelopes/{envelope_id}/timeline")).json()["events"]

    async def feed(self, after: str = "", wait: float = 0, limit: int = 1000) -> dict[str, Any]:
        query = {"after": after, "wait": wait, "limit": limit}
        return (await self.call("GET", "/v1/status", params=query, timeout=wait + 30)).json()


async def settle(
    database: Database,
    http: httpx.AsyncClient,
    code: str,
    level: Level = Level.PROVINCE,
    *,
    channel_config: dict[str, str] | None = None,
    **facts: Any,
) -> Office:
    """Enter an agency with a key and a certificate, and give its office system."""
    now = datetime.now(UTC)
    facts.setdefault("signature", SignaturePolicy.REQUIRED)
    identity = issue(make_ca(), code, "p-256")
    async with database.write() as conn:
        await registry.add(conn, Agency(code, f"Cơ quan {code}", level, **facts), now, channel_config)
        await certificates.bind_certificate(conn, code, certificates.binding(describe(identity.certificate_pem)), now)
        key = await keys.issue_key(conn, code, now)
    return Office(code, key, identity, http)
