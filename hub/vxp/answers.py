"""How the face answers: always JSON, with the codes that clients of the axis know and a text they can show.

The client ignores HTTP statuses, swallows an answer to `sendEdoc` without a `DocId`, reads that answer as US-ASCII, and
takes a list that is not JSON for an empty one. So whatever goes wrong has `status`, `ErrorCode`, `ErrorDesc` and `DocId`.
The HTTP status says the same for proxies and people; `code` and `errors` say it in full, as on the hub's own API.
"""

import json
import unicodedata
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from hub.errors import HubError
from hub.findings import content, signature, vxp, xml

Explain = Callable[[HubError, str], tuple[int, dict[str, Any]]]
"""The gateway's one table of refusals: an error and the path to the HTTP status and the problem document."""

OK: Final = "0"
JSON: Final = (b"content-type", b"application/json; charset=utf-8")
SEND: Final = "sendEdoc"
_LISTS: Final = frozenset(
    {"getReceivedEdocList", "getSentEdocList", "getAgenciesList", "getAgenciesListQD20", "getSynchronizeUnit"}
)
_COUNTS: Final = frozenset({"countReceiveEdoc", "countReceiveStatus"})
_DESC_AT_MOST: Final = 2000  # characters
_OTHER: Final = "21"
CODES: Final[dict[str, str]] = {
    **dict.fromkeys(xml.TEXTS, "10"),
    **dict.fromkeys(signature.TEXTS, "10"),
    **dict.fromkeys(content.TEXTS, "22"),
    **dict.fromkeys(("too-large", "empty-body", "file-hash", "unsupported-media-type", "charset"), "10"),
    **dict.fromkeys(("content-coding", "content-digest-mismatch", "length-required"), "10"),
    **dict.fromkeys(("type-mismatch", "not-a-status-message", "unknown-status-code"), "22"),
    **dict.fromkeys(("vxp-unauthenticated", "vxp-non-ascii-header", "vxp-headers-changed", "vxp-system-ended"), "15"),
    "vxp-unreadable": "15",
    "unauthenticated": "15",
    "unknown-recipient": "18",
    **dict.fromkeys(("sender-mismatch", "sender-closed", "sender-to-come", "agency-suspended", "not-delegated"), "19"),
    "signer-of-another-agency": "19",
    **dict.fromkeys(("internal", "busy", "unavailable", "storage-full", "revocation-unavailable"), "20"),
    "request-timeout": "20",
    **dict.fromkeys(("recipient-closed", "recipient-to-come", "recipient-suspended"), "23"),
}
"""Finding -> ErrorCode, as provincial axes use them; every other finding is 21, a fault in handling what was sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: whole, or in pieces."""

    body: bytes | AsyncIterator[bytes]
    status: int = 200
    headers: tuple[tuple[bytes, bytes], ...] = field(default=(JSON,))


def ok(**members: Any) -> Answer:
    """Done."""
    return Answer(orjson.dumps({"status": "OK", "ErrorCode": OK, "ErrorDesc": "Success", **members}))


def failure(operation: str, status: int, document: dict[str, Any]) -> Answer:
    """Not done, and why (a problem document says it); in ASCII where the client cannot read anything else."""
    code = document["code"]
    told = " | ".join(
        f"{each['code']}: {_place(each)}{each['message']['vi'].rstrip('.')}. {each['fix']['vi']}"
        for each in document["errors"]
    )
    needs_ascii = operation == SEND or code in vxp.TEXTS
    answer: dict[str, Any] = {
        "status": "FAIL",
        "ErrorCode": CODES.get(code, _OTHER),
        "ErrorDesc": (plain(told) if needs_ascii else told)[:_DESC_AT_MOST],
        "DocId": "",
    }
    if operation in _LISTS:
        answer["data"] = []
    elif operation == "getEdoc":
        answer["data"] = ""
    elif operation in _COUNTS:
        answer["count"] = 0
    answer |= {"code": code, "request_id": document["request_id"], "errors": document["errors"]}
    return Answer(json.dumps(answer, ensure_ascii=needs_ascii).encode(), status)


def plain(text: str) -> str:
    """Vietnamese in ASCII: without its marks, đ as d; what else is not ASCII becomes a question mark."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return bare.replace("đ", "d").replace("Đ", "D").encode("ascii", "replace").decode()


def _place(error: dict[str, Any]) -> str:
    return f"(dòng {error['line']}) " if error["line"] else ""
