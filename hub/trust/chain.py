"""What the chain of a certificate is worth: whether it reaches a root, with nobody on it expired or revoked.

RFC 5280 §6 by pyhanko-certvalidator in its `require` mode: of each certificate below the root a fresh revocation list of
its issuer, or a fresh OCSP answer, must say that it is not revoked. (Its milder modes overlook a list that was handed in
when the certificate names none.) Who is revoked by either is revoked. Nothing is fetched here.
Judged at the time it is asked about, and remembered for as long as nothing that was looked at begins or ends.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Protocol

from asn1crypto import crl as asn1_crl  # type: ignore[import-untyped]
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from pyhanko_certvalidator.authority import CertTrustAnchor, TrustQualifiers, derive_quals_from_cert
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.errors import (
    ExpiredError,
    InsufficientRevinfoError,
    NotYetValidError,
    PathBuildingError,
    PathValidationError,
    RevokedError,
)
from pyhanko_certvalidator.ltv.poe import POEManager
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import (
    FRESHNESS_FALLBACK_VALIDITY_DEFAULT,
    CertRevTrustPolicy,
    FreshnessReqType,
    NonRevokedStatusAssertion,
    RevocationCheckingPolicy,
)
from pyhanko_certvalidator.registry import CertificateRegistry, SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer
from pyhanko_certvalidator.revinfo.manager import RevinfoManager
from pyhanko_certvalidator.validate import async_validate_path

from hub.domain.trust import Judgement
from hub.errors import rejected
from hub.trust.algorithms import RSA_2048_UNTIL, DatedAlgorithms
from hub.trust.reading import UNREADABLE

UNAVAILABLE: Final = "revocation-unavailable"
"""The reason of a chain against which nothing is known, but of which nobody has said lately that it is not revoked."""

_PATHS_AT_MOST: Final = 16  # cross-certified CAs make several; more are a mistake in the store
_TICK: Final = timedelta(microseconds=1)
_REMEMBERED_AT_MOST: Final = timedelta(hours=1)  # a list may name a certificate as revoked from some later moment on
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
_END: Final = datetime.max.replace(tzinfo=UTC)
_POLICY: Final = CertRevTrustPolicy(RevocationCheckingPolicy.from_legacy("require"))
# a list that is stale proves nobody innocent, but whom it names stays revoked
_OF_ANY_AGE: Final = replace(
    _POLICY,
    freshness=timedelta(days=36_500),
    freshness_req_type=FreshnessReqType.MAX_DIFF_REVOCATION_VALIDATION,
)
_LATER_TOO: Final = replace(_POLICY, retroactive_revinfo=True)

Window = tuple[datetime | None, datetime | None]
"""From when until when the hub trusts a CA, within the CA's own validity."""


@dataclass(frozen=True, slots=True)
class Chain:
    """What is held against a chain: None and "" when nothing is, None and `UNAVAILABLE` when nobody can say."""

    judgement: Judgement | None
    reason: str = ""
    detail: str = ""
    since: datetime = _BEGINNING
    until: datetime = _END  # no longer true from here on

    @property
    def is_known(self) -> bool:
        """Whether there was fresh word of revocation for all of it."""
        return self.reason != UNAVAILABLE


# what to say when a certificate has several paths and none is good: the leaf revoked is final, not knowing may pass
_TELLS: Final = (Judgement.REVOKED, None, Judgement.EXPIRED, Judgement.UNTRUSTED)


class Judge:
    """Judges by these CAs, lists and answers (DER), and remembers. One for each state of the trust store."""

    def __init__(
        self,
        roots: Iterable[bytes],
        intermediates: Iterable[bytes],
        crls: Iterable[bytes],
        answers: Mapping[str, bytes] | None = None,
        *,
        windows: Mapping[str, Window] | None = None,
        rsa_2048_until: date = RSA_2048_UNTIL,
    ) -> None:
        """Read everything once; of two roots with one name and key the longer-lasting counts.

        `answers`: OCSP answers by the fingerprint of the certificate they are about. `windows`: by that of the CA.
        """
        windows = windows or {}
        loaded = [asn1_x509.Certificate.load(der) for der in roots]
        loaded.sort(key=lambda root: root.not_valid_after, reverse=True)
        self._roots = [_anchor(root, windows.get(root.sha256.hex(), (None, None))) for root in loaded]
        between = [asn1_x509.Certificate.load(der) for der in intermediates]
        self._intermediates = [(each, windows.get(each.sha256.hex(), (None, None))) for each in between]
        self._crls = [CRLContainer(asn1_crl.CertificateList.load(der)) for der in crls]
        self._answers: dict[str, list[OCSPContainer]] = {}
        self._algorithms = DatedAlgorithms(rsa_2048_until)
        self._moments = sorted(
            {moment for each in (*loaded, *between) for moment in _validity(each)}
            | {moment for each in self._crls for moment in _currency(each)}
            | {moment for window in windows.values() for moment in window if moment}
            | {self._algorithms.ends}
        )
        self._ca_marks = {each.sha256.hex() for each in (*loaded, *between)}
        self._known: dict[bytes, Chain] = {}
        self.learn(answers or {})

    def learn(self, answers: Mapping[str, bytes]) -> None:
        """Go by these OCSP answers too; what was judged of whom they are about is forgotten."""
        for fingerprint, der in answers.items():
            self._answers[fingerprint] = OCSPContainer.load_multi(asn1_ocsp.OCSPResponse.load(der))
        if not self._ca_marks.isdisjoint(answers):
            self._known = {}
        elif answers and self._known:
            gone = {leaf for leaf in self._known if sha256(leaf).hexdigest() in answers}
            self._known = {leaf: chain for leaf, chain in self._known.items() if leaf not in gone}

    @property
    def has_roots(self) -> bool:
        """Whether there is anything to reach."""
        return bool(self._roots)

    def recall(self, leaf: bytes, now: datetime) -> Chain | None:
        """What was judged of a certificate (DER) and still holds at `now`: a look into a dictionary."""
        known = self._known.get(leaf)
        return known if known and known.since <= now < known.until else None

    def judge(self, leaf: bytes, now: datetime, *, remember: bool = True) -> Chain:
        """Judge a certificate (DER) at `now`. Some milliseconds of work: not on an event loop's thread."""
        known = self.recall(leaf, now)
        if known is None:
            known = self._judge(leaf, now, _POLICY)
            if remember:
                self._known[leaf] = known
        return known

    def judge_again(self, leaf: bytes, then: datetime) -> Chain:
        """Judge a certificate as of an earlier moment, by what has become known since: revoked later is not revoked."""
        return self._judge(leaf, then, _LATER_TOO)

    def _judge(self, leaf: bytes, now: datetime, policy: CertRevTrustPolicy) -> Chain:
        since, until = _BEGINNING, _END
        try:
            certificate = asn1_x509.Certificate.load(leaf)
            since, until = self._span(certificate, now)
            if weakness := self._algorithms.weakness_of_key(certificate.public_key, now):
                chain = _untrusted(weakness)
            else:
                chain = asyncio.run(self._best(certificate, now, policy))
        except Exception as error:  # noqa: BLE001  whatever a library makes of a strange certificate, it is not trusted
            chain = _untrusted(f"{type(error).__name__}: {error}")
        return replace(chain, since=since, until=until)

    def _span(self, leaf: Any, now: datetime) -> tuple[datetime, datetime]:
        """The moments around `now` between which nothing begins or ends."""
        about = {leaf.sha256.hex(), *self._ca_marks}
        answers = [each for mark in about for each in self._answers.get(mark, ())]
        moments = sorted(
            {*self._moments, *_validity(leaf), *(m for each in answers for m in _currency_of_answer(each))}
        )
        place = bisect_right(moments, now)
        since = moments[place - 1] if place else _BEGINNING
        until = moments[place] if place < len(moments) else _END
        return since, min(until, now + _REMEMBERED_AT_MOST)

    async def _best(self, leaf: Any, now: datetime, policy: CertRevTrustPolicy) -> Chain:
        try:
            paths = await self._context(now, policy).path_builder.async_build_paths(leaf)
        except PathBuildingError as error:
            return _untrusted(str(error))
        found = []
        for path in paths[:_PATHS_AT_MOST]:
            chain = await self._along(path, now, policy)
            if chain.judgement is None and chain.is_known:
                return chain
            found.append(chain)
        return min(found, key=lambda chain: _TELLS.index(chain.judgement))

    async def _along(self, path: ValidationPath, now: datetime, policy: CertRevTrustPolicy) -> Chain:
        """Judge one path by everything, then by what the library would pass over."""
        answers = [
            answer
            for index in range(1, path.pkix_len + 1)
            for answer in self._answers.get(path[index].sha256.hex(), ())
        ]
        chain = await self._once(path, now, policy, answers)
        if chain.judgement is not None:
            return chain
        again = None
        if not chain.is_known:
            again = await self._once(path, now, _OF_ANY_AGE, answers)
        elif answers:  # whoever has a good answer is not looked for on the lists
            again = await self._once(path, now, policy, ())
        return again if again and again.judgement is Judgement.REVOKED else chain

    async def _once(
        self, path: ValidationPath, now: datetime, policy: CertRevTrustPolicy, answers: Iterable[OCSPContainer]
    ) -> Chain:
        """Judge one path. Where word of revocation is missing, look at the rest all the same: it may be worse."""
        below = [path[index] for index in range(1, path.pkix_len + 1)]
        missing = ""
        for supposed in range(len(below) + 1):
            context = self._context(now, policy, answers, below[:supposed])
            try:
                await async_validate_path(context, path)
            except InsufficientRevinfoError as error:
                missing = missing or str(error)
                continue
            except RevokedError as error:
                return Chain(Judgement.REVOKED, "certificate-revoked", str(error))
            except (ExpiredError, NotYetValidError) as error:
                return Chain(Judgement.EXPIRED, "certificate-time", str(error))
            except PathValidationError as error:
                return _untrusted(str(error))
            break
        return Chain(None, UNAVAILABLE, missing) if missing else Chain(None)

    def _context(
        self,
        now: datetime,
        policy: CertRevTrustPolicy,
        answers: Iterable[OCSPContainer] = (),
        supposed: Iterable[Any] = (),
    ) -> ValidationContext:
        """What the library judges by; the certificates `supposed` to be unrevoked are not asked about."""
        registry = CertificateRegistry.build([each for each, window in self._intermediates if _is_within(now, window)])
        manager = RevinfoManager(
            registry,
            POEManager(),
            self._crls,
            list(answers),
            assertions=[NonRevokedStatusAssertion(sha256(each.dump()).digest(), now) for each in supposed],
        )
        return ValidationContext(
            trust_manager=SimpleTrustManager.build(self._roots),
            moment=now,
            revinfo_policy=policy,
            algorithm_usage_policy=self._algorithms,
            time_tolerance=timedelta(0),
            revinfo_manager=manager,
            certificate_registry=registry,
        )


class Loaded(Protocol):
    """A trust store as it is kept."""

    @property
    def roots(self) -> tuple[bytes, ...]: ...  # noqa: D102
    @property
    def intermediates(self) -> tuple[bytes, ...]: ...  # noqa: D102
    @property
    def crls(self) -> tuple[bytes, ...]: ...  # noqa: D102


def check(code: str, stored: Loaded) -> None:
    """Refuse, with a finding of this code, what cannot be judged by, before every process stumbles over it."""
    try:
        Judge(stored.roots, stored.intermediates, stored.crls)
    except (*UNREADABLE, KeyError, OverflowError) as error:
        problem = f"Không dùng được ({error})", f"It cannot be judged by ({error})"
        raise rejected(code, problem=problem) from None


def _untrusted(detail: str) -> Chain:
    return Chain(Judgement.UNTRUSTED, "certificate-chain", detail)


def _anchor(root: Any, window: Window) -> CertTrustAnchor:
    """A root that binds its own limits: validity, length of path, permitted names. Its policies bind nobody."""
    start, end = window
    said = derive_quals_from_cert(root)
    names = said.standard_parameters
    if names is not None:
        names = replace(names, user_initial_policy_set=frozenset({"any_policy"}), initial_explicit_policy=False)
    limits = TrustQualifiers(
        standard_parameters=names,
        max_path_length=root.max_path_length,
        valid_from=max(root.not_valid_before, start or _BEGINNING),
        valid_until=min(root.not_valid_after, end or _END),
    )
    return CertTrustAnchor(root, limits)


def _validity(certificate: Any) -> tuple[datetime, datetime]:
    return certificate.not_valid_before, certificate.not_valid_after + _TICK


def _currency(container: CRLContainer) -> tuple[datetime, datetime]:
    said = container.crl_data["tbs_cert_list"]
    return said["this_update"].native, said["next_update"].native + _TICK


def _currency_of_answer(container: OCSPContainer) -> tuple[datetime, datetime]:
    said: Any = container.extract_single_response()
    start = said["this_update"].native
    return start, (said["next_update"].native or start + FRESHNESS_FALLBACK_VALIDITY_DEFAULT) + _TICK


def _is_within(now: datetime, window: Window) -> bool:
    start, end = window
    return (start is None or start <= now) and (end is None or now < end)
