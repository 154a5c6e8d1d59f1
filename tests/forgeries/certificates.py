"""Certificate confusion: a right signature by somebody who is not the sender, or may not sign, or may not sign now."""

from datetime import timedelta
from functools import cache, partial
from typing import Final

from hub.domain.trust import Judgement
from tests.forgeries.case import SIGNER, Case, Family, Judged, broken, signed
from tests.pki import CA, NOW, Identity, Usage, issue, make_ca
from tests.xml.builders import MORE, ROOT, chain_of, swap

SERVER: Final = "1.3.6.1.5.5.7.3.1"
IMPOSTOR_ROOT: Final = make_ca("Impostor", "p-256")
SAME_NAME: Final = make_ca("Test Root CA", "p-384")
"""Another key under the very name of the genuine root."""
OTHER_AGENCY: Final = issue(ROOT, "Sở Y tế tỉnh Mẫu", "p-256")
TWIN: Final = issue(SAME_NAME, "Văn phòng ký", "p-384")
"""The sender's very name, with another key."""
INTERMEDIATE: Final = issue(ROOT, "CA trung gian", "p-256", CA)
RENEWED: Final = issue(ROOT, "Văn phòng ký", "p-256")
"""The same name and the same key in a newer certificate, which nobody bound."""

TIMES: Final = {
    "expired a day ago": (-365, -1),
    "expired a second ago": (-365, -1 / 86400),
    "valid from tomorrow": (1, 365),
    "valid in ten years": (3650, 4000),
    "expired ten years ago": (-4000, -3650),
}
USAGES: Final = {
    "a TLS server": Usage(extended=(SERVER,)),
    "a TLS client": Usage(extended=("1.3.6.1.5.5.7.3.2",)),
    "a TLS server and client": Usage(extended=(SERVER, "1.3.6.1.5.5.7.3.2")),
    "an OCSP responder": Usage(extended=("1.3.6.1.5.5.7.3.9",)),
    "a signer of code": Usage(extended=("1.3.6.1.5.5.7.3.3",)),
    "a time stamp authority": Usage(extended=("1.3.6.1.5.5.7.3.8",)),
    "a usage of somebody's own": Usage(extended=("1.3.6.1.4.1.99999.1",)),
    "a CA": CA,
    "a CA that may sign documents too": Usage(("key_cert_sign", "digital_signature"), None, is_ca=True),
    "a CA without key usage": Usage(None, None, is_ca=True),
    "encipherment": Usage(("key_encipherment",)),
    "key agreement": Usage(("key_agreement",)),
    "encipherment, not critical": Usage(("data_encipherment",), critical=False),
    "signing CRLs": Usage(("crl_sign",)),
}


def _days(days: float) -> timedelta:
    return timedelta(days=days)


@cache
def _at(name: str) -> Identity:
    start, end = TIMES[name]
    return issue(ROOT, "Văn phòng ký", "p-256", valid_from=NOW + _days(start), valid_to=NOW + _days(end))


@cache
def _used(name: str) -> Identity:
    return issue(ROOT, "Văn phòng ký", "p-256", USAGES[name])


@cache
def _keyed(key_type: str) -> Identity:
    return issue(ROOT, f"Khóa {key_type}", key_type)


def _forged_by(who: Identity, key_info: str | None = None) -> bytes:
    return signed(who=who, key_info=key_info)


def _only(who: Identity) -> tuple[Identity, ...]:
    return (who,)


def family() -> Family:
    """Every wrong certificate."""
    untrusted = Judged(Judgement.UNTRUSTED, "untrusted-certificate")
    expired = Judged(Judgement.EXPIRED, "certificate-time")
    usage, chain, invalid = broken("certificate-usage"), broken("certificate-chain"), broken("signature-invalid")
    yield Case("another agency's", partial(_forged_by, OTHER_AGENCY), untrusted)
    yield Case(
        "another agency's, with the chain", partial(_forged_by, OTHER_AGENCY, chain_of(OTHER_AGENCY, ROOT)), untrusted
    )
    yield Case("the same subject, self-signed", lambda: _forged_by(issue(None, "Văn phòng ký", "p-384")), untrusted)
    yield Case("the same subject under a root of the same name", partial(_forged_by, TWIN), untrusted)
    yield Case("the same, with the impostor root", partial(_forged_by, TWIN, chain_of(TWIN, SAME_NAME)), untrusted)
    yield Case("the same, with the genuine root", partial(_forged_by, TWIN, chain_of(TWIN, ROOT)), untrusted)
    yield Case(
        "under an impostor root", lambda: _forged_by(issue(IMPOSTOR_ROOT, "Văn phòng ký giả", "p-256")), untrusted
    )
    yield Case("the same key in a certificate nobody bound", partial(_forged_by, RENEWED), untrusted)
    yield Case("the same key self-signed", lambda: _forged_by(issue(None, "Văn phòng ký", "p-256")), untrusted)
    yield Case("nothing is bound", signed, untrusted, tuple)
    yield Case("another is bound", signed, untrusted, partial(_only, OTHER_AGENCY))
    yield Case(
        "the CA is bound, not the signer",
        partial(_forged_by, SIGNER, chain_of(SIGNER, ROOT)),
        usage,
        partial(_only, ROOT),
    )
    stranger = partial(_forged_by, OTHER_AGENCY)
    for name, carried in {
        "after": chain_of(OTHER_AGENCY, SIGNER),
        "before": chain_of(SIGNER, OTHER_AGENCY),
        "between": chain_of(OTHER_AGENCY, SIGNER, ROOT),
        "instead of": chain_of(SIGNER),
    }.items():
        yield Case(f"the sender's certificate {name} the forger's", partial(_forged_by, OTHER_AGENCY, carried), invalid)
    yield Case(
        "a stranger's, content changed", lambda: swap(stranger(), "Tỉnh Mẫu", "Tỉnh Khác"), broken("digest-mismatch")
    )
    for name in TIMES:
        yield Case(name, lambda n=name: signed(who=_at(n)), expired, lambda n=name: _only(_at(n)))
        yield Case(
            f"{name}, content changed",
            lambda n=name: swap(signed(who=_at(n)), "Tỉnh Mẫu", "Tỉnh Khác"),
            broken("digest-mismatch"),
            lambda n=name: _only(_at(n)),
        )
    for name in USAGES:
        yield Case(f"for {name}", lambda n=name: signed(who=_used(n)), usage, lambda n=name: _only(_used(n)))
        yield Case(f"for {name}, nobody's", lambda n=name: signed(who=_used(n)), usage)
    yield Case("the root itself signs, bound", partial(_forged_by, ROOT), usage, partial(_only, ROOT))
    yield Case("the root itself signs", partial(_forged_by, ROOT), untrusted)
    yield Case("an intermediate signs", partial(_forged_by, INTERMEDIATE, chain_of(INTERMEDIATE, ROOT)), usage)
    for key_type, method, outcome in (
        ("rsa-1024", f"{MORE}rsa-sha256", "key-size"),
        ("p-521", f"{MORE}ecdsa-sha256", "key-size"),
        ("dsa-1024", "http://www.w3.org/2009/xmldsig11#dsa-sha256", "algorithm"),
        ("dsa-1024", f"{MORE}rsa-sha256", "algorithm"),
        ("ed25519", "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519", "algorithm"),
        ("ed25519", f"{MORE}ecdsa-sha256", "algorithm"),
    ):
        yield Case(
            f"a {key_type} key, by {method.rpartition('#')[2]}",
            lambda k=key_type, m=method: signed(who=_keyed(k), method=m),
            broken(outcome),
            lambda k=key_type: _only(_keyed(k)),
        )
    for count in (6, 7, 50, 1000):
        yield Case(f"{count} certificates", lambda c=count: signed(key_info=chain_of(SIGNER, *[ROOT] * (c - 1))), chain)
    yield Case(
        "six different certificates, the leaf in the middle",
        lambda: signed(key_info=chain_of(ROOT, INTERMEDIATE, SAME_NAME, SIGNER, IMPOSTOR_ROOT, TWIN)),
        chain,
    )
