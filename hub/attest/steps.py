"""How a stranger checks an evidence file: step by step, with nothing but the hub's published keys and known roots."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import orjson
from cryptography import x509

from hub.attest.stamping import NotStamped
from hub.attest.stamping import check as check_stamp
from hub.domain import merkle
from hub.domain.agency import BoundCertificate
from hub.domain.trust import Judgement
from hub.errors import Rejected
from hub.spool import Body, Spooled
from hub.store.proof.records import Entry, digest
from hub.trust.ancestors import is_root
from hub.trust.chain import Judge
from hub.trust.seal import ACCEPTED, ATTESTED, HEAD, NotOurs, read
from hub.xml.open import Faulty, open_document

FORMAT: Final = "truc-evidence/1"
_GOOD: Final = frozenset({"valid", "valid-legacy"})


@dataclass(frozen=True, slots=True)
class Step:
    """One thing looked at: `ok` None means that it could not be told from what was given. (Vietnamese, English)."""

    name: str
    ok: bool | None
    said: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What the checker brings along: the hub's keys (JWKs), roots of signers (DER), roots of time-stamp authorities."""

    keys: Sequence[dict[str, Any]]
    roots: Sequence[bytes] = ()
    tsa_roots: Sequence[x509.Certificate] = ()


def check(evidence: Mapping[str, Any], known: Known) -> list[Step]:
    """Every step of an evidence file. A file that is none is one failed step."""
    try:
        return list(_steps(evidence, known))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"{type(error).__name__}: {error}"
        return [Step("file", False, (f"Tệp không đúng dạng: {what}", f"The file is not of this form: {what}"))]


def is_proven(steps: Sequence[Step]) -> bool:
    """Whether nothing failed, and the receipt, the leaf and the head were really checked."""
    held = {step.name for step in steps if step.ok}
    return all(step.ok is not False for step in steps) and {"receipt", "leaf envelope", "head"} <= held


def _steps(evidence: Mapping[str, Any], known: Known) -> Iterator[Step]:
    if evidence["format"] != FORMAT:
        said = str(evidence["format"])[:50]
        yield Step("file", False, (f"Dạng tệp lạ: {said}", f"An unknown format: {said}"))
        return
    envelope, body = evidence["envelope"], _original(evidence["original"])
    yield from _receipt(evidence, envelope, known)
    yield from _bytes(envelope, body)
    yield from _signature(evidence, envelope, body)
    yield from _chain(evidence, envelope, known)
    yield from _receipts(evidence, envelope, known)
    roots = {}
    for head in evidence["heads"]:
        step, root = _head(head, known)
        yield step
        if root:
            roots[head["size"]] = root
        yield _stamp(head, known)
    yield from _leaves(evidence, roots)
    for step in evidence["consistency"]:
        first, second = step["first"], step["second"]
        ok = merkle.is_consistent(first, second, _raw(step["path"]), roots.get(first, b""), roots.get(second, b""))
        said = f"{first} → {second}"
        yield Step("consistency", ok, (f"Sổ chỉ được nối thêm: {said}", f"The log only grew: {said}"))


def _receipt(evidence: Mapping[str, Any], envelope: Mapping[str, Any], known: Known) -> Iterator[Step]:
    try:
        signed = read(evidence["receipt"], known.keys)
    except NotOurs as error:
        yield Step("receipt", False, (f"Biên nhận không do trục ký: {error}", f"Not the hub's receipt: {error}"))
        return
    wanted = {
        "id": envelope["id"],
        "document_id": envelope["document_id"],
        "sender": envelope["sender"],
        "kind": envelope["kind"],
        "sha256": envelope["sha256"],
        "size": envelope["size"],
        "received_at": envelope["received_at"],
        "verdict": evidence["signature"]["verdict"],
    }
    claims = {name: signed.claims.get(name) for name in wanted}
    claims["received_at"] = _moment(str(claims["received_at"]))
    odd = [n for n, v in {**wanted, "received_at": _moment(wanted["received_at"])}.items() if claims[n] != v]
    ok = signed.typ == ACCEPTED and not odd
    said = f"{envelope['document_id']} {envelope['received_at']}"
    why = f" ≠ {', '.join(odd)}" if odd else ""
    yield Step("receipt", ok, (f"Biên nhận do trục ký ({signed.kid}): {said}{why}", f"Signed receipt: {said}{why}"))


def _bytes(envelope: Mapping[str, Any], body: Body | None) -> Iterator[Step]:
    if body is None:
        yield Step("bytes", None, ("Văn bản gốc không có trong tệp", "The document's bytes are not in the file"))
        return
    found = sha256(body).hexdigest() if isinstance(body, bytes) else body.sha256
    ok = found == envelope["sha256"] and len(body) == envelope["size"]
    said = f"{len(body)} byte, SHA-256 {found}"
    yield Step("bytes", ok, (f"Văn bản gốc: {said}", f"The document's bytes: {said}"))


def _original(found: Any) -> Body | None:
    """The document: in the file as base64, or decoded already because it is large."""
    if isinstance(found, str):
        return base64.b64decode(found, validate=True)
    if found is None or isinstance(found, Spooled):
        return found
    message = f"the document is no text: {type(found).__name__}"
    raise TypeError(message)


def _signature(evidence: Mapping[str, Any], envelope: Mapping[str, Any], body: Body | None) -> Iterator[Step]:
    said = evidence["signature"]
    wanted = said["verdict"]
    if body is None or (wanted not in _GOOD and wanted != Judgement.ABSENT):
        yield Step("signature", None, (f"Chữ ký: trục kết luận {wanted}", f"Signature: the hub's verdict is {wanted}"))
        return
    bound: tuple[BoundCertificate, ...] = ()
    if said["certificate"]:
        der = base64.b64decode(said["certificate"])
        bound = (BoundCertificate(sha256(der).hexdigest(), der),)
    try:
        opened = open_document(body, bound, _moment(envelope["received_at"]), accept_sha1=wanted == "valid-legacy")
        found, signer = opened.verdict.judgement.value, opened.verdict.signer
    except Faulty as error:
        found, signer = error.opened.verdict.judgement.value, error.opened.verdict.signer
    except Rejected as error:
        found, signer = error.code, ""
    text = f"{found} {signer}".strip()
    yield Step("signature", found == wanted, (f"Kiểm lại chữ ký: {text}", f"The signature, verified again: {text}"))


def _chain(evidence: Mapping[str, Any], envelope: Mapping[str, Any], known: Known) -> Iterator[Step]:
    said = evidence["signature"]
    if said["basis"] != "chain":
        words = {
            "none": ("không có chứng thư", "no certificate"),
            "pinned": ("chứng thư được ghim trong danh bạ", "the certificate is pinned in the directory"),
            "bound": (
                "chứng thư gắn với cơ quan, khi đó chưa có CA gốc",
                "bound to the agency; there was no root then",
            ),
        }[said["basis"]]
        yield Step("chain", None, (f"Chuỗi chứng thư: {words[0]}", f"Certificate chain: {words[1]}"))
        return
    inside = [base64.b64decode(each) for each in said["authorities"]]
    roots = list(known.roots) or [der for der in inside if is_root(der)]
    judge = Judge(
        roots,
        [der for der in inside if not is_root(der)],
        [base64.b64decode(crl) for crl in said["crls"]],
        {name: base64.b64decode(der) for name, der in said["ocsp"].items()},
    )
    chain = judge.judge(base64.b64decode(said["certificate"]), _moment(envelope["received_at"]))
    is_good = chain.judgement is None and (chain.is_known or said["reason"] == chain.reason)
    names = ", ".join(sha256(der).hexdigest() for der in inside if is_root(der))
    text = chain.detail or f"{len(said['crls'])} CRL, {len(said['ocsp'])} OCSP"
    ok = is_good if known.roots or not is_good else None
    note = (
        ("", "")
        if known.roots
        else (f"; hãy đối chiếu CA gốc {names}", f"; compare the root with the published: {names}")
    )
    yield Step("chain", ok, (f"Chuỗi chứng thư lúc nhận: {text}{note[0]}", f"Chain at that time: {text}{note[1]}"))


def _receipts(evidence: Mapping[str, Any], envelope: Mapping[str, Any], known: Known) -> Iterator[Step]:
    records = {p["id"]: p for p in evidence["proofs"] if p["kind"] == "receipt"}
    for each in evidence["receipts"]:
        said = f"{each['what']} {each['code'] or ''} {each['recipient']} {each['at']}"
        try:
            signed = read(each["receipt"], known.keys)
        except NotOurs as error:
            yield Step("delivery", False, (f"{said}: không do trục ký ({error})", f"{said}: not the hub's ({error})"))
            continue
        claims = signed.claims
        ok = (
            signed.typ == ATTESTED
            and all(claims.get(name) == each[name] for name in ("what", "code", "recipient", "delivery_id", "event"))
            and (claims.get("envelope_id"), claims.get("sha256")) == (envelope["id"], envelope["sha256"])
        )
        proof = records.get(str(each["event"]))
        if proof and proof["record"] is not None:
            ok = ok and orjson.loads(proof["record"])["receipt"] == each["receipt"]
        yield Step("delivery", ok, (f"Biên nhận: {said}", f"Receipt: {said}"))


def _head(head: Mapping[str, Any], known: Known) -> tuple[Step, bytes | None]:
    try:
        signed = read(head["head"], known.keys)
    except NotOurs as error:
        return Step("head", False, (f"Đầu sổ không do trục ký: {error}", f"Not the hub's head: {error}")), None
    if signed.typ != HEAD:
        return Step("head", False, (f"Không phải đầu sổ: {signed.typ}", f"No head of a log: {signed.typ}")), None
    ok = signed.claims["size"] == head["size"]
    said = f"{signed.claims['size']} ({signed.claims['at']})"
    step = Step("head", ok, (f"Đầu sổ đã ký, số mục {said}", f"Signed head of the log, leaves: {said}"))
    return step, bytes.fromhex(signed.claims["root"]) if ok else None


def _stamp(head: Mapping[str, Any], known: Known) -> Step:
    if not head["token"]:
        return Step("time-stamp", None, ("Đầu sổ chưa có dấu thời gian", "The head carries no time-stamp"))
    try:
        at = check_stamp(base64.b64decode(head["token"]), head["head"].encode(), known.tsa_roots)
    except NotStamped as error:
        return Step("time-stamp", False, (f"Dấu thời gian sai: {error}", f"A wrong time-stamp: {error}"))
    ok = True if known.tsa_roots else None
    note = ("", "") if ok else ("; bên cấp chưa được kiểm", "; who says so was not checked: give --tsa-roots")
    said = at.isoformat()
    return Step("time-stamp", ok, (f"Dấu thời gian {said}{note[0]}", f"Time-stamp {said}{note[1]}"))


def _leaves(evidence: Mapping[str, Any], roots: Mapping[int, bytes]) -> Iterator[Step]:
    for proof in evidence["proofs"]:
        entry = Entry(proof["kind"], proof["id"], proof["sha256"])
        number, size, root = proof["number"], proof["size"], roots.get(proof["size"], b"")
        ok = merkle.is_included(merkle.leaf_hash(entry.leaf), number, size, _raw(proof["path"]), root)
        if proof["record"] is not None:
            ok = ok and digest(proof["record"].encode()) == proof["sha256"] and _is_about(evidence, proof)
        said = f"{proof['kind']} {proof['id']}: {number} / {size}"
        yield Step(f"leaf {proof['kind']}", ok, (f"Mục trong sổ: {said}", f"In the log: {said}"))


def _is_about(evidence: Mapping[str, Any], proof: Mapping[str, Any]) -> bool:
    """Whether the record that was logged says what the file says."""
    if proof["kind"] != "envelope":
        return True  # looked at with its receipt
    record, envelope = orjson.loads(proof["record"]), evidence["envelope"]
    said = evidence["signature"]
    return (
        record["receipt"] == evidence["receipt"]
        and all(record[name] == envelope[name] for name in ("id", "sender", "document_id", "kind", "sha256", "size"))
        and (record["judgement"], record["reason"] or None) == (said["verdict"], said["reason"])
        and (record["facts"].get("trust") or {}).get("version") == said["policy"]["version"]
    )


def _raw(path: Sequence[str]) -> list[bytes]:
    return [bytes.fromhex(step) for step in path]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
