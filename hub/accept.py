"""The hub takes responsibility: what is accepted here is committed with all its deliveries and its receipt, or not at all.

`consider` decides (who, where to, may it) and raises `Rejected` with everything that speaks against it; `Acceptor.accept`
commits it in a group with whatever else is waiting, and answers the first receipt when the name is known already.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from hub import failpoint, log, metrics
from hub.domain import deadline
from hub.domain.agency import Agency, SignaturePolicy
from hub.domain.envelope import Address, Attachment, Envelope, Kind
from hub.domain.ids import delivery_id, new_id
from hub.domain.routing import SUCCESSIONS_AT_MOST, Plan, plan, rank
from hub.domain.trust import Judgement, Verdict, is_taken
from hub.domain.vietnamese import fold
from hub.errors import HubError, Rejected, Unavailable, rejected
from hub.findings import Finding, finding
from hub.settings import Settings
from hub.store import accepting, envelopes, recalls, rechecks
from hub.store.accepting import NewDelivery, NewEnvelope
from hub.store.bell import OUTBOX, feed
from hub.store.calendar import Calendars
from hub.store.database import Database
from hub.store.directory import Directory
from hub.store.events import Happened, record
from hub.store.originals import ObjectStore
from hub.store.signatures import Refusals
from hub.trust.seal import Seal, receipt_claims

_GROUP_AT_MOST: Final = 128  # envelopes; more only makes the last one wait for the first
_GROUP_BYTES: Final = 16 * 1024 * 1024
_logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Considered:
    """An envelope ready to be committed. `withdraws`: documents (ids of ours) that its recall reaches."""

    row: NewEnvelope
    verdict: Verdict
    warnings: tuple[Finding, ...]
    body: bytes
    withdraws: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()  # documents (ids of ours) whose recipients now have a change to answer


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is on record: the id, and whether this call put it there."""

    id: str
    is_new: bool


@dataclass(slots=True)
class Acceptor:
    """The room with its tools. `start` before the first `accept`; `stop` finishes what is waiting."""

    database: Database
    directory: Directory
    originals: ObjectStore
    seal: Seal
    settings: Settings
    calendars: Calendars
    refusals: Refusals = field(init=False)
    _waiting: list[tuple[NewEnvelope, asyncio.Future[bool]]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        """Count refused signatures beside what is accepted."""
        self.refusals = Refusals(self.database)

    async def start(self) -> None:
        """Begin to commit groups."""
        self.refusals.start()
        self._task = asyncio.create_task(self._commit_groups(), name="accept")

    async def stop(self) -> None:
        """Commit what waits, then stop."""
        await self.refusals.stop()
        if self._task:
            await asyncio.gather(*(done for _, done in self._waiting), return_exceptions=True)
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    # -- decide -----------------------------------------------------------------------------------------------

    async def consider(  # noqa: PLR0913 - the facts of one decision
        self,
        caller: Agency,
        envelope: Envelope,
        verdict: Verdict,
        warnings: Sequence[Finding],
        body: bytes,
        sha256: str,
        now: datetime,
        *,
        lenient: bool = False,
    ) -> Considered:
        """Decide on an envelope; raises `Rejected` with every reason against it."""
        errors: list[Finding] = []
        errors += await self.check_caller(caller, envelope.sender, now)
        errors += await self.check_signature(caller, verdict)
        if len(envelope.recipients) > self.settings.max_recipients:
            errors.append(
                finding(
                    "too-many-recipients",
                    "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/To",
                    found=len(envelope.recipients),
                    limit=self.settings.max_recipients,
                )
            )
            raise Rejected(errors)
        routed = await self._route(caller, envelope, now, lenient=lenient)
        errors += routed.errors
        related, related_errors, related_warnings = await self._related(caller, envelope)
        errors += related_errors
        if errors:
            raise Rejected(errors)
        everything = (*warnings, *routed.warnings, *related_warnings)
        row = self._row(caller, envelope, verdict, everything, routed, body, sha256, now)
        recalls = related if envelope.kind is Kind.RECALL else ()
        return Considered(row, verdict, everything, body, recalls, related)

    async def further(self, caller: Agency, envelope: Envelope, verdict: Verdict, now: datetime) -> list[Finding]:
        """What else speaks against an envelope whose content is refused already, so that all of it is said at once."""
        errors = await self.check_caller(caller, envelope.sender, now) if envelope.sender.code else []
        errors += await self.check_signature(caller, verdict)
        named = tuple(address for address in envelope.recipients if address.code)
        if len(named) <= self.settings.max_recipients:
            routed = await self._route(caller, replace(envelope, recipients=named), now, lenient=False)
            errors += routed.errors
        return errors

    async def check_caller(self, caller: Agency, sender: Address, now: datetime) -> list[Finding]:
        """From must be the caller, and the caller's code must not be closed."""
        path = "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/From/OrganId"
        named = (await self.directory.resolve([sender.code]))[sender.code]
        if named is None or named.code != caller.code:
            return [finding("sender-mismatch", path, sender.line, found=sender.code, caller=caller.code)]
        today = now.astimezone(deadline.LOCAL).date()
        if not caller.may_send(today):
            successors = ", ".join(caller.successors) or "—"
            return [
                finding(
                    "sender-closed", path, sender.line, agency=caller.code, since=caller.valid_to, successors=successors
                )
            ]
        return []

    async def check_signature(self, caller: Agency, verdict: Verdict) -> list[Finding]:
        """What the caller's policy makes of the verdict; a signature by another agency's certificate is theirs, not ours."""
        if verdict.judgement is Judgement.UNTRUSTED and verdict.fingerprint:
            owner = await self.directory.owner_of(verdict.fingerprint)
            if owner and owner != caller.code and caller.policy is not SignaturePolicy.REPORT_ONLY:
                return [finding("sender-mismatch", "Signature", verdict.line, found=verdict.signer, caller=caller.code)]
        taken = is_taken(caller.policy, verdict)
        metrics.SIGNATURES.labels(verdict.judgement, verdict.reason, taken).inc()
        if taken:
            return []
        day = datetime.now(deadline.LOCAL).date()
        self.refusals.count(caller.code, day, verdict.judgement, verdict.reason)
        code = verdict.reason or "signature-missing"
        return [finding(code, "Signature", verdict.line, detail=verdict.detail, signer=verdict.signer)]

    async def _route(self, caller: Agency, envelope: Envelope, now: datetime, *, lenient: bool) -> Plan:
        today = now.astimezone(deadline.LOCAL).date()
        known: dict[str, Agency | None] = {}
        wanted = {address.code for address in envelope.recipients}
        for _ in range(SUCCESSIONS_AT_MOST):
            known |= await self.directory.resolve(wanted)
            wanted = {
                code
                for agency in known.values()
                if agency and agency.is_closed(today)
                for code in agency.successors
                if code not in known
            }
            if not wanted:
                break
        unknown = [a.code for a in envelope.recipients if known.get(a.code) is None]
        candidates = await self.directory.candidates(unknown) if unknown else {}
        return plan(envelope.recipients, caller, known, today, lenient=lenient, candidates=candidates)

    async def _related(
        self, caller: Agency, envelope: Envelope
    ) -> tuple[tuple[str, ...], list[Finding], list[Finding]]:
        """The documents (our ids) a recall, update or replacement is about; another agency's are refused."""
        if envelope.kind is Kind.NEW:
            return (), [], []
        named = dict.fromkeys((*envelope.concerns, *(r.document_id for r in envelope.replacements)))
        names = [name for name in named if name] or [envelope.document_id]
        async with self.database.read() as conn:
            found = await envelopes.carried(conn, names)
        mine = tuple(row["id"] for row in found if row["sender"] == caller.code)
        known = {row["document_id"] for row in found if row["sender"] == caller.code}
        foreign = {row["document_id"] for row in found} - known
        path = "edXML/edXMLEnvelope/edXMLHeader/TraceHeaderList/Bussiness"
        if not mine and foreign:
            return (), [finding("not-yours", path, document=name) for name in names if name in foreign], []
        warnings = [] if known else [finding("unknown-related-document", path, document=name) for name in names]
        return mine, [], warnings

    def _row(  # noqa: PLR0913
        self,
        caller: Agency,
        envelope: Envelope,
        verdict: Verdict,
        warnings: Sequence[Finding],
        routed: Plan,
        body: bytes,
        sha256: str,
        now: datetime,
    ) -> NewEnvelope:
        identity = new_id()
        due_at = self.calendars.receive_by(now, envelope.priority)
        lane = rank(envelope.priority)
        again_at = now + timedelta(seconds=self.settings.rebell_seconds)
        targets = tuple(
            NewDelivery(
                delivery_id(identity, target.recipient),
                target.recipient,
                target.addressed_as,
                target.agency.level if target.agency else "",
                target.agency.channel if target.agency else "",
                "QUEUED" if target.agency else "DEAD",
                lane,
                again_at if target.agency else None,
                due_at,
                target.reason or None,
            )
            for target in routed.targets
        )
        receipt = self.seal.sign(
            receipt_claims(
                identity,
                caller.code,
                envelope.document_id,
                envelope.kind,
                sha256,
                len(body),
                now,
                verdict,
                [t.recipient for t in targets if t.state != "DEAD"],
            )
        )
        inline = len(body) <= self.settings.inline_bytes
        return NewEnvelope(
            id=identity,
            sender=caller.code,
            kind=envelope.kind.value,
            document_id=envelope.document_id,
            code=envelope.code,
            subject=envelope.subject,
            priority=envelope.priority,
            promulgated_on=envelope.promulgated_on,
            sha256=sha256,
            size=len(body),
            received_at=now,
            judgement=verdict.judgement.value,
            reason=verdict.reason,
            signer=verdict.signer,
            facts={**_facts(envelope), "trust": verdict.grounds(self.directory.version)},
            warnings=[w.shown() for w in warnings],
            receipt=receipt,
            search=fold(f"{envelope.code} {envelope.subject} {envelope.document_id}"),
            body=body if inline else None,
            digest=None if inline else sha256,
            deliveries=targets,
        )

    # -- commit -----------------------------------------------------------------------------------------------

    async def accept(self, considered: Considered, now: datetime) -> Accepted:
        """Commit it, or find it committed before. Raises `Rejected` when the name was used for other bytes."""
        row = considered.row
        if row.digest:
            await self.originals.put(row.digest, considered.body)
        if considered.changes or considered.verdict.is_provisional:
            is_new = await self._commit_change(considered, now)
        else:
            done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            self._waiting.append((row, done))
            self._news.set()
            # the commit belongs to the group, not to this request: a caller that hangs up spoils nobody's
            is_new = await asyncio.shield(done)
        if is_new:
            return Accepted(row.id, is_new=True)
        return await self.known(row.sender, row.document_id, row.kind, row.sha256)

    async def known(self, sender: str, document_id: str, kind: str, sha256: str) -> Accepted:
        """The envelope already on record under this name; `Rejected` when it has other bytes."""
        async with self.database.read() as conn:
            first = await accepting.find_first(conn, sender, document_id, kind, sha256)
        if first is None:
            message = "an envelope was neither written nor found"
            raise Unavailable(message)
        if first["sha256"] != sha256:
            raise rejected(
                "duplicate-document",
                "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/DocumentId",
                document=document_id,
                kind=kind,
                at=first["received_at"].astimezone(deadline.LOCAL).strftime("%H:%M:%S %d/%m/%Y"),
                first=first["id"],
            )
        return Accepted(first["id"], is_new=False)

    async def is_known(self, sender: str, document_id: str, kind: str, sha256: str) -> bool:
        """Whether the same bytes are on record (for a dry run); `Rejected` when the name has other bytes."""
        async with self.database.read() as conn:
            first = await accepting.find_first(conn, sender, document_id, kind, sha256)
        return first is not None and bool(await self.known(sender, document_id, kind, sha256))

    async def _commit_change(self, considered: Considered, now: datetime) -> bool:
        """What changes more than its own rows: recalls and the like, and whose signer is to be looked at again."""
        row = considered.row
        recipients = [d.recipient for d in row.deliveries if d.state != "DEAD"]
        async with self.database.write() as conn:
            if not await accepting.insert(conn, [row]):
                return False
            failpoint.reach("change-half-written")
            if considered.verdict.is_provisional:
                await rechecks.add(conn, row.id, row.sender, considered.verdict.fingerprint, now)
            for document in considered.withdraws:
                reason = f"{row.kind} {row.id}"
                gone = await recalls.withdraw(self.database, conn, document, recipients, now, reason)
                await recalls.answer_for(conn, [delivery_id(row.id, r) for r in gone], now)
                await record(
                    conn,
                    [
                        Happened(now, document, row.sender, "recalled", d.recipient, detail=row.id)
                        for d in row.deliveries
                        if d.recipient not in gone and d.state != "DEAD"
                    ],
                )
            await recalls.open_change(conn, considered.changes, recipients, row.kind, now)
            failpoint.reach("change-uncommitted")
        self.database.bell.ring({OUTBOX, feed(row.sender)})
        return True

    async def _commit_groups(self) -> None:
        while True:
            await self._news.wait()
            group = self._next_group()
            if not group:
                self._news.clear()
                continue
            await self._commit([pair for pair in group if not pair[1].cancelled()])

    def _next_group(self) -> list[tuple[NewEnvelope, asyncio.Future[bool]]]:
        weight = 0
        count = 0
        for row, _ in self._waiting[:_GROUP_AT_MOST]:
            weight += len(row.body or b"") + 512 * len(row.deliveries)
            if count and weight > _GROUP_BYTES:
                break
            count += 1
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group

    async def _commit(self, group: list[tuple[NewEnvelope, asyncio.Future[bool]]]) -> None:
        try:
            kept = await accepting.insert_alone(self.database, [row for row, _ in group])
        except HubError as error:
            _fail(group, error)
        except Exception as error:
            if len(group) == 1:
                _logger.exception("accept.failed", envelope=group[0][0].id)
                _fail(group, error)
                return
            for pair in group:  # one bad one must not spoil its neighbours
                await self._commit([pair])
        else:
            for row, done in group:
                if not done.done():
                    done.set_result(row.id in kept)


def _fail(group: Iterable[tuple[NewEnvelope, asyncio.Future[bool]]], error: Exception) -> None:
    for _, done in group:
        if not done.done():
            done.set_exception(error)


def _file(attachment: Attachment) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": attachment.name,
        "content_type": attachment.content_type,
        "size": attachment.size,
    }
    if attachment.found:
        facts["found"] = attachment.found
    if attachment.is_zipped:
        facts["zipped"] = True
    if attachment.is_signed:
        facts["signed"] = True  # `store.inspections` looks for this word
    return facts


def _facts(envelope: Envelope) -> dict[str, Any]:
    facts = {
        "place": envelope.place,
        "type": envelope.type_name,
        "signer": envelope.signer_name,
        "due_on": envelope.due_on,
        "reason": envelope.reason,
        "concerns": list(dict.fromkeys((*envelope.concerns, *(r.document_id for r in envelope.replacements)))),
        "attachments": [_file(a) for a in envelope.attachments],
        "paper": envelope.paper,
        "staff": {
            "name": envelope.staff.name,
            "department": envelope.staff.department,
            "email": envelope.staff.email,
            "mobile": envelope.staff.mobile,
        },
    }
    return {name: value for name, value in facts.items() if value}
