"""One table: which HTTP status a refusal becomes. Everything else about a refusal is in its findings.

RFC 9457. 400 cannot be read, 401/403 who, 409 conflicts with what is stored, 413/414/415/431 form, 422 readable but
refused, 429/503/507 try again. `type` is a stable path whose heading is in `docs/reference/problems.md`.
"""

import re
from collections.abc import Iterable
from typing import Any, Final
from xml.sax.saxutils import escape

import orjson

from hub.errors import (
    HubError,
    OutOfRange,
    Rejected,
    RevocationUnavailable,
    StorageFull,
    TooMany,
    Unavailable,
    WrongOffset,
)
from hub.findings import (
    TEXTS,
    Finding,
    access,
    content,
    directory,
    finding,
    http,
    life,
    proof,
    reform,
    signature,
    trust,
    vxp,
    watching,
    working,
    xml,
)

STATUS: Final[dict[str, int]] = {
    **dict.fromkeys(http.TEXTS, 400),
    **dict.fromkeys(access.TEXTS, 401),
    **dict.fromkeys(xml.TEXTS, 400),
    **dict.fromkeys(content.TEXTS, 422),
    **dict.fromkeys(signature.TEXTS, 422),
    **dict.fromkeys(directory.TEXTS, 422),
    **dict.fromkeys(reform.TEXTS, 422),
    **dict.fromkeys(life.TEXTS, 422),
    **dict.fromkeys(trust.TEXTS, 422),
    **dict.fromkeys(proof.TEXTS, 422),
    **dict.fromkeys(vxp.TEXTS, 422),
    **dict.fromkeys(watching.TEXTS, 422),
    **dict.fromkeys(working.TEXTS, 500),
    "unauthenticated": 401,
    "forbidden": 403,
    "agency-suspended": 403,
    "sender-mismatch": 403,
    "sender-closed": 403,
    "sender-to-come": 403,
    "second-person": 403,
    "change-unknown": 404,
    "change-settled": 409,
    "change-overtaken": 409,
    "not-yours": 403,
    "not-a-recipient": 403,
    "signer-of-another-agency": 403,
    "vxp-unauthenticated": 401,
    "vxp-non-ascii-header": 401,
    "vxp-headers-changed": 401,
    "vxp-system-ended": 403,
    "not-delegated": 403,
    "unit-not-yours": 403,
    "vxp-operation": 404,
    "vxp-unreadable": 400,
    "system-unknown": 404,
    "not-found": 404,
    "unknown-group": 404,
    "method-not-allowed": 405,
    "not-acceptable": 406,
    "request-timeout": 408,
    "duplicate-document": 409,
    "idempotency-conflict": 409,
    "confirmation-conflict": 409,
    "quarantine-decided": 409,
    "quarantined": 409,
    "not-collectable": 409,
    "alert-cleared": 409,
    "upload-offset": 409,
    "upload-over": 409,
    "upload-expired": 410,
    "length-required": 411,
    "too-large": 413,
    "uri-too-long": 414,
    "unsupported-media-type": 415,
    "charset": 415,
    "content-coding": 415,
    "range-not-satisfiable": 416,
    "expectation-failed": 417,
    "misdirected": 421,
    "invalid-parameter": 422,
    "channel-unknown": 422,
    "channel-settings": 422,
    "person-scope": 422,
    "identity-taken": 422,
    "rate-limited": 429,
    "upload-limit": 429,
    "too-many-waiting": 429,
    "upload-parts": 409,
    "headers-too-large": 431,
    "internal": 500,
    "busy": 503,
    "unavailable": 503,
    "not-yet-logged": 503,
    "revocation-unavailable": 503,
    "no-answer": 504,
    "storage-full": 507,
}
# which of several findings names the refusal: who you are before what you sent, unreadable before refused
_LEADS: Final = {401: 0, 403: 1, 400: 2, 413: 3, 415: 3, 409: 5}
_OTHERS: Final = 4
_NEVER_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2


def status_of(code: str) -> int:
    """The HTTP status of a finding's code."""
    return STATUS[code]


def findings_of(error: HubError) -> tuple[Finding, ...]:
    """What to tell the other side of an error."""
    if isinstance(error, Rejected):
        return error.findings
    if isinstance(error, StorageFull):
        return (finding("storage-full"),)
    if isinstance(error, RevocationUnavailable):
        return (finding("revocation-unavailable", "Signature", error.line),)
    if isinstance(error, TooMany):
        return (finding(error.code),)
    if isinstance(error, Unavailable):
        return (finding("unavailable"),)
    return (finding("internal"),)


def problem(
    findings: Iterable[Finding], instance: str, request_id: str, language: str = "vi"
) -> tuple[int, dict[str, Any]]:
    """The status and the problem document for some findings, all of them in it, the leading one naming it."""
    ordered = sorted(findings, key=lambda f: _LEADS.get(status_of(f.code), _OTHERS))
    lead = ordered[0]
    status = status_of(lead.code)
    one = 1 if language == "en" else 0
    return status, {
        "type": f"/problems/{lead.code}",
        "title": lead.title[one],
        "status": status,
        "code": lead.code,
        "detail": lead.message[one],
        "instance": instance,
        "request_id": request_id,
        "errors": [f.explained() for f in ordered],
    }


def headers_for(status: int, error: HubError | None = None) -> list[tuple[bytes, bytes]]:
    """The headers a refusal of this status carries."""
    if status == 401:  # noqa: PLR2004
        return [(b"www-authenticate", b'Bearer realm="truc"')]
    if status in (429, 503, 507):
        wait = error.retry_after if isinstance(error, (Unavailable, TooMany)) else 5
        return [(b"retry-after", str(wait).encode())]
    if isinstance(error, OutOfRange):
        return [(b"content-range", f"bytes */{error.size}".encode())]
    if isinstance(error, WrongOffset):
        return [(b"upload-offset", str(error.offset).encode()), (b"upload-complete", b"?0")]
    return []


def encode(document: dict[str, Any], accept: str) -> tuple[bytes, bytes]:
    """The document as (content type, bytes): XML for who asks for it, JSON for everybody else."""
    if "application/problem+xml" in accept or ("application/xml" in accept and "json" not in accept):
        return b"application/problem+xml; charset=utf-8", _as_xml(document)
    return b"application/problem+json", orjson.dumps(document)


def _as_xml(document: dict[str, Any]) -> bytes:
    def element(name: str, value: Any) -> str:
        if isinstance(value, dict):
            inner = "".join(element(k, v) for k, v in value.items())
        elif isinstance(value, list):
            inner = "".join(element("error", item) for item in value)
        else:
            inner = "" if value is None else escape(_NEVER_XML.sub("\ufffd", str(value)))
        return f"<{name}>{inner}</{name}>"

    inner = "".join(element(name, value) for name, value in document.items())
    return f'<?xml version="1.0" encoding="UTF-8"?><problem xmlns="urn:ietf:rfc:7807">{inner}</problem>'.encode()


def language_of(accept_language: str) -> str:
    """`vi` unless English is asked for first."""
    first = accept_language.split(",", 1)[0].strip().lower()
    return "en" if first.startswith("en") else "vi"


def known_codes() -> list[str]:
    """Every code there is, for the documentation and its test."""
    return sorted(TEXTS)
