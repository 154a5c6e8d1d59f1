"""The cases for the VXP face: what clients of the national axis rely on. Keys are the systems' secrets here."""

import base64
import hashlib
import hmac
import json
from typing import Any, Final

from hub.conform.cases import Case
from hub.conform.ground import Ground, Party, expect

_PREFIX: Final = "XroadVnpt-"
_JSON: Final = "application/json"
_OCTETS: Final = "application/octet-stream"
_BAD_CALL, _BAD_FILE = "15", "10"


def _call(
    ground: Ground,
    operation: str,
    said: dict[str, str],
    body: bytes = b"{}",
    who: Party | None = None,
    *,
    lie: str = "",
) -> dict[str, Any]:
    """One call, signed as the axis' client signs; `lie` spoils the secret. Answers the JSON of the answer."""
    caller = who or ground.me
    kind = _OCTETS if operation == "sendEdoc" else _JSON
    given = {"systemid": caller.code, "timestamp": "25112026T080000+0000", **said, "Content-Type": kind}
    text = json.dumps({_PREFIX + name: value for name, value in given.items()}, separators=(",", ":"))
    mac = hmac.new((caller.key + lie).encode(), text.encode(), hashlib.sha256).hexdigest()
    headers = {
        **{_PREFIX + name: value for name, value in given.items()},
        "Content-Type": kind,
        f"{_PREFIX}sign-header-key": ";".join(given),
        f"{_PREFIX}sign-header": text,
        f"{_PREFIX}hash-header": mac,
    }
    answer = ground.http.post(f"/vxp/{operation}", content=body, headers=headers)
    ground.steps.append(f"{caller.code}: {operation} -> {answer.status_code}")
    found = answer.json()
    expect(isinstance(found, dict) and "ErrorCode" in found, "JSON with ErrorCode", answer.text[:200])
    return dict(found)


def _sent(ground: Ground, file: bytes, shown: bytes | None = None) -> dict[str, Any]:
    digest = "".join(f"{byte:x}" for byte in hashlib.sha256(file).digest())  # no zeros, as the kit prints it
    said = {"servicetype": "eDoc", "messagetype": "edoc", "hash-file": digest, "from": ground.me.code}
    return _call(ground, "sendEdoc", said, (shown or file) + b"\r\n")


def _taken(ground: Ground) -> tuple[bytes, str]:
    file = ground.written(ground.envelope())
    said = _sent(ground, file)
    expect(said["status"] == "OK" and said.get("DocId"), "OK and a DocId", str(said)[:300])
    return file, str(said["DocId"])


def _refused(said: dict[str, Any], code: str) -> None:
    expect((said["status"], said["ErrorCode"]) == ("FAIL", code), f"FAIL {code}", str(said)[:300])


def _list(ground: Ground) -> None:
    said = _call(ground, "getAgenciesList", {})
    codes = {unit["code"] for unit in said["data"]}
    expect(ground.me.code in codes, f"{ground.me.code} in the list", str(len(codes)))


def _wrong_secret(ground: Ground) -> None:
    _refused(_call(ground, "getAgenciesList", {}, lie="x"), _BAD_CALL)


def _send(ground: Ground) -> None:
    _taken(ground)


def _again(ground: Ground) -> None:
    file, docid = _taken(ground)
    said = _sent(ground, file)
    expect(said.get("DocId") == docid, f"the same DocId {docid}", str(said)[:300])


def _cut_file(ground: Ground) -> None:
    file = ground.written(ground.envelope())
    _refused(_sent(ground, file, file[:-20]), _BAD_FILE)


def _collect(ground: Ground) -> None:
    peer = ground.other()
    file, _ = _taken(ground)

    def find() -> str:
        said = _call(ground, "getReceivedEdocList", {"servicetype": "eDoc", "messagetype": "edoc"}, who=peer)
        for one in said["data"]:
            got = _call(ground, "getEdoc", {"docId": one["docId"], "filePath": "x"}, who=peer)
            if base64.b64decode(got["data"]) == file:
                return str(one["docId"])
        return ""

    docid = ground.eventually(find, "the file in the recipient's list, byte for byte")
    for status in ("processing", "done"):
        said = _call(ground, "updateStatus", {"status": status, "docId": docid}, who=peer)
        expect(said["status"] == "OK", f"OK for {status}", str(said)[:300])
    said = _call(ground, "getReceivedEdocList", {"servicetype": "eDoc", "messagetype": "edoc"}, who=peer)
    expect(docid not in {one["docId"] for one in said["data"]}, "a list without it", "it is still there")


_RULE: Final = "docs/reference/vxp.md"
CASES: Final = (
    Case("V01", "Danh sách cơ quan", "The list of agencies has the caller", _RULE, _list),
    Case("V02", "Sai khóa bí mật", "A wrong secret is told as 15", _RULE, _wrong_secret),
    Case("V03", "Gửi văn bản", "A document gets a DocId", _RULE, _send),
    Case("V04", "Gửi lại cùng một tệp", "The same file again gets the same DocId", _RULE, _again),
    Case("V05", "Tệp bị cắt", "A file that differs from its hash is told as 10", _RULE, _cut_file),
    Case("V06", "Nhận và cập nhật trạng thái", "Collected as sent; done takes it out", _RULE, _collect),
)
