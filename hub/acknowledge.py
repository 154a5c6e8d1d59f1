"""The agency's answer, and its way back.

A report is recorded whatever it says, flagged when out of turn, and travels to its addressee as a delivery of its own;
the document's sender sees it in the feed in the same transaction.

Refused only when it is from nobody, or about a document the hub never carried to that agency.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256 as hash_bytes
from typing import Any

from hub import failpoint
from hub.domain import deadline
from hub.domain.agency import Agency
from hub.domain.envelope import Address, Kind, StatusMessage
from hub.domain.ids import delivery_id, new_id
from hub.domain.report import AGREED, BY_SENDER, NAMES, REFUSED, Outcome, after
from hub.domain.routing import spelled
from hub.domain.trust import Verdict
from hub.errors import OutOfTurn, Unavailable, rejected
from hub.findings import Finding, finding
from hub.settings import Settings
from hub.store.database import Database
from hub.store.directory.memory import Directory
from hub.store.road import accepting, changes, envelopes, reports
from hub.store.road.accepting import NewDelivery, NewEnvelope
from hub.store.trust import rechecks
from hub.store.watching.calendar import Calendars
from hub.trust.seal import Seal, receipt_claims
from hub.xml.write import write_status

_FROM = "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/From/OrganId"
_TO = "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/ResponseFor/OrganId"
_TRIES = 5  # reports on one delivery that may cross before we give up


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A report on record: its id, its flags, and whether this call put it there."""

    id: str
    code: str
    document_id: str
    flags: tuple[str, ...]
    is_new: bool
    row: NewEnvelope | None = None


@dataclass(frozen=True, slots=True)
class Acknowledger:
    """The room with its tools."""

    database: Database
    directory: Directory
    seal: Seal
    settings: Settings
    calendars: Calendars

    async def report(  # noqa: PLR0913
        self,
        caller: Agency,
        message: StatusMessage,
        verdict: Verdict,
        warnings: tuple[Finding, ...],
        body: bytes | None,
        now: datetime,
        *,
        dry_run: bool = False,
        identity: str = "",
    ) -> Acknowledged:
        """Record a report and send it on. `body` None: the hub writes the edXML itself, from a JSON report.

        `identity`: the report's id where it must not double; one that is on record under it is answered again.
        """
        caller = await self.directory.acting(caller, message.sender.code)
        addressee = await self._addressee(message)
        from_sender = message.code == BY_SENDER
        document_sender, recipient = (caller, addressee) if from_sender else (addressee, caller)
        warnings = (*warnings, *_code_warnings(message))
        if body is not None:  # what the hub writes itself, it writes as the directory does
            warnings += (*spelled(message.sender, _FROM, caller), *spelled(message.addressee, _TO, addressee))
        for _ in range(_TRIES):
            about = await self._document(document_sender, recipient, message)
            outcome = after(about["progress"], await self._pending(about, message.code), message.code)
            named = identity or new_id()
            whole = self._completed(message, caller, addressee, about, now) if body is None else message
            content = _written(whole, named) if body is None else body
            row = self._row(named, caller, addressee, about, whole, verdict, warnings, content, now)
            if dry_run:
                return Acknowledged(row.id, message.code, about["document_id"], outcome.flags, is_new=False, row=row)
            new = reports.NewReport(
                id=row.id,
                envelope_id=about["envelope_id"],
                delivery_id=about["delivery_id"],
                document_sender=document_sender.code,
                recipient=about["recipient"],
                sender=caller.code,
                addressee=addressee.code,
                code=message.code,
                description=message.description,
                staff=_staff(message),
                stated_at=message.stated_at,
                received_at=now,
                by_recipient=not from_sender,
            )
            try:
                if not await self._keep(row, new, about["version"], outcome, verdict):
                    break  # the same bytes are on record
            except OutOfTurn:
                continue
            return Acknowledged(row.id, message.code, about["document_id"], outcome.flags, is_new=True, row=row)
        if identity and (there := await self.known(identity)):
            return there
        return await self._first(caller, message, hash_bytes(content).hexdigest())

    async def _keep(
        self, row: NewEnvelope, new: reports.NewReport, version: int, outcome: Outcome, verdict: Verdict
    ) -> bool:
        """Commit a report. False when the same bytes are on record; `OutOfTurn` when another report came first."""
        async with self.database.write() as conn:
            if not await accepting.insert(conn, [row]):
                return False
            if verdict.is_provisional:
                await rechecks.add(conn, row.id, row.sender, verdict.fingerprint, row.received_at)
            by = changes.By(
                new.id,
                new.received_at,
                timedelta(minutes=self.settings.overtake_minutes),
                lambda code: deadline.change_by(new.received_at, self.calendars.of(code)),
                {new.recipient: new.addressee},
            )
            if not await reports.keep(self.database, conn, new, version, outcome, by):
                message = "another report came first"
                raise OutOfTurn(message)  # roll back, look again
            failpoint.reach("report-uncommitted")
        return True

    async def _pending(self, about: dict[str, Any], code: str) -> str | None:
        """What waits for an answer: on the document's delivery, or on that of the envelope that asks, which may be named."""
        waiting: str | None = about["pending_change"]
        if waiting or code not in (AGREED, REFUSED):
            return waiting
        async with self.database.read() as conn:
            through = await changes.pending_through(conn, about["delivery_id"])
        return Kind.REPLACE.value if through else None  # what is given up is the document, not what asks for it

    async def _addressee(self, message: StatusMessage) -> Agency:
        """Who the report is for; a code that was closed leads to its one successor."""
        written = message.addressee.code
        found = (await self.directory.resolve([written]))[written]
        if found and found.valid_to is not None:
            heir = (await self.directory.heirs([found.code]))[found.code]
            found = (await self.directory.resolve([heir]))[heir] or found
        if found is None:
            raise rejected(
                "unknown-document",
                _TO,
                message.addressee.line,
                document=message.document_id or message.document_code,
                agency=written,
            )
        return found

    async def _document(self, sender: Agency, recipient: Agency, message: StatusMessage) -> dict[str, Any]:
        """The delivery that is reported on. What was sent under a code that is closed now is found under it too."""
        named = await self.directory.resolve([message.addressee.code])
        former = () if message.code == BY_SENDER else tuple(agency.code for agency in named.values() if agency)
        if message.code == BY_SENDER:
            former = await self._predecessors(sender, message)
        senders = tuple(dict.fromkeys((sender.code, *sender.codes, *former)))
        async with self.database.read() as conn:
            for code in dict.fromkeys((recipient.code, *reversed(recipient.codes))):
                about = await envelopes.reported_on(
                    conn, senders, code, message.document_id, message.document_code, message.promulgated_on
                )
                if about:
                    return about
        if about := await self._inherited(senders, recipient, message):
            return about
        async with self.database.read() as conn:
            names = [message.document_id] if message.document_id else []
            carried = [row for row in await envelopes.carried(conn, names) if row["sender"] in senders]
        path = "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/ResponseFor"
        if carried and message.code != BY_SENDER:
            raise rejected("not-a-recipient", path, message.addressee.line)
        raise rejected(
            "unknown-document",
            path,
            message.addressee.line,
            document=message.document_id or message.document_code,
            agency=sender.code,
        )

    async def _inherited(
        self, senders: tuple[str, ...], recipient: Agency, message: StatusMessage
    ) -> dict[str, Any] | None:
        """The delivery to a code that is closed now, of which the one who reports is the successor, or one of several."""
        if not message.document_id:
            return None
        async with self.database.read() as conn:
            ids = [r["id"] for r in await envelopes.carried(conn, [message.document_id]) if r["sender"] in senders]
            sent = await envelopes.deliveries(conn, ids)
        recipients = {d["recipient"] for found in sent.values() for d in found} - {recipient.code}
        for former in await self.directory.leading_to(recipients, recipient.code):
            async with self.database.read() as conn:
                about = await envelopes.reported_on(
                    conn, senders, former, message.document_id, message.document_code, message.promulgated_on
                )
            if about:
                return about
        return None

    async def _predecessors(self, sender: Agency, message: StatusMessage) -> tuple[str, ...]:
        """The closed codes under which the document may have been sent that its sender's successor asks back."""
        if not message.document_id:
            return ()
        async with self.database.read() as conn:
            senders = {row["sender"] for row in await envelopes.carried(conn, [message.document_id])}
        heirs = await self.directory.heirs(senders - {*sender.codes})
        return tuple(code for code, heir in heirs.items() if heir in sender.codes)

    def _completed(
        self, message: StatusMessage, caller: Agency, addressee: Agency, about: dict[str, Any], now: datetime
    ) -> StatusMessage:
        """A JSON report as the message it stands for, with what the hub knows of the document."""
        local = now.astimezone(deadline.LOCAL)
        return replace(
            message,
            sender=Address(caller.code, caller.name),
            addressee=Address(addressee.code, addressee.name),
            document_id=about["document_id"],
            document_code=about["code"],
            promulgated_on=about["promulgated_on"],
            stated_at=local.strftime("%Y/%m/%d %H:%M:%S"),
        )

    def _row(  # noqa: PLR0913
        self,
        identity: str,
        caller: Agency,
        addressee: Agency,
        about: dict[str, Any],
        message: StatusMessage,
        verdict: Verdict,
        warnings: tuple[Finding, ...],
        content: bytes,
        now: datetime,
    ) -> NewEnvelope:
        digest = hash_bytes(content).hexdigest()
        name = NAMES.get(message.code, ("", ""))[0]
        target = NewDelivery(
            delivery_id(identity, addressee.code),
            addressee.code,
            message.addressee.code or addressee.code,
            addressee.level,
            addressee.channel,
            "QUEUED",
            3,
            now + timedelta(seconds=self.settings.rebell_seconds),
            None,
        )
        claims = receipt_claims(
            identity,
            caller.code,
            about["document_id"],
            "status",
            digest,
            len(content),
            now,
            verdict,
            [addressee.code],
            warnings,
        )
        return NewEnvelope(
            id=identity,
            sender=caller.code,
            kind="status",
            document_id=about["document_id"],
            code=message.code,
            subject=message.description or name,
            priority=0,
            promulgated_on=about["promulgated_on"],
            sha256=digest,
            size=len(content),
            received_at=now,
            judgement=verdict.judgement.value,
            reason=verdict.reason,
            signer=verdict.signer,
            facts={
                "staff": _staff(message),
                "stated_at": message.stated_at,
                "about": about["envelope_id"],
                "trust": verdict.grounds(self.directory.version),
            },
            warnings=[w.shown() for w in warnings],
            receipt=self.seal.sign(claims),
            search="",
            body=content,
            digest=None,
            deliveries=(target,),
        )

    async def known(self, report_id: str) -> Acknowledged | None:
        """A report on record."""
        async with self.database.read() as conn:
            kept = await reports.get(conn, report_id)
            about = await envelopes.get(conn, kept["envelope_id"]) if kept else None
        if not kept or not about:
            return None
        return Acknowledged(report_id, kept["code"], about["document_id"], tuple(kept["flags"]), is_new=False)

    async def _first(self, caller: Agency, message: StatusMessage, digest: str) -> Acknowledged:
        async with self.database.read() as conn:
            first = await accepting.find_first(conn, caller.code, message.document_id, "status", digest)
        found = await self.known(first["id"]) if first else None
        if found is None:
            text = "reports on this document keep crossing"
            raise Unavailable(text, retry_after=1)
        return found


def _written(message: StatusMessage, identity: str) -> bytes:
    """A JSON report as edXML. The comment keeps two alike apart: times in edXML are whole seconds, and 05 may repeat."""
    return write_status(message).replace(b"?>", f"?><!-- {identity} -->".encode(), 1)


def _code_warnings(message: StatusMessage) -> tuple[Finding, ...]:
    if message.code in NAMES:
        return ()
    path = "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/StatusCode"
    return (finding("unknown-status-code", path, None, found=message.code),)


def _staff(message: StatusMessage) -> dict[str, str]:
    staff = message.staff
    facts = {"name": staff.name, "department": staff.department, "email": staff.email, "mobile": staff.mobile}
    return {name: value for name, value in facts.items() if value}
