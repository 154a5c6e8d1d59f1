"""Bytes -> an envelope the hub is willing to believe. Pure CPU: small documents on the event loop, large ones off it.

Promise: what is read afterwards is what was signed; any fault of the sender's comes out as `Rejected`, nothing else.
The one exception is `RevocationUnavailable`: nobody can say, so nobody is at fault.
"""

import asyncio
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from hub import metrics
from hub.domain import deadline
from hub.domain.agency import Agency, BoundCertificate, SignaturePolicy
from hub.domain.binding import BoundBy
from hub.domain.trust import EXPIRY_TOLD, Judgement, Verdict
from hub.errors import RevocationUnavailable, Unavailable
from hub.findings import Finding, finding
from hub.opening import Task, open_apart
from hub.spool import Body
from hub.store import directory_version
from hub.store.database import Database
from hub.store.trust import answers, trusted
from hub.trust.algorithms import RSA_2048_UNTIL
from hub.trust.chain import Chain, Judge
from hub.xml.certificates import read_bound_leaf
from hub.xml.open import Opened, open_document

_ON_THE_LOOP_AT_MOST: Final = 128 * 1024
"""Bytes up to which a thread costs more than it frees (measured: a pool halves the rate at 8 KB)."""

_GOOD: Final = (Judgement.VALID, Judgement.VALID_LEGACY)


class TrustStore:
    """The trust store as one process sees it. `TrustStore(database)`; nothing is read before something is asked.

    `must_know`: without fresh word of revocation a signature is not taken (`TRUC_REVOCATION=require`).
    """

    def __init__(self, database: Database, *, must_know: bool = True, rsa_2048_until: date = RSA_2048_UNTIL) -> None:
        self.must_know = must_know
        self._rsa_2048_until = rsa_2048_until
        self._database = database
        self._version: int | None = None
        self._state: frozenset[str] = frozenset()
        self._judge: Judge | None = None
        self._answers: dict[str, tuple[datetime, bytes]] = {}  # by certificate; the latest
        self._heard: dict[str, datetime] = {}  # the answers of lately, by when they were added
        self._stillness = database.stillness()
        self._refreshing = asyncio.Lock()
        self._judging = asyncio.Lock()  # one after the other: a thread for each of a hundred would starve the loop

    async def refresh(self, version: int | None = None) -> None:
        """Go by what is in the store now: one small query when the directory has not changed.

        `version`: the directory's, where the caller has just asked for it.
        While the database is away, or holds what cannot be read, what was loaded stays in use.
        """
        async with self._refreshing:
            with self._stillness.since_last() as may_be_new:
                if may_be_new or self._judge is None or version not in (None, self._version):
                    await self._look(version)

    async def _look(self, version: int | None) -> None:
        news = await self._new_answers()
        if version is None or version != self._version or self._judge is None:
            await self._refresh(news)
        elif news:
            self._judge.learn(news)

    async def _refresh(self, news: dict[str, bytes]) -> None:
        async with self._database.read() as conn:
            version = await directory_version.current(conn)
            if version == self._version and self._judge is not None:
                if news:
                    self._judge.learn(news)
                return
            state = await trusted.state(conn)
            if state != self._state or self._judge is None:  # else what was judged before is still true
                stored = await trusted.load(conn)
                try:
                    self._judge = await asyncio.to_thread(
                        Judge,
                        stored.roots,
                        stored.intermediates,
                        stored.crls,
                        {mark: der for mark, (_, der) in self._answers.items()},
                        windows=stored.windows,
                        rsa_2048_until=self._rsa_2048_until,
                    )
                except (ValueError, TypeError, KeyError, OverflowError) as error:  # the commands let nothing such in
                    message = f"the trust store cannot be judged by: {error}"
                    raise Unavailable(message) from error
            elif news:
                self._judge.learn(news)
            self._version, self._state = version, state

    async def _new_answers(self) -> dict[str, bytes]:
        """The OCSP answers that were added since the last look, by the certificate they are about."""
        latest = max(self._heard.values(), default=None)
        async with self._database.read() as conn:
            added = await answers.fingerprints_since(conn, latest)
            new = [fingerprint for fingerprint, _ in added if fingerprint not in self._heard]
            found = await answers.load(conn, new) if new else {}
        if not new:
            return {}
        news = {}
        for mark, (at, der) in found.items():
            if mark not in self._answers or self._answers[mark][0] <= at:
                self._answers[mark] = (at, der)
                news[mark] = der
        heard = {**self._heard, **dict(added)}
        newest = max(heard.values())
        self._heard = {each: at for each, at in heard.items() if at > newest - 2 * answers.SLACK}
        return news

    async def chain_of(self, certificate: BoundCertificate, now: datetime, *, remember: bool = True) -> Chain | None:
        """What is held against a bound certificate's chain at `now`; None when it is believed by itself.

        `remember`: False for one that is not on record, of which a caller could make as many as it likes.
        """
        if self._judge is None:
            await self.refresh()
        judge = self._judge
        if certificate.pinned or judge is None or not judge.has_roots:
            return None
        known = judge.recall(certificate.der, now)
        if known is None:
            async with self._judging:
                known = await asyncio.to_thread(judge.judge, certificate.der, now, remember=remember)
        return known

    async def judge_again(self, certificate: bytes, then: datetime) -> Chain | None:
        """What is known now of the chain a certificate (DER) had at an earlier moment; None without a root."""
        await self.refresh()
        judge = self._judge
        if judge is None or not judge.has_roots:
            return None
        async with self._judging:
            return await asyncio.to_thread(judge.judge_again, certificate, then)


async def open_envelope(body: Body, caller: Agency, now: datetime, store: TrustStore) -> Opened:
    """Gate, parse, verify against the certificates bound to the caller and their chains, read.

    A body in a file is opened in a process of its own, when its turn has come. Raises `Rejected` with every finding;
    `RevocationUnavailable` when that stands in the way of believing.
    """
    certificates = tuple(c for c in caller.certificates if c.holds(now))
    with metrics.VERIFY_SECONDS.time():
        return await _open_envelope(body, caller, certificates, now, store)


async def _open_envelope(
    body: Body, caller: Agency, certificates: tuple[BoundCertificate, ...], now: datetime, store: TrustStore
) -> Opened:
    today = now.astimezone(deadline.LOCAL).date()
    accept_sha1 = caller.accept_sha1_until is not None and today <= caller.accept_sha1_until
    if not isinstance(body, bytes):
        opened = await open_apart(Task(body, certificates, now, accept_sha1))
    elif len(body) <= _ON_THE_LOOP_AT_MOST:
        opened = open_document(body, certificates, now, accept_sha1=accept_sha1)
    else:
        opened = await asyncio.to_thread(open_document, body, certificates, now, accept_sha1=accept_sha1)
    if opened.verdict.judgement not in _GOOD:
        return opened
    verdict = await under_chain(_on_record(opened.verdict, caller), certificates, now, store)
    if verdict.judgement is Judgement.UNVERIFIABLE and caller.policy is not SignaturePolicy.REPORT_ONLY:
        raise RevocationUnavailable(verdict.detail, verdict.line, opened.verdict)
    if verdict.judgement not in _GOOD:
        return replace(opened, verdict=verdict)
    bound = binding_of(verdict, certificates)
    if told := _expiry(bound, now, verdict.line):
        return replace(opened, verdict=verdict, warnings=(*opened.warnings, told))
    return opened if verdict is opened.verdict else replace(opened, verdict=verdict)


def _on_record(verdict: Verdict, caller: Agency) -> Verdict:
    """A certificate that is on record counts by its own entry: where that has ended, no other binding revives it."""
    if verdict.unrecorded and any(c.fingerprint == verdict.fingerprint for c in caller.certificates):
        return replace(verdict, judgement=Judgement.UNTRUSTED, reason="untrusted-certificate", unrecorded=b"")
    return verdict


def binding_of(verdict: Verdict, certificates: tuple[BoundCertificate, ...]) -> BoundCertificate:
    """The binding by which a good signature's certificate counts, with that certificate."""
    if not verdict.unrecorded:
        return next(c for c in certificates if c.fingerprint == verdict.fingerprint)
    rule = next(c for c in certificates if c.covers(verdict.marks))
    return replace(rule, fingerprint=verdict.fingerprint, der=verdict.unrecorded)


def _expiry(bound: BoundCertificate, now: datetime, line: int | None) -> Finding | None:
    """What to tell a sender whose certificate, or its binding, ends soon."""
    ends = read_bound_leaf(bound.der).valid_to
    if bound.valid_to and bound.valid_to < ends:
        ends = bound.valid_to
    if ends - now > EXPIRY_TOLD:
        return None
    until = ends.astimezone(deadline.LOCAL).strftime("%d/%m/%Y")
    return finding("certificate-expires", "Signature", line, days=(ends - now).days, until=until)


async def under_chain(
    verdict: Verdict, certificates: tuple[BoundCertificate, ...], now: datetime, store: TrustStore
) -> Verdict:
    """What a good signature is worth once the chain of its certificate has been looked at.

    Where nobody can say whether it is revoked: `unverifiable` if the store must know, else good with that as its reason.
    """
    if verdict.judgement not in _GOOD:
        return verdict
    bound = binding_of(verdict, certificates)
    chain = await store.chain_of(bound, now, remember=not verdict.unrecorded)
    if chain is None and verdict.unrecorded and bound.bound_by is BoundBy.ISSUER_SERIAL:  # anybody can write a name
        detail = "bound by issuer and number, and there is no root to prove the issuer"
        return replace(verdict, judgement=Judgement.UNTRUSTED, reason="certificate-chain", detail=detail)
    if chain is None or (chain.judgement is None and chain.is_known):
        return verdict
    judgement = chain.judgement or (Judgement.UNVERIFIABLE if store.must_know else verdict.judgement)
    return replace(verdict, judgement=judgement, reason=chain.reason, detail=chain.detail)
