"""`sendEdoc`: the file of one document or one status message, on the same road as `POST /v1/envelopes`.

The client sends the raw bytes and a CRLF, and the SHA-256 of the bytes. What is kept, hashed, verified and delivered is
the file without that CRLF, so the same document has the same receipt on either face.
"""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import Any, Final

from hub import bodies, enrol, reception
from hub.domain import deadline
from hub.domain.agency import Agency, code_key
from hub.domain.envelope import Address, Envelope, StatusMessage
from hub.errors import Rejected, RevocationUnavailable, rejected
from hub.ingress import open_envelope
from hub.spool import Body, Room
from hub.store.directory import systems
from hub.store.road import envelopes
from hub.vxp.answers import Answer, ok
from hub.vxp.calls import Call
from hub.vxp.signing import is_hash_of
from hub.xml.open import Faulty, Opened

_HASH: Final = re.compile(r"[0-9a-fA-F]{32,64}")
_TYPES: Final = frozenset({"", "application/octet-stream", "application/xml", "text/xml"})
_END: Final = b"\r\n"
_CODES_AT_MOST: Final = 5000


class Trimmed:
    """A body without the CRLF the client puts behind it. `ending` afterwards: what was taken off."""

    def __init__(self, receive: bodies.Receive) -> None:
        self._receive = receive
        self._held = b""
        self.ending = b""

    async def __call__(self) -> MutableMapping[str, Any]:
        """The next piece; the last two bytes wait until it is known whether more come."""
        message = await self._receive()
        if message["type"] != "http.request":
            return message
        data = self._held + message.get("body", b"")
        if message.get("more_body", False):
            self._held = data[-2:]
            return {**message, "body": data[:-2]}
        if data.endswith(_END):
            self.ending = _END
            data = data[:-2]
        return {**message, "body": data}


async def send_edoc(call: Call) -> Answer:
    """Accept a document or a status message; the `DocId` is the hub's name for it."""
    kind = call.headers.get(b"content-type", b"").split(b";")[0].strip().lower().decode("latin-1")
    if kind not in _TYPES:  # a form above all: the axis' client frames nothing, and a form would not be the file
        raise rejected("unsupported-media-type", found=kind)
    announced = bodies.check_headers(call.headers, call.hub.settings.max_envelope_bytes + len(_END))
    call.choice("servicetype", "eDoc", default="eDoc")
    said = call.choice("messagetype", "edoc", "status")
    stated = call.said.one("hash-file")
    if not _HASH.fullmatch(stated):
        raise rejected("invalid-parameter", "hash-file", name="hash-file", problem="SHA-256, hex")
    caller = await call.acting(call.said.one("from") or call.agency.code)
    trimmed = Trimmed(call.receive)
    with call.scales.room() as take, call.hub.spool.room() as room:
        body, sha256 = await bodies.read(trimmed, announced, call.hub.settings, take, room)
        if not is_hash_of(stated, sha256):
            body, sha256 = await _with_its_end(body, trimmed.ending, stated, sha256, room)
        caller, opened = await _opened(call, caller, body)
        await enrol.met(caller, opened.verdict, call.now, call.hub.database, call.hub.directory)
        message = opened.message
        found = "status" if isinstance(message, StatusMessage) else "edoc"
        if found != said:
            raise rejected("type-mismatch", "messagetype", said=said, found=found)
        if isinstance(message, StatusMessage):
            return await _report(call, caller, opened, message, reception.of_status(body, take))
        return await _document(call, caller, opened, message, body, sha256)


async def _with_its_end(body: Body, ending: bytes, stated: str, sha256: str, room: Room) -> tuple[Body, str]:
    """The file of a client that puts nothing behind it, when the file itself ends so."""
    if ending:
        if isinstance(body, bytes):
            whole = body + ending
            if is_hash_of(stated, digest := hashlib.sha256(whole).hexdigest()):
                return whole, digest
        else:
            spooled = await room.extend(ending)
            if is_hash_of(stated, spooled.sha256):
                return spooled, spooled.sha256
    raise rejected("file-hash", "hash-file", found=sha256)


async def _opened(call: Call, caller: Agency, body: Body) -> tuple[Agency, Opened]:
    """The message and whose it is. A gateway may name itself in `from`: then From decides, and its agency's certificates."""
    fault: Faulty | None = None
    try:
        opened = await open_envelope(body, caller, call.now, call.hub.trust)
    except Faulty as error:
        opened, fault = error.opened, error
    except RevocationUnavailable as error:
        await enrol.met(caller, error.verdict, call.now, call.hub.database, call.hub.directory)
        raise
    written = opened.message.sender.code
    if caller.code == call.agency.code and written:
        sender = (await call.hub.directory.resolve([written]))[written]
        if sender and sender.code != caller.code and await call.acts_for(sender):
            return await _opened(call, await call.acting(written), body)
    if fault:
        raise Rejected([*fault.findings, *await reception.further(call.hub, caller, fault, call.now)]) from None
    return caller, opened


async def _document(call: Call, caller: Agency, opened: Opened, envelope: Envelope, body: Body, sha256: str) -> Answer:
    acceptor = call.hub.acceptor
    wanted = await _recipients(call, envelope, sha256)
    narrowed = envelope if wanted is envelope.recipients else replace(envelope, recipients=wanted)

    async def consider(*, lenient: bool) -> Any:
        return await acceptor.consider(
            caller, narrowed, opened.verdict, opened.warnings, body, sha256, call.now, lenient=lenient
        )

    considered = await consider(lenient=True)
    dead = [d for d in considered.row.deliveries if d.state == "DEAD"]
    if dead and len(dead) == len(considered.row.deliveries):
        considered = await consider(lenient=False)  # nobody to deliver to: raises, with a reason for each
    accepted = await acceptor.accept(considered, call.now)
    if not accepted.is_new:
        await _same_recipients(call, accepted.id, narrowed)
    if dead:
        told = ", ".join(f"{d.addressed_as} ({(d.reason or '').partition(':')[0]})" for d in dead)
        return ok(DocId=accepted.id, ErrorDesc=f"Success; not delivered to: {told}"[:1000])
    return ok(DocId=accepted.id)


async def _recipients(call: Call, envelope: Envelope, sha256: str) -> tuple[Address, ...]:
    """Whom the document is for: its To. A header `to` that names some of them narrows it, the first time it is seen.

    The client never clears `to`: the next document of the same object brings the list of the last one along. Such a
    list narrows nothing: one agency too many that the envelope names is no harm, one too few is a lost document.
    """
    written = call.said.one("to")
    codes = _codes(written)
    if not codes:
        return envelope.recipients
    stamp = call.said.one("timestamp")[:40]
    named = hashlib.sha256(written.encode()).hexdigest()
    is_first = await systems.is_first_use(call.hub.database, call.system.systemid, stamp, named, sha256, call.now)
    key = await _keys(call, [*codes, *(a.code for a in envelope.recipients)])
    listed = {key(code) for code in codes}
    if not is_first or not listed < {key(a.code) for a in envelope.recipients}:
        return envelope.recipients
    return tuple(a for a in envelope.recipients if key(a.code) in listed)


def _codes(written: str) -> list[str]:
    try:
        codes = json.loads(written) if written.startswith("[") else []
    except (ValueError, RecursionError):
        return []
    is_list = isinstance(codes, list) and len(codes) <= _CODES_AT_MOST and all(isinstance(c, str) for c in codes)
    return codes if is_list else []


async def _keys(call: Call, codes: list[str]) -> Callable[[str], str]:
    known = await call.hub.directory.resolve(codes)

    def key(code: str) -> str:
        agency = known.get(code)
        return agency.code if agency else code_key(code)

    return key


async def _same_recipients(call: Call, envelope_id: str, envelope: Envelope) -> None:
    """The same bytes for other recipients are not the same sending: what is on record went to fewer."""
    async with call.hub.database.read() as conn:
        kept = (await envelopes.deliveries(conn, [envelope_id]))[envelope_id]
    key = await _keys(call, [*(a.code for a in envelope.recipients), *(d["addressed_as"] for d in kept)])
    reached = {d["recipient"] for d in kept} | {key(d["addressed_as"]) for d in kept}
    if any(key(address.code) not in reached for address in envelope.recipients):
        raise rejected(
            "duplicate-document",
            "to",
            document=envelope.document_id,
            kind=envelope.kind.value,
            at=call.now.astimezone(deadline.LOCAL).strftime("%H:%M:%S %d/%m/%Y"),
            first=envelope_id,
        )


async def _report(call: Call, caller: Agency, opened: Opened, message: StatusMessage, body: bytes) -> Answer:
    if errors := await call.hub.acceptor.check_caller(caller, message.sender, call.now):
        raise Rejected(errors)
    made = await call.hub.acknowledger.report(caller, message, opened.verdict, opened.warnings, body, call.now)
    return ok(DocId=made.id)


Handler = Callable[[Call], Awaitable[Answer]]
"""What answers one operation."""
