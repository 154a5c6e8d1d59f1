"""Deciding on an envelope: who sends it, what its signature is worth, whom it is for, what it is about."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from hub import metrics
from hub.accept import addressing, related
from hub.accept.considered import Considered, Tools
from hub.accept.row import written
from hub.domain import deadline
from hub.domain.agency import Agency, SignaturePolicy
from hub.domain.envelope import Address, Envelope
from hub.domain.routing import spelled
from hub.domain.trust import Judgement, Verdict, is_taken
from hub.errors import Rejected
from hub.findings import Finding, finding
from hub.spool import Body
from hub.store.trust.signatures import Refusals

_FROM = "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/From/OrganId"


@dataclass(slots=True)
class Decider(Tools):
    """The half of the room that decides. Nothing is written here but the count of refused signatures."""

    refusals: Refusals = field(init=False)

    def __post_init__(self) -> None:
        """Count refused signatures beside what is accepted."""
        self.refusals = Refusals(self.database)

    async def consider(  # noqa: PLR0913 - the facts of one decision
        self,
        caller: Agency,
        envelope: Envelope,
        verdict: Verdict,
        warnings: Sequence[Finding],
        body: Body,
        sha256: str,
        now: datetime,
        *,
        lenient: bool = False,
    ) -> Considered:
        """Decide on an envelope; raises `Rejected` with every reason against it."""
        errors: list[Finding] = []
        errors += await self.check_caller(caller, envelope.sender, now)
        caller = await self.directory.acting(caller, envelope.sender.code)
        errors += await self.check_signature(caller, verdict, now)
        routed = await addressing.route(self, caller, envelope, now, lenient=lenient)
        errors += routed.errors
        about = await related.related(self, caller, envelope, routed, now)
        errors += about.errors
        if errors:
            raise Rejected(errors)
        everything = (*warnings, *spelled(envelope.sender, _FROM, caller), *routed.warnings, *about.warnings)
        row = written(self, caller, envelope, verdict, everything, routed, body, sha256, now)
        return Considered(row, verdict, everything, body, about.asks, about.relations, about.notices)

    async def further(self, caller: Agency, envelope: Envelope, verdict: Verdict, now: datetime) -> list[Finding]:
        """What else speaks against an envelope whose content is refused already, so that all of it is said at once."""
        errors = await self.check_caller(caller, envelope.sender, now) if envelope.sender.code else []
        caller = await self.directory.acting(caller, envelope.sender.code)
        errors += await self.check_signature(caller, verdict, now)
        named = tuple(address for address in envelope.recipients if address.code)
        routed = await addressing.route(self, caller, replace(envelope, recipients=named), now, lenient=False)
        return [*errors, *routed.errors]

    async def check_caller(self, caller: Agency, sender: Address, now: datetime) -> list[Finding]:
        """From must be the caller, by a code that is in force."""
        named = (await self.directory.resolve([sender.code]))[sender.code]
        if named is None or named.code not in caller.codes:
            return [finding("sender-mismatch", _FROM, sender.line, found=sender.code, caller=caller.code)]
        today = now.astimezone(deadline.LOCAL).date()
        if not named.has_begun(today):
            return [finding("sender-to-come", _FROM, sender.line, agency=named.code, since=named.valid_from)]
        if not named.may_send(today):
            successors = ", ".join(named.successors) or "—"
            return [
                finding(
                    "sender-closed", _FROM, sender.line, agency=named.code, since=named.valid_to, successors=successors
                )
            ]
        return []

    async def check_signature(self, caller: Agency, verdict: Verdict, now: datetime) -> list[Finding]:
        """What the caller's policy makes of the verdict; a signature by another agency's certificate is theirs, not ours."""
        if verdict.judgement is Judgement.UNTRUSTED and verdict.fingerprint:
            owner = await self.directory.owner_of(verdict.fingerprint, verdict.marks)
            if owner and owner not in caller.codes and caller.policy is not SignaturePolicy.REPORT_ONLY:
                return [finding("sender-mismatch", "Signature", verdict.line, found=verdict.signer, caller=caller.code)]
        taken = is_taken(caller.policy, verdict)
        metrics.SIGNATURES.labels(verdict.judgement, verdict.reason, taken).inc()
        if taken:
            return []
        day = now.astimezone(deadline.LOCAL).date()
        self.refusals.count(caller.code, day, verdict.judgement, verdict.reason)
        code = verdict.reason or "signature-missing"
        return [finding(code, "Signature", verdict.line, detail=verdict.detail, signer=verdict.signer)]
