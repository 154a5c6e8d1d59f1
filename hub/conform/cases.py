"""The cases for the face `/v1`. Numbers are stable: a new case gets a new number, a dropped one's is not used again."""

import base64
import hashlib
import socket
import ssl
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import httpx

from hub.conform.ground import Ground, NotTried, expect, refused, today
from hub.domain.envelope import Address, Kind, Replacement
from hub.trust.seal import NotOurs, read

_LARGE: Final = 6 * 1024 * 1024  # bytes: beyond what servers take into memory by default
_BURST: Final = 300  # requests; a hub that allows more is not asked to show its limit
_CONNECT_SECONDS: Final = 20


@dataclass(frozen=True, slots=True)
class Case:
    """One numbered case: what must hold, the rule that says so, and how it is tried."""

    id: str
    vi: str
    en: str
    rule: str
    run: Callable[[Ground], None]


def _send(ground: Ground) -> None:
    said = ground.accepted(ground.written(ground.envelope()))
    for name in ("id", "document_id", "sender", "sha256", "received_at", "signature", "deliveries", "receipt"):
        expect(said.get(name), f"`{name}` in the answer", str(sorted(said)))


def _receipt(ground: Ground) -> None:
    body = ground.written(ground.envelope())
    said = ground.accepted(body)
    keys = ground.http.get("/.well-known/jwks.json").json()["keys"]
    try:
        claims = read(said["receipt"]["jws"], keys).claims
    except NotOurs as error:
        expect(False, "a receipt signed by a published key", str(error))
        return
    sha = hashlib.sha256(body).hexdigest()
    expect(claims["sha256"] == sha == said["sha256"], f"a receipt for the bytes {sha}", str(claims["sha256"]))


def _duplicate(ground: Ground) -> None:
    body = ground.written(ground.envelope())
    first, again = ground.accepted(body), ground.accepted(body, 200)
    same = (first["id"], first["receipt"]) == (again["id"], again["receipt"])
    expect(same, f"the same id and receipt ({first['id']})", f"{again['id']}")


def _other_bytes(ground: Ground) -> None:
    envelope = ground.envelope()
    ground.accepted(ground.written(envelope))
    refused(ground.post(ground.written(replace(envelope, subject="V/v nội dung khác"))), 409)


def _bad_signature(ground: Ground) -> None:
    if not ground.me.certificate:
        raise NotTried("needs --cert and --private-key")
    body = ground.written(ground.envelope())
    forged = body.replace("kiểm tra".encode(), "giả mạo".encode(), 1)
    refused(ground.post(forged), 422)


def _malformed(ground: Ground) -> None:
    problem = refused(ground.post(b"<edXML><unclosed></edXML>"), 400)
    expect(any(error.get("line") for error in problem["errors"]), "the line of the fault", str(problem["errors"]))


def _unknown_recipient(ground: Ground) -> None:
    envelope = ground.envelope(recipients=(Address("Z99.99.99.CONFORM", "Không có"),))
    refused(ground.post(ground.written(envelope)), 422)


def _no_key(ground: Ground) -> None:
    answer = ground.ask("GET", "/v1/inbox", headers={"Authorization": "Bearer trk_none"})
    refused(answer, 401)


def _collect(ground: Ground) -> None:
    ground.other()
    body = ground.written(ground.envelope())
    item = ground.waiting(ground.accepted(body)["id"])
    path = f"/v1/inbox/{item['delivery_id']}"
    whole = ground.ask("GET", path, ground.other())
    expect(whole.content == body, "the bytes that were sent", f"{len(whole.content)} other bytes")
    part = ground.ask("GET", path, ground.other(), headers={"Range": "bytes=10-19"})
    expect((part.status_code, part.content) == (206, body[10:20]), "206 and ten bytes", str(part.status_code))
    expect(ground.item(item["envelope_id"]), "the item until it is confirmed", "it is gone")
    for _ in range(2):
        said = ground.ask("POST", f"{path}/confirm", ground.other(), json={"result": "done"})
        expect(said.status_code == httpx.codes.OK, "200, and 200 again", str(said.status_code))
    expect(ground.item(item["envelope_id"]) is None, "an inbox without the item", "it is still there")


def _statuses(ground: Ground) -> None:
    ground.other()
    said = ground.accepted(ground.written(ground.envelope()))
    ground.waiting(said["id"])
    codes = ("01", "03", "04", "05", "06", "02")
    for code in codes:
        content = {"sender": ground.me.code, "document_id": said["document_id"], "code": code, "description": "Thử"}
        answer = ground.ask("POST", "/v1/status-reports", ground.other(), json=content)
        expect(
            answer.status_code == httpx.codes.ACCEPTED, f"202 for {code}", f"{answer.status_code} {answer.text[:200]}"
        )

    def all_there() -> bool:
        events = ground.ask("GET", f"/v1/envelopes/{said['id']}/timeline").json()["events"]
        return set(codes) <= {event["code"] for event in events if event["what"] == "reported"}

    ground.eventually(all_there, f"every report ({', '.join(codes)}) in the sender's timeline")


def _recall(ground: Ground) -> None:
    ground.other()
    envelope = ground.envelope()
    said = ground.accepted(ground.written(envelope))
    ground.waiting(said["id"])
    recall = replace(envelope, kind=Kind.RECALL, concerns=(envelope.document_id,), reason="Ban hành nhầm")
    ground.accepted(ground.written(recall))
    ground.eventually(lambda: ground.item(said["id"]) is None, "the recalled document out of the inbox")


def _replacement(ground: Ground) -> None:
    ground.other()
    envelope = ground.envelope()
    ground.accepted(ground.written(envelope))
    old = (Replacement(envelope.document_id),)
    new = ground.envelope(kind=Kind.REPLACE, concerns=(envelope.document_id,), replacements=old, reason="Thay thế")
    said = ground.accepted(ground.written(new))
    expect(said["kind"] == "replace", "kind replace", said["kind"])
    ground.waiting(said["id"])


def _update(ground: Ground) -> None:
    ground.other()
    envelope = ground.envelope()
    ground.accepted(ground.written(envelope))
    change = replace(envelope, kind=Kind.UPDATE, concerns=(envelope.document_id,), reason="Cập nhật")
    said = ground.accepted(ground.written(change))
    expect(said["kind"] == "update", "kind update", said["kind"])
    ground.waiting(said["id"])


def _large(ground: Ground) -> None:
    line = hashlib.sha256(b"conform").hexdigest().encode() + b"\n"
    body = ground.written(ground.envelope(), content=line * (_LARGE // len(line)))
    said = ground.accepted(body)
    expect(said["sha256"] == hashlib.sha256(body).hexdigest(), "the digest of all bytes", said["sha256"])


def _nfd_name(ground: Ground) -> None:
    ground.other()
    name = unicodedata.normalize("NFD", "Báo cáo quý đã ký.txt")
    body = ground.written(ground.envelope(), name=name)
    item = ground.waiting(ground.accepted(body)["id"])
    whole = ground.ask("GET", f"/v1/inbox/{item['delivery_id']}", ground.other())
    expect(whole.content == body, "the name in the form it came in", "other bytes")


def _clock_skew(ground: Ground) -> None:
    said = ground.accepted(ground.written(ground.envelope(promulgated_on=today() + timedelta(days=2))))
    codes = {warning["code"] for warning in said["warnings"]}
    expect("future-date" in codes, "accepted, with the warning future-date", str(sorted(codes)))


def _too_many(ground: Ground) -> None:
    for _ in range(_BURST):
        answer = ground.ask("GET", "/v1/inbox?limit=1")
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            wait = answer.headers.get("retry-after", "")
            expect(wait.isdigit(), "Retry-After in whole seconds", repr(wait))
            return
        expect(answer.status_code == httpx.codes.OK, "200 or 429", str(answer.status_code))
    raise NotTried(f"the hub allows {_BURST} requests at once")


def _outage(ground: Ground) -> None:
    body = ground.written(ground.envelope())
    url = ground.http.base_url
    port = url.port or (443 if url.scheme == "https" else 80)
    with socket.create_connection((url.host, port), _CONNECT_SECONDS) as plain:
        wire = (
            ssl.create_default_context().wrap_socket(plain, server_hostname=url.host)
            if url.scheme == "https"
            else plain
        )
        head = (
            f"POST {url.path.rstrip('/')}/v1/envelopes HTTP/1.1\r\nHost: {url.netloc.decode()}\r\n"
            f"Authorization: Bearer {ground.me.key}\r\nContent-Type: application/xml\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        wire.sendall(head.encode() + body[: len(body) // 2])
    ground.steps.append("half of the bytes were sent, then the line was cut")
    ground.accepted(body)
    ground.accepted(body, 200)


def _digest(ground: Ground) -> None:
    wrong = base64.b64encode(bytes(32)).decode()
    answer = ground.post(ground.written(ground.envelope()), **{"Content-Digest": f"sha-256=:{wrong}:"})
    refused(answer, 400)


_HTTP: Final = "docs/reference/http.md, Send"
_QCVN: Final = "QCVN 102:2016/BTTTT"
CASES: Final = (
    Case("C01", "Gửi văn bản", "A document is accepted", f"{_QCVN}; {_HTTP}", _send),
    Case("C02", "Biên nhận có chữ ký của trục", "The receipt is signed and names the bytes", _HTTP, _receipt),
    Case("C03", "Gửi lại đúng các byte cũ", "The same bytes again get the same receipt", _HTTP, _duplicate),
    Case("C04", "Cùng mã, nội dung khác", "Other bytes under the same document id are refused", _HTTP, _other_bytes),
    Case(
        "C05",
        "Văn bản bị sửa sau khi ký",
        "A document altered after signing is refused",
        "W3C XML Signature; NĐ 68/2024 Art. 31",
        _bad_signature,
    ),
    Case(
        "C06", "XML không đúng cú pháp", "What cannot be read is refused with the line", "RFC 9457; XML 1.0", _malformed
    ),
    Case(
        "C07",
        "Nơi nhận không tồn tại",
        "An unknown recipient is refused",
        "QĐ 20/2020/QĐ-TTg Art. 4",
        _unknown_recipient,
    ),
    Case("C08", "Không có khóa", "A caller without a good key is refused", "RFC 9110 §15.5.2", _no_key),
    Case(
        "C09",
        "Nhận, tải tiếp, xác nhận",
        "Fetched as sent, ranges work, an item leaves when confirmed",
        "docs/reference/http.md, Receive; RFC 9110 §14",
        _collect,
    ),
    Case(
        "C10", "Mọi trạng thái", "Every report reaches the sender", "NĐ 30/2020 Art. 21; QCVN 102:2016/BTTTT", _statuses
    ),
    Case("C11", "Thu hồi", "A recalled document leaves the inbox", "QĐ 28/2018 Art. 9; NĐ 30/2020 Art. 18", _recall),
    Case("C12", "Thay thế", "A replacement is accepted and delivered", f"{_QCVN}, BussinessDocType 3", _replacement),
    Case("C13", "Cập nhật", "An update is accepted and delivered", f"{_QCVN}, BussinessDocType 2", _update),
    Case("C14", "Văn bản lớn", "Six megabytes are accepted whole", _HTTP, _large),
    Case(
        "C15",
        "Tên tệp dạng NFD",
        "A file name in NFD arrives as it was",
        "Unicode UAX 15; docs/reference/edxml.md",
        _nfd_name,
    ),
    Case(
        "C16", "Đồng hồ lệch", "A date in the future is accepted with a warning", "docs/reference/edxml.md", _clock_skew
    ),
    Case("C17", "Quá nhiều yêu cầu", "Too many requests get 429 with Retry-After", "RFC 6585 §4", _too_many),
    Case("C18", "Đứt mạng giữa chừng", "After a cut line the same bytes are accepted once", _HTTP, _outage),
    Case("C19", "Hỏng trên đường truyền", "Bytes that differ from their digest are refused", "RFC 9530", _digest),
)
